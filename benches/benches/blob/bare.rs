//! Files without a store.

use std::fs::File;
use std::io::{Result, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder of files, in which one takes the place of another whole.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    next: AtomicU64,
    /// Whether the folder is synced too, without which a power cut may undo a rename.
    synced: bool,
}

impl Folder {
    pub(crate) fn new(path: &Path, synced: bool) -> Folder {
        std::fs::create_dir(path).expect("a folder");
        Folder { path: path.to_owned(), next: AtomicU64::new(0), synced }
    }

    /// Writes, syncs, renames.
    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = self.path.join(format!("new-{number}"));
        let put = || -> Result<()> {
            let mut file = File::create_new(&temporary)?;
            file.write_all(content)?;
            file.sync_all()?;
            std::fs::rename(&temporary, self.file(name))?;
            if self.synced { File::open(&self.path)?.sync_all() } else { Ok(()) }
        };
        put().expect("the disk takes it");
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name)).expect("the file is there")
    }

    pub(crate) fn fill(&self, name: &str, content: &[u8]) {
        std::fs::write(self.file(name), content).expect("the disk takes it");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name.replace('/', "-"))
    }
}
