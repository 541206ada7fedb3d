//! Delete.

use credenza_core::blob::{BlobKey, DeleteOptions, ObjectChange};
use credenza_core::{Batch, Context, Result};

use super::error::index;
use super::put::{ATTEMPTS, crowded};
use super::store::Inner;
use crate::check;

impl Inner {
    pub(super) async fn delete(
        &self,
        cx: &Context,
        keys: &[BlobKey],
        options: &DeleteOptions,
    ) -> Result<Vec<bool>> {
        check::deadline(cx)?;
        check::keys(&self.config.limits, keys)?;
        let mut once: Vec<&BlobKey> = keys.iter().collect();
        once.sort_unstable();
        once.dedup();
        let _turn = self.locks.lock(&once).await;
        for _ in 0..ATTEMPTS {
            check::deadline(cx)?;
            let mut batch = Batch::atomic();
            let mut found = Vec::new();
            for (key, object) in
                once.iter().zip(self.index.find_each(cx, once.iter().map(|key| key.as_str())).await?)
            {
                let etag = object.as_ref().map(|object| object.record.etag());
                let holds = options.precondition.check(etag.as_ref());
                holds.map_err(|error| error.for_key(key.as_bytes()))?;
                self.index.check(&mut batch, key, object.as_ref());
                found.extend(object.map(|object| (*key, object)));
            }
            if found.is_empty() {
                return Ok(vec![false; keys.len()]);
            }
            self.index.delete(&mut batch, &found);
            if let Some(follower) = &self.config.follower {
                let gone: Vec<_> = found.iter().map(|(key, _)| ObjectChange { key, new: None }).collect();
                follower.follow(&self.index.kv(cx), &gone, &mut batch).await.map_err(index)?;
            }
            if !self.index.commit(cx, batch).await? {
                continue;
            }
            let mut gone: Vec<&BlobKey> = found.iter().map(|(key, _)| *key).collect();
            for (_, object) in &found {
                self.discard(Some(object));
            }
            // A key that is given twice was deleted once: it is struck from the list the first time. The list is in
            // order, as `once` is.
            let deleted = |key: &BlobKey| gone.binary_search(&key).map(|at| gone.remove(at)).is_ok();
            return Ok(keys.iter().map(deleted).collect());
        }
        Err(crowded())
    }
}
