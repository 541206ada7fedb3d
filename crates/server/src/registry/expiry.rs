//! Resources that expire: taken out of the registry before anybody is shown it.

use credenza_core::command::{Del, ZRange, ZRangeBy, ZRem};
use credenza_core::{Batch, Check, ErrorKind, Kv, Result};

use super::record::{Id, Kind};
use super::{Registry, layout};
use crate::keys;

/// How many go in one batch.
const BATCH: i64 = 64;

impl Registry {
    /// Takes out everything that has expired.
    pub(crate) async fn purge(&self, kv: &Kv) -> Result<()> {
        loop {
            let due = ZRangeBy::score(f64::NEG_INFINITY..=self.now() as f64).limit(0, BATCH);
            let due = kv.run(ZRange::new(layout::expiry(), due)).await?;
            if due.is_empty() {
                return Ok(());
            }
            for (member, at) in due {
                self.purge_one(kv, &member, at).await?;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn purge_one(&self, kv: &Kv, member: &bytes::Bytes, at: f64) -> Result<()> {
        let Some((kind, namespace, key)) = layout::of_member(member) else {
            return kv.run(ZRem::new(layout::expiry(), [member])).await.map(drop);
        };
        let id = Id::new(kind, &namespace, &key);
        let _alone = self.lock(id).await;
        let old = Self::look(kv, id).await?;
        let mut batch = Batch::atomic();
        batch.check(Check::score_equals(layout::expiry(), member, at));
        match old.record.as_ref().and_then(|record| record.expires_at) {
            Some(until) if until as f64 == at => {
                if kind == Kind::Kv {
                    // The store has let it expire, unless its clock is behind.
                    batch.push(Del::new([keys::value_key(&namespace, &key)]));
                }
                Self::replace(&mut batch, id, &old, None)?;
            }
            _ => drop(batch.push(ZRem::new(layout::expiry(), [member]))),
        }
        match kv.batch(batch).await {
            // Whoever came between has decided anew, or it is still due on the next round.
            Err(error) if error.kind() == ErrorKind::CheckFailed => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}
