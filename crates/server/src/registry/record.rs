//! What is known of a resource.

use std::fmt;

use bytes::Bytes;
use credenza_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The type of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A key with its value.
    Kv,
    /// A table or a view.
    D1,
    /// An object.
    R2,
    /// A durable object. This server keeps none; clients may register theirs.
    Do,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::Kv, Kind::D1, Kind::R2, Kind::Do];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Kv => "kv",
            Kind::D1 => "d1",
            Kind::R2 => "r2",
            Kind::Do => "do",
        }
    }

    pub(crate) fn parse(name: &[u8]) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name().as_bytes() == name)
    }
}

/// Which resource.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id<'a> {
    pub(crate) kind: Kind,
    pub(crate) namespace: &'a str,
    pub(crate) key: &'a str,
}

impl<'a> Id<'a> {
    pub(crate) fn new(kind: Kind, namespace: &'a str, key: &'a str) -> Id<'a> {
        Id { kind, namespace, key }
    }
}

impl fmt::Debug for Id<'_> {
    /// Without the names: they are the client's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({}, {} bytes)", self.kind.name(), self.key.len())
    }
}

/// What is known of a resource, as it is stored: JSON with short names.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "c")]
    pub(crate) created_at: i64,
    #[serde(rename = "u")]
    pub(crate) updated_at: i64,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Box<RawValue>>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
    /// The metadata of a key, where a client registered the resource with other metadata.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    own: Option<Own>,
    /// What defines a table. A table without was registered by a client.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(crate) definition: Option<u64>,
    /// Whether a client has unregistered the resource. The record stays for the metadata in it.
    #[serde(rename = "h", default, skip_serializing_if = "is_false")]
    pub(crate) hidden: bool,
    /// Makes each record of an object or a table another one, so that a check tells them apart.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) nonce: Option<u64>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Own(Option<Box<RawValue>>);

fn is_false(value: &bool) -> bool {
    !value
}

impl Record {
    /// A resource that is there since `created_at`.
    pub(crate) fn new(created_at: i64, updated_at: i64) -> Record {
        Record {
            created_at,
            updated_at,
            size: None,
            metadata: None,
            expires_at: None,
            own: None,
            definition: None,
            hidden: false,
            nonce: None,
        }
    }

    pub(crate) fn encode(&self) -> Result<Bytes> {
        serde_json::to_vec(self)
            .map(Bytes::from)
            .map_err(|_| Error::internal("a record of the registry cannot be written"))
    }

    pub(crate) fn decode(stored: &[u8]) -> Result<Record> {
        serde_json::from_slice(stored)
            .map_err(|_| Error::new(ErrorKind::Corrupt, "a record of the registry cannot be read"))
    }

    /// The metadata that a key was put with.
    pub(crate) fn own_metadata(&self) -> Option<&RawValue> {
        match &self.own {
            Some(Own(metadata)) => metadata.as_deref(),
            None => self.metadata.as_deref(),
        }
    }

    /// What the registry shows from now on, whatever the resource itself was put with.
    pub(crate) fn show(&mut self, size: Option<u64>, metadata: Option<Box<RawValue>>) {
        let own = self.own.take().unwrap_or_else(|| Own(self.metadata.take()));
        (self.size, self.metadata, self.own) = (size, metadata, Some(own));
    }

    /// Whether the resource needs what is in the record, also when the registry does not show it.
    pub(crate) fn is_needed(&self) -> bool {
        self.own_metadata().is_some() || self.expires_at.is_some()
    }

    /// The bytes it counts for.
    pub(crate) fn counted(&self) -> i64 {
        self.size.and_then(|size| i64::try_from(size).ok()).unwrap_or(0)
    }

    pub(crate) fn is_due(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

impl fmt::Debug for Record {
    /// Without the metadata.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({}, {}, {:?})", self.created_at, self.updated_at, self.size)
    }
}
