//! From a plain folder to a store.

use std::fs::{File, FileType, ReadDir};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{self, Poll, ready};

use bytes::Bytes;
use credenza_core::blob::{BlobKey, Body};
use credenza_core::{Blob, ErrorKind, Result};
use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

use super::Transfer;
use super::name::is_partial;
use crate::fs::error::{lost, storage};

/// So much is read at once.
const PIECE: usize = 256 << 10;
/// So many names are looked at at once.
const ENTRIES: usize = 512;

/// Puts every file of a folder into a store, in the place of what stands there: the file `a/b` as the object `a/b`.
///
/// No symbolic link is followed. What cannot be an object is [left out](Transfer::left_out): links, sockets and the
/// like, names that are no key, files that change while they are read, and what an export that was cut off left.
/// Folders without files are nothing.
///
/// # Errors
/// What the store or the disk fails with; what was put by then stays.
pub async fn import_folder(folder: impl AsRef<Path>, blob: &Blob) -> Result<Transfer> {
    let mut transfer = Transfer::default();
    let root = folder.as_ref().to_owned();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        let mut rest =
            Some(spawn_blocking(|| std::fs::read_dir(path)).await.map_err(lost)?.map_err(storage)?);
        while let Some(entries) = rest.take() {
            let (some, left) = spawn_blocking(move || take(entries)).await.map_err(lost)?.map_err(storage)?;
            rest = left;
            for entry in some {
                entry_of(&root, &folder, entry, blob, &mut folders, &mut transfer).await?;
            }
        }
    }
    Ok(transfer)
}

/// Puts a file, or notes a folder for later.
async fn entry_of(
    root: &Path,
    folder: &str,
    entry: Entry,
    blob: &Blob,
    folders: &mut Vec<String>,
    transfer: &mut Transfer,
) -> Result<()> {
    let Some(name) = entry.name.to_str().map(|name| format!("{folder}{name}")) else {
        transfer.leave_out(format!("{folder}{}", entry.name.to_string_lossy()), "the name is not UTF-8");
        return Ok(());
    };
    match entry.kind {
        kind if kind.is_dir() && name.len() < BlobKey::MAX => folders.push(name + "/"),
        kind if kind.is_dir() => transfer.leave_out(name, "the path is too long for a key"),
        kind if !kind.is_file() => transfer.leave_out(name, "it is neither a file nor a folder"),
        _ if folder.is_empty() && is_partial(&name) => {
            transfer.leave_out(name, "it was left by an export that was cut off");
        }
        _ => file(root, name, blob, transfer).await?,
    }
    Ok(())
}

struct Entry {
    name: std::ffi::OsString,
    kind: FileType,
}

/// Some entries of a folder, and where the rest is.
fn take(mut entries: ReadDir) -> io::Result<(Vec<Entry>, Option<ReadDir>)> {
    let some: Vec<Entry> = entries
        .by_ref()
        .take(ENTRIES)
        .map(|entry| entry.and_then(|entry| Ok(Entry { name: entry.file_name(), kind: entry.file_type()? })))
        .collect::<io::Result<_>>()?;
    let more = some.len() == ENTRIES;
    Ok((some, more.then_some(entries)))
}

async fn file(root: &Path, name: String, blob: &Blob, transfer: &mut Transfer) -> Result<()> {
    let Ok(key) = BlobKey::new(name.as_str()) else {
        transfer.leave_out(name, "the name is no key");
        return Ok(());
    };
    let path = root.join(&name);
    let opened = spawn_blocking(move || open(path)).await.map_err(lost)?;
    let (file, size) = match opened {
        Ok(Some(opened)) => opened,
        Ok(None) => {
            transfer.leave_out(name, "it is neither a file nor a folder");
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            transfer.leave_out(name, "it may not be read");
            return Ok(());
        }
        Err(error) => return Err(storage(error)),
    };
    let body = Body::stream(Pieces(Some(read(file))), Some(size));
    match blob.put(&key, body).await {
        Ok(_) => transfer.copied(size),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            transfer.leave_out(name, "it changed while it was read");
        }
        Err(error) if error.kind() == ErrorKind::LimitExceeded => {
            transfer.leave_out(name, "it is larger than the store allows");
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Opens a file that was one when the folder was listed; `None` if it is none any more.
fn open(path: PathBuf) -> io::Result<Option<(File, u64)>> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        // Neither a link that took its place, nor a pipe that nobody writes to.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits() as i32);
    }
    let file = options.open(path)?;
    let found = file.metadata()?;
    Ok(found.is_file().then_some((file, found.len())))
}

/// A file, piece by piece, one of them ahead.
struct Pieces(Option<JoinHandle<io::Result<(Bytes, File)>>>);

fn read(mut file: File) -> JoinHandle<io::Result<(Bytes, File)>> {
    spawn_blocking(move || {
        let mut piece = Vec::with_capacity(PIECE);
        (&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
        Ok((Bytes::from(piece), file))
    })
}

impl Stream for Pieces {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(next) = &mut self.0 else { return Poll::Ready(None) };
        let (piece, file) = ready!(Pin::new(next).poll(cx)).map_err(lost)?.map_err(storage)?;
        self.0 = (!piece.is_empty()).then(|| read(file));
        Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    }
}
