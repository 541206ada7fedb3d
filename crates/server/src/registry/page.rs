//! The list of resources.

use credenza_core::command::MGet;
use credenza_core::{Kv, Result};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::record::{Id, Kind, Record};
use super::{Registry, layout};
use crate::time::iso;

/// What is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) kind: Option<Kind>,
    pub(crate) namespace: Option<String>,
    pub(crate) key_prefix: String,
    pub(crate) limit: usize,
    pub(crate) offset: u64,
}

/// A page of the list, as it is told.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub(crate) resources: Vec<Resource>,
    pub(crate) total: u64,
    pub(crate) offset: u64,
    pub(crate) limit: usize,
    pub(crate) has_more: bool,
}

/// A resource, as it is told.
#[derive(Debug, Serialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    kind: Kind,
    namespace: String,
    key: String,
    #[serde(serialize_with = "time")]
    created_at: i64,
    #[serde(serialize_with = "time")]
    updated_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
}

fn time<S: Serializer>(millis: &i64, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&iso(*millis))
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Resource {
    pub(crate) fn new(id: Id<'_>, record: Record) -> Resource {
        Resource {
            kind: id.kind,
            namespace: id.namespace.to_owned(),
            key: id.key.to_owned(),
            created_at: record.created_at,
            updated_at: record.updated_at,
            size: record.size,
            metadata: record.metadata,
        }
    }
}

impl Registry {
    /// A page of the list, newest first.
    ///
    /// One type and namespace cost O(log n) and the page. Several are merged: each is asked for a page. A prefix looks at
    /// all resources of the types and namespaces it is asked for, or, where the store scans in order, at those that
    /// match.
    pub(crate) async fn list(&self, kv: &Kv, filter: &Filter) -> Result<Page> {
        let spaces = match (&filter.kind, &filter.namespace) {
            (Some(kind), Some(namespace)) => vec![(*kind, namespace.clone())],
            (kind, namespace) => {
                let spaces = self.spaces(kv).await?.into_iter().map(|(space, _)| space);
                let wanted = spaces.filter(|(of, name)| {
                    kind.is_none_or(|kind| kind == *of)
                        && namespace.as_ref().is_none_or(|namespace| namespace == name)
                });
                wanted.collect()
            }
        };
        let (offset, limit) = (filter.offset, filter.limit);
        let (entries, total) = if filter.key_prefix.is_empty() {
            let total = self.counts(kv, &spaces).await?.into_iter().sum();
            let entries = match &spaces[..] {
                _ if offset >= total => Vec::new(),
                [one] => self.page_of_one(kv, one, offset, limit).await?,
                many => self.page_of_many(kv, many, offset, limit).await?,
            };
            (entries, total)
        } else {
            self.page_with_prefix(kv, &spaces, &filter.key_prefix, offset, limit).await?
        };

        let ids: Vec<_> = entries
            .iter()
            .filter_map(|entry| {
                let (kind, namespace) = spaces.get(entry.space)?;
                Some(Id::new(*kind, namespace, std::str::from_utf8(&entry.key).ok()?))
            })
            .collect();
        let records = match ids.is_empty() {
            true => Vec::new(),
            false => kv.run(MGet::new(ids.iter().map(|id| layout::record(*id)).collect::<Vec<_>>())).await?,
        };
        let mut resources = Vec::with_capacity(ids.len());
        let now = self.now();
        for (id, record) in ids.into_iter().zip(records) {
            // What went meanwhile is not told.
            let Some(record) = record else { continue };
            let record = Record::decode(&record)?;
            if !record.hidden && !record.is_due(now) {
                resources.push(Resource::new(id, record));
            }
        }
        let has_more = offset.saturating_add(entries.len() as u64) < total && !entries.is_empty();
        Ok(Page { resources, total, offset, limit, has_more })
    }
}
