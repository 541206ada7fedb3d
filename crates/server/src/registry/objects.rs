//! Objects in the registry.

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::blob::{ObjectChange, ObjectFollower, ObjectInfo};
use credenza_core::{Batch, Clock, Kv, Random, Result, SystemClock, ThreadRandom};
use serde_json::value::to_raw_value;

use super::Registry;
use super::change::Stored;
use super::record::{Id, Kind, Record};
use super::rounds::Round;
use crate::stores;

/// The registry's part in each change of an object, for a blob store whose index lies in the key-value store of the
/// server: an object and what the registry says of it change in one batch, where otherwise there are three.
///
/// It is given to the store when that is opened (`FsBlobConfig::follower` of credenza-blob), and to the server as
/// [`ServerStorage::objects`](crate::ServerStorage::objects).
#[derive(Clone, Debug)]
pub struct ObjectRegistry {
    clock: Arc<dyn Clock>,
}

impl ObjectRegistry {
    /// By this clock, which should be the server's.
    pub fn new(clock: Arc<dyn Clock>) -> ObjectRegistry {
        ObjectRegistry { clock }
    }
}

impl Default for ObjectRegistry {
    /// By the clock of the system.
    fn default() -> ObjectRegistry {
        ObjectRegistry::new(Arc::new(SystemClock))
    }
}

#[async_trait]
impl ObjectFollower for ObjectRegistry {
    async fn follow(&self, index: &Kv, changes: &[ObjectChange<'_>], batch: &mut Batch) -> Result<()> {
        for change in changes {
            // What others keep in the store is none of the server's.
            let Some((namespace, key)) = stores::of_object_key(change.key) else { continue };
            let id = Id::new(Kind::R2, &namespace, key);
            let old = Registry::look(index, id).await?;
            let new = change.new.map(|object| of_object(object, &old, self.clock.now()));
            Registry::replace(batch, id, &old, new.as_ref())?;
            if new.is_none() {
                Round::end_any(id, batch);
            }
        }
        Ok(())
    }
}

/// The record of an object, in the place of another.
pub(super) fn of_object(object: &ObjectInfo, old: &Stored, now: i64) -> Record {
    let created = old.listed(now).map_or(object.uploaded, |old| old.created_at);
    let mut new = Record::new(created, object.uploaded);
    new.size = Some(object.size);
    if !object.metadata.is_empty() {
        new.metadata = to_raw_value(&object.metadata).ok();
    }
    new.nonce = Some(ThreadRandom.next_u64());
    new
}
