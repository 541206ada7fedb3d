//! From a store to a plain folder.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use credenza_core::blob::{BlobKey, ListOptions, Object};
use credenza_core::{Blob, ErrorKind, Random, Result, ThreadRandom};
use tokio::task::spawn_blocking;

use super::Transfer;
use super::name::{partial, path_of};
use crate::fs::error::{lost, storage};
use crate::fs::files::{private, sync_folder};

/// Writes every object of a store to a file of a folder, which must exist: the object `a/b` to `a/b`.
///
/// A file appears whole, under its name, once it is synced; what stands there already is never replaced, and no
/// symbolic link is followed. Headers and metadata have no place in a plain file; the time of the file is when the
/// object was put. What cannot be a file is [left out](Transfer::left_out): of `a` and `a/b` the second, empty parts,
/// parts of more than 255 bytes, names that the file system takes for one; and objects that are damaged. Nobody else
/// should change the folder meanwhile.
///
/// # Errors
/// What the store or the disk fails with; the files that were written by then stay.
pub async fn export_folder(blob: &Blob, folder: impl AsRef<Path>) -> Result<Transfer> {
    let mut export =
        Export { folder: folder.as_ref().to_owned(), unsynced: None, transfer: Transfer::default() };
    let mut options = ListOptions::default();
    loop {
        let page = blob.list_with(options.clone()).await?;
        for object in page.objects {
            export.object(blob, object.key).await?;
        }
        options.cursor = page.cursor;
        if options.cursor.is_none() {
            export.sync().await?;
            return Ok(export.transfer);
        }
    }
}

struct Export {
    folder: PathBuf,
    /// The folder that new names are in: keys come in order, so those of a folder mostly come together.
    unsynced: Option<PathBuf>,
    transfer: Transfer,
}

impl Export {
    async fn object(&mut self, blob: &Blob, key: BlobKey) -> Result<()> {
        let path = match path_of(&key, &self.folder) {
            Ok(path) => path,
            Err(why) => {
                self.transfer.leave_out(key.into_string(), why);
                return Ok(());
            }
        };
        let parent = path.parent().map(Path::to_owned);
        if self.unsynced != parent {
            self.sync().await?;
        }
        let (folder, file) = (self.folder.clone(), path.clone());
        if let Err(why) = blocking(move || make_way(&folder, &file)).await? {
            self.transfer.leave_out(key.into_string(), why);
            return Ok(());
        }
        // Deleted since it was listed, it is not left out: it is not there.
        let Some(object) = blob.store().get(&Default::default(), &key, Default::default()).await? else {
            return Ok(());
        };
        let credenza_core::blob::Got::Object(object) = object else { return Ok(()) };
        let size = object.info.size;
        match self.write(object, path).await {
            Ok(true) => {
                self.unsynced = parent;
                self.transfer.copied(size);
            }
            Ok(false) => self.transfer.leave_out(key.into_string(), "a file of that name is there already"),
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                self.transfer.leave_out(key.into_string(), "the content is damaged");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes a content; false if something of that name is there.
    async fn write(&self, mut object: Object, path: PathBuf) -> Result<bool> {
        let temporary = self.folder.join(partial(ThreadRandom.next_u64()));
        let mut file = blocking(move || Partial::create(temporary)).await?;
        while let Some(piece) = object.body.next().await? {
            file = blocking(move || file.file.write_all(&piece).map(|()| file)).await?;
        }
        let put = u64::try_from(object.info.uploaded).unwrap_or(0);
        blocking(move || {
            file.file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_millis(put))?;
            file.file.sync_all()?;
            file.publish(&path)
        })
        .await
    }

    /// Makes the last names last.
    async fn sync(&mut self) -> Result<()> {
        match self.unsynced.take() {
            Some(folder) => blocking(move || sync_folder(&folder)).await,
            None => Ok(()),
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(lost)?.map_err(storage)
}

/// Creates the folders above a file; or says what is in the way. None of them may be a symbolic link.
fn make_way(folder: &Path, file: &Path) -> io::Result<std::result::Result<(), &'static str>> {
    let Some(inside) = file.parent().and_then(|parent| parent.strip_prefix(folder).ok()) else {
        return Ok(Err("the file would be outside of the folder"));
    };
    let mut path = folder.to_owned();
    for part in inside.components() {
        let above = path.clone();
        path.push(part);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => {}
            Ok(found) if found.is_symlink() => return Ok(Err("a symbolic link is in its way")),
            Ok(_) => return Ok(Err("the file of another object is in its way")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                crate::fs::files::create_folder(&path)?;
                sync_folder(&above)?;
            }
            Err(error) if is_too_long(&error) => return Ok(Err("the path is too long")),
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(()))
}

fn is_too_long(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidFilename
}

/// A file that is being written. Dropped, it is gone.
struct Partial {
    file: File,
    path: PathBuf,
}

impl Partial {
    fn create(path: PathBuf) -> io::Result<Partial> {
        let file = private(File::options().write(true).create_new(true)).open(&path)?;
        Ok(Partial { file, path })
    }

    /// Gives the file its name, unless something has it.
    fn publish(self, path: &Path) -> io::Result<bool> {
        match std::fs::hard_link(&self.path, path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) if is_too_long(&error) => Err(error),
            // A file system without hard links.
            Err(_) if std::fs::symlink_metadata(path).is_ok() => Ok(false),
            Err(_) => std::fs::rename(&self.path, path).map(|()| true),
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After a rename there is nothing to remove.
        let _ = std::fs::remove_file(&self.path);
    }
}
