//! A content file that no object has yet.

use std::sync::Arc;

use super::files::Files;
use super::id::Id;

/// A content file that no object has yet. Dropped, it is gone, unless the index has it or may have it.
#[derive(Debug)]
pub(super) struct NewFile {
    files: Arc<Files>,
    id: Id,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is not in the index.
    Remove,
    /// Nobody knows whether it is in the index: it stays, and is judged when the store is opened the next time.
    Keep,
    /// It is in the index.
    Published,
}

impl NewFile {
    /// A name; there is no file yet.
    pub(super) fn claim(files: &Arc<Files>) -> NewFile {
        NewFile { files: Arc::clone(files), id: files.claim(), fate: Fate::Remove }
    }

    pub(super) fn id(&self) -> Id {
        self.id
    }

    pub(super) fn files(&self) -> &Arc<Files> {
        &self.files
    }

    /// From now on the index may have it.
    pub(super) fn in_doubt(&mut self) {
        self.fate = Fate::Keep;
    }

    /// The index does not have it, for certain.
    pub(super) fn refused(&mut self) {
        self.fate = Fate::Remove;
    }

    pub(super) fn published(&mut self) {
        self.fate = Fate::Published;
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.fate == Fate::Remove {
            // What cannot be removed is garbage.
            let _ = self.files.remove(self.id);
        }
        if self.fate != Fate::Keep {
            self.files.release(self.id);
        }
    }
}
