//! Making the registry say what another store says.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Stored, contended};
use super::intents::Intent;
use super::objects::of_object;
use super::record::{Id, Kind, Record};
use super::rounds::Round;
use super::{ATTEMPTS, Registry, layout};
use crate::stores::Stores;
use credenza_core::command::{MGet, ZRange, ZRangeBy};
use credenza_core::db::Table;
use credenza_core::{Batch, Kv, Random, Result, ThreadRandom};

/// How many tables change in one batch.
const TABLES: usize = 500;

impl Registry {
    /// Makes the registry say what the store says of an object, or of all tables of a namespace (the key does not count
    /// then), and takes the intent away with it.
    ///
    /// Whoever changed the store calls this afterwards. The last of several is right, in whatever order they come.
    pub(crate) async fn sync(
        &self,
        kv: &Kv,
        stores: &Stores,
        id: Id<'_>,
        intent: Option<&Intent>,
    ) -> Result<()> {
        let _alone = self.lock(id).await;
        for _ in 0..ATTEMPTS {
            let synced = match (id.kind, &stores.blob, &stores.databases) {
                (Kind::R2, Some(_), _) => self.sync_object(kv, stores, id, intent).await?,
                (Kind::D1, _, Some(_)) => self.sync_tables(kv, stores, id, intent).await?,
                // The store is not configured any more: what was begun there stays begun.
                _ => true,
            };
            if synced {
                return Ok(());
            }
        }
        Err(contended())
    }

    async fn sync_object(
        &self,
        kv: &Kv,
        stores: &Stores,
        id: Id<'_>,
        intent: Option<&Intent>,
    ) -> Result<bool> {
        // The object last: whoever changes it after it was looked at changes the record or the round.
        let mut round = Round::begin(kv, id).await?;
        let old = Self::look(kv, id).await?;
        let object = stores.head(id.namespace, id.key).await?;
        let new = object.map(|object| of_object(&object, &old, self.now()));
        let mut batch = Batch::atomic();
        Self::replace(&mut batch, id, &old, new.as_ref())?;
        round.end(&mut batch);
        self.done(&mut batch, intent);
        Ok(self.apply(kv, batch, 0).await?.is_some())
    }

    async fn sync_tables(
        &self,
        kv: &Kv,
        stores: &Stores,
        id: Id<'_>,
        intent: Option<&Intent>,
    ) -> Result<bool> {
        let mut round = Round::begin(kv, id).await?;
        let namespace = id.namespace;
        let index = layout::index(Kind::D1, namespace);
        let listed = kv.run(ZRange::new(index.clone(), ZRangeBy::rank(0, -1))).await?;
        let listed = listed.into_iter().filter_map(|(name, _)| String::from_utf8(name.to_vec()).ok());
        let mut names: BTreeSet<String> = listed.collect();
        let tables: BTreeMap<String, Table> =
            stores.tables(namespace).await?.into_iter().map(|table| (table.name.clone(), table)).collect();
        names.extend(tables.keys().cloned());
        let names: Vec<_> = names.into_iter().collect();

        // Also where there is nothing to change: who looked before must look again.
        let mut chunks = names.chunks(TABLES).peekable();
        loop {
            let mut batch = match chunks.next() {
                Some(chunk) => self.change_tables(kv, namespace, chunk, &tables).await?,
                None => Batch::atomic(),
            };
            round.end(&mut batch);
            let is_last = chunks.peek().is_none();
            if is_last {
                self.done(&mut batch, intent);
            }
            if self.apply(kv, batch, 0).await?.is_none() {
                return Ok(false);
            }
            if is_last {
                return Ok(true);
            }
        }
    }

    /// What makes the records of some tables right.
    async fn change_tables(
        &self,
        kv: &Kv,
        namespace: &str,
        names: &[String],
        tables: &BTreeMap<String, Table>,
    ) -> Result<Batch> {
        let ids = names.iter().map(|name| Id::new(Kind::D1, namespace, name));
        let records = kv.run(MGet::new(ids.clone().map(layout::record).collect::<Vec<_>>())).await?;

        let (mut batch, now) = (Batch::atomic(), self.now());
        for (id, bytes) in ids.zip(records) {
            let old = Stored::new(bytes)?;
            let known = old.record.as_ref().and_then(|record| record.definition);
            let new = match (tables.get(id.key), known) {
                // As it was.
                (Some(table), Some(known)) if table.definition == known => continue,
                (Some(table), _) => {
                    let created = old.listed(now).map_or(now, |old| old.created_at);
                    let mut new = Record::new(created, now);
                    new.definition = Some(table.definition);
                    new.nonce = Some(ThreadRandom.next_u64());
                    Some(new)
                }
                // What a client registered stays until it is unregistered.
                (None, None) => continue,
                (None, Some(_)) => None,
            };
            Self::replace(&mut batch, id, &old, new.as_ref())?;
        }
        Ok(batch)
    }
}
