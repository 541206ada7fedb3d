//! Files that no object has.

use std::sync::Arc;

use credenza_core::{Context, Result};
use tokio::task::spawn_blocking;

use super::error::{lost, storage};
use super::files::Files;
use super::id::Id;
use super::store::Inner;
use crate::check;

/// How many files are looked up at once.
const AT_ONCE: usize = 500;

/// What a collection of garbage found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collected {
    /// Content files there were.
    pub files: u64,
    /// Those that no object had, and that are gone now.
    pub removed: u64,
}

impl Inner {
    /// Goes through one folder after the other, and holds the names of one at a time.
    pub(super) async fn collect_garbage(&self, cx: &Context) -> Result<Collected> {
        let mut collected = Collected::default();
        for folder in Files::folders() {
            self.collect_folder(cx, folder, &mut collected).await?;
        }
        Ok(collected)
    }

    pub(super) async fn collect_folder(
        &self,
        cx: &Context,
        folder: u32,
        collected: &mut Collected,
    ) -> Result<()> {
        check::deadline(cx)?;
        let files = Arc::clone(&self.files);
        let listed = spawn_blocking(move || files.list(folder)).await.map_err(lost)?.map_err(storage)?;
        collected.files += listed.len() as u64;
        // In this order: a file that was listed and is claimed no more is in the index, or was.
        let settled = self.files.unclaimed(listed);
        for some in settled.chunks(AT_ONCE) {
            let owned = self.index.owned(cx, some).await?;
            let garbage = some.iter().zip(owned).filter(|(_, owned)| !owned).map(|(id, _)| *id);
            let garbage: Vec<Id> = garbage.collect();
            if garbage.is_empty() {
                continue;
            }
            let files = Arc::clone(&self.files);
            let count = garbage.len() as u64;
            let remove = move || garbage.into_iter().try_for_each(|id| files.remove(id));
            spawn_blocking(remove).await.map_err(lost)?.map_err(storage)?;
            collected.removed += count;
        }
        Ok(())
    }
}
