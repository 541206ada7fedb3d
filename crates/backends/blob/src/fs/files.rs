//! The folder and its files.
//!
//! ```text
//! store          the id of the store; locked while it is open
//! content/5f/    256 folders, for as many files each as there are
//! content/5f/5f0e…  a content file, named by its id and nothing else
//! ```

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Error, ErrorKind, Random, Result};
use parking_lot::{Mutex, RwLock};

use super::error::storage;
use super::id::Id;

/// The folders among which the files are spread.
const FOLDERS: u32 = 256;
/// How long a folder that is open elsewhere is waited for: half a second, in which a store that is being closed is.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The files of a store that is open.
#[derive(Debug)]
pub(super) struct Files {
    content: PathBuf,
    /// Whether files and folders are synced.
    synced: bool,
    random: Arc<dyn Random>,
    /// Files that the index does not have yet, or of which nobody knows whether it has them: no garbage.
    claimed: Mutex<HashSet<Id>>,
    /// Whether the folder is still this store's.
    owned: RwLock<bool>,
}

/// The file that says whose folder it is. The folder is locked as long as it is held.
#[derive(Debug)]
pub(super) struct Owner {
    file: File,
    /// What it says; nothing if the store is new.
    pub(super) text: String,
}

impl Owner {
    /// Creates the folder unless it is there, and locks it.
    pub(super) fn lock(path: &Path) -> Result<Owner> {
        create_folder(path).map_err(storage)?;
        let mut file = private(OpenOptions::new().read(true).write(true).create(true).truncate(false))
            .open(path.join("store"))
            .map_err(storage)?;
        lock(&file)?;
        let mut text = String::new();
        (&mut file).take(1_024).read_to_string(&mut text).map_err(storage)?;
        Ok(Owner { file, text })
    }
}

impl Files {
    /// The files of a folder that is locked.
    pub(super) fn new(path: &Path, synced: bool, random: Arc<dyn Random>) -> Files {
        Files {
            content: path.join("content"),
            synced,
            random,
            claimed: Mutex::default(),
            owned: RwLock::new(true),
        }
    }

    /// Whether a folder has no content files.
    pub(super) fn are_none(path: &Path) -> io::Result<bool> {
        for folder in 0..FOLDERS {
            match std::fs::read_dir(folder_of(&path.join("content"), folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(mut entries) => match entries.next() {
                    None => {}
                    Some(entry) => return entry.map(|_| false),
                },
            }
        }
        Ok(true)
    }

    /// Sets up a new folder and writes whose it is; what a crash left undone is done again.
    pub(super) fn initialize(path: &Path, owner: &mut Owner, text: String) -> io::Result<()> {
        let content = path.join("content");
        create_folder(&content)?;
        for folder in 0..FOLDERS {
            create_folder(&folder_of(&content, folder))?;
        }
        sync_folder(&content)?;
        owner.file.write_all(text.as_bytes())?;
        owner.file.sync_all()?;
        owner.text = text;
        sync_folder(path)?;
        if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
            sync_folder(above)?;
        }
        Ok(())
    }

    pub(super) fn synced(&self) -> bool {
        self.synced
    }

    /// A name for a new file, which is no garbage until it is [released](Files::release).
    pub(super) fn claim(&self) -> Id {
        let id = Id::draw(&*self.random);
        self.claimed.lock().insert(id);
        id
    }

    pub(super) fn release(&self, id: Id) {
        self.claimed.lock().remove(&id);
    }

    /// Those of these files that nobody claims.
    pub(super) fn unclaimed(&self, mut files: Vec<Id>) -> Vec<Id> {
        let claimed = self.claimed.lock();
        files.retain(|id| !claimed.contains(id));
        files
    }

    pub(super) fn create(&self, id: Id) -> io::Result<File> {
        private(OpenOptions::new().write(true).create_new(true)).open(self.path(id))
    }

    pub(super) fn open(&self, id: Id) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Opens a file if that needs no disk; else, or if something is wrong, `None`.
    #[cfg(target_os = "linux")]
    pub(super) fn open_cached(&self, id: Id) -> Option<File> {
        use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        openat2(CWD, self.path(id), flags, Mode::empty(), ResolveFlags::CACHED).ok().map(File::from)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn open_cached(&self, _: Id) -> Option<File> {
        None
    }

    /// Gives the content of a file a second name. Files are written once and never again, and removing a name
    /// leaves the content to the other, so both are copies for ever.
    pub(super) fn link(&self, from: Id, to: Id) -> io::Result<()> {
        let (from, to) = (self.path(from), self.path(to));
        match std::fs::hard_link(&from, &to) {
            Err(error) if cannot_link(&error) => {}
            outcome => return outcome,
        }
        // The file system has no second names, or no more of them.
        let mut source = File::open(from)?;
        let mut copy = private(OpenOptions::new().write(true).create_new(true)).open(to)?;
        io::copy(&mut source, &mut copy)?;
        if self.synced { copy.sync_all() } else { Ok(()) }
    }

    /// Makes the name of a file last.
    pub(super) fn sync_folder_of(&self, id: Id) -> io::Result<()> {
        match self.path(id).parent() {
            Some(folder) if self.synced => sync_folder(folder),
            _ => Ok(()),
        }
    }

    /// Removes a file; one that is not there is removed already.
    pub(super) fn remove(&self, id: Id) -> io::Result<()> {
        match std::fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes garbage; false if the folder is not this store's any more, for then nobody knows what is garbage.
    pub(super) fn remove_garbage(&self, garbage: &[Id]) -> io::Result<bool> {
        let owned = self.owned.read();
        if *owned {
            garbage.iter().try_for_each(|id| self.remove(*id))?;
        }
        Ok(*owned)
    }

    /// The folder is given back.
    pub(super) fn disown(&self) {
        *self.owned.write() = false;
    }

    /// The numbers of the folders.
    pub(super) fn folders() -> std::ops::Range<u32> {
        0..FOLDERS
    }

    /// The files of a folder. What has no name of a content file is somebody else's.
    pub(super) fn list(&self, folder: u32) -> io::Result<Vec<Id>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder_of(&self.content, folder))? {
            found.extend(entry?.file_name().to_str().and_then(Id::parse));
        }
        Ok(found)
    }

    fn path(&self, id: Id) -> PathBuf {
        let name = id.to_string();
        let (folder, _) = name.split_at(2);
        let mut path = self.content.join(folder);
        path.push(name);
        path
    }
}

/// Blocks for a moment.
fn lock(file: &File) -> Result<()> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(storage(error)),
        }
    }
    Err(Error::new(ErrorKind::Busy, "the folder is open in another store"))
}

fn folder_of(content: &Path, folder: u32) -> PathBuf {
    content.join(format!("{folder:02x}"))
}

/// Whether a hard link failed for want of hard links.
fn cannot_link(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied | io::ErrorKind::TooManyLinks
    )
}

/// Creates a folder for its owner alone; the folder above it must exist.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !path.is_dir() => Err(error),
        _ => Ok(()),
    }
}

/// A file for its owner alone.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the names in a folder last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
