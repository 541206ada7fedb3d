//! Intents: what is written before another store is changed, and taken away with the change of the registry.

use std::sync::atomic::Ordering;

use credenza_core::command::{ZAdd, ZAddOptions, ZRange, ZRangeBy, ZRem};
use credenza_core::{Batch, Kv, Member, Random, Result, ThreadRandom};

use super::record::Id;
use super::{Registry, layout};
use crate::stores::Stores;

/// How many leftovers are looked at in one go.
const PAGE: i64 = 256;

/// An intent that was written.
#[derive(Debug)]
pub(crate) struct Intent(Member);

impl Registry {
    /// Writes down that a resource of another store is about to be changed.
    pub(crate) async fn intend(&self, kv: &Kv, id: Id<'_>) -> Result<Intent> {
        let member = layout::member(&format!("{:016x}", ThreadRandom.next_u64()), id);
        let until = self.now().saturating_add(self.patience);
        let add = ZAdd::new(layout::intents(), ZAddOptions::default(), [(until as f64, &member)]);
        kv.run(add).await?;
        Ok(Intent(member))
    }

    /// Takes the intent away with a batch.
    pub(super) fn done(&self, batch: &mut Batch, intent: Option<&Intent>) {
        if let Some(Intent(member)) = intent {
            batch.push(ZRem::new(layout::intents(), [member]));
        }
    }

    /// A change has ended in a way that leaves its intent behind.
    pub(crate) fn leave_behind(&self) {
        self.left_behind.fetch_add(1, Ordering::SeqCst);
    }

    /// Makes the registry agree with the stores wherever an intent was left behind: by a process that died, or by a
    /// change that failed half way. Says how many there were.
    ///
    /// The intent of a change that may still be under way is looked at and stays until its time is over.
    pub(crate) async fn recover(&self, kv: &Kv, stores: &Stores) -> Result<usize> {
        // Whoever comes meanwhile waits: until it is done, the registry may be wrong.
        let mut looked_after = self.looked_after.lock().await;
        let left_behind = self.left_behind.load(Ordering::SeqCst);
        if left_behind == *looked_after {
            return Ok(0);
        }
        let count = self.resolve_all(kv, stores).await?;
        *looked_after = left_behind;
        Ok(count)
    }

    /// Looks at intents whose time is over, although nobody has told of a leftover: another process may have died.
    pub(crate) async fn sweep(&self, kv: &Kv, stores: &Stores) -> Result<()> {
        let over = ZRangeBy::score(f64::NEG_INFINITY..=self.now() as f64).limit(0, PAGE);
        for (member, _) in kv.run(ZRange::new(layout::intents(), over)).await? {
            self.resolve(kv, stores, Member::from(member), true).await?;
        }
        Ok(())
    }

    async fn resolve_all(&self, kv: &Kv, stores: &Stores) -> Result<usize> {
        let (mut from, mut count) = (0, 0);
        loop {
            let page = ZRangeBy::rank(from, from + PAGE - 1);
            let page = kv.run(ZRange::new(layout::intents(), page)).await?;
            if page.is_empty() {
                return Ok(count);
            }
            for (member, until) in page {
                let over = until <= self.now() as f64;
                self.resolve(kv, stores, Member::from(member), over).await?;
                count += 1;
                from += i64::from(!over);
            }
        }
    }

    async fn resolve(&self, kv: &Kv, stores: &Stores, member: Member, over: bool) -> Result<()> {
        let intent = Intent(member);
        match layout::of_member(&intent.0) {
            Some((kind, namespace, key)) => {
                let id = Id::new(kind, &namespace, &key);
                self.sync(kv, stores, id, over.then_some(&intent)).await
            }
            None => kv.run(ZRem::new(layout::intents(), [&intent.0])).await.map(drop),
        }
    }
}
