//! Files that no object has.

use std::sync::{Arc, Weak};

use credenza_core::{Context, Result};
use tokio::task::spawn_blocking;

use super::error::{lost, storage};
use super::files::Files;
use super::id::Id;
use super::index::Index;

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

/// Looks for garbage. Holds nothing that keeps the store open.
pub(super) struct Collector {
    index: Weak<Index>,
    files: Arc<Files>,
    collected: Collected,
}

impl Collector {
    pub(super) fn new(index: &Arc<Index>, files: &Arc<Files>) -> Collector {
        let collected = Collected::default();
        Collector { index: Arc::downgrade(index), files: Arc::clone(files), collected }
    }

    /// Goes through one folder after the other, and holds the names of one at a time.
    pub(super) async fn run(mut self) -> Result<Collected> {
        for folder in Files::folders() {
            if !self.folder(folder).await? {
                break;
            }
        }
        Ok(self.collected)
    }

    /// False if the store is closed.
    async fn folder(&mut self, folder: u32) -> Result<bool> {
        let files = Arc::clone(&self.files);
        let listed = spawn_blocking(move || files.list(folder)).await.map_err(lost)?.map_err(storage)?;
        self.collected.files += listed.len() as u64;
        // In this order: a file that was listed and is claimed no more is in the index, or was.
        let settled = self.files.unclaimed(listed);
        for some in settled.chunks(AT_ONCE) {
            let Some(index) = self.index.upgrade() else { return Ok(false) };
            let owned = index.owned(&Context::new(), some).await?;
            drop(index);
            let garbage = some.iter().zip(owned).filter(|(_, owned)| !owned).map(|(id, _)| *id);
            let garbage: Vec<Id> = garbage.collect();
            if garbage.is_empty() {
                continue;
            }
            let (files, count) = (Arc::clone(&self.files), garbage.len() as u64);
            let removed = spawn_blocking(move || files.remove_garbage(&garbage)).await;
            if !removed.map_err(lost)?.map_err(storage)? {
                return Ok(false);
            }
            self.collected.removed += count;
        }
        Ok(true)
    }
}
