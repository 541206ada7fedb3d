//! The folder and its files.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind as Io, Write};
use std::path::{Path, PathBuf};

use credenza_core::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

use crate::error::NAME;

/// The format of the folder, in the file of this name.
const FORMAT_FILE: &str = "format";
const FORMAT: u32 = 1;
/// A namespace is no longer.
const LONGEST: usize = 512;

/// What stands for a namespace in the name of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id([u8; 32]);

impl Id {
    /// The id of a namespace.
    ///
    /// # Errors
    /// `InvalidArgument` for one that is none.
    pub(crate) fn of(namespace: &str) -> Result<Id> {
        if namespace.is_empty() || namespace.len() > LONGEST {
            return Err(Error::invalid("a namespace is a text of 1 to 512 bytes").on(NAME));
        }
        let hash = Sha256::new().chain_update("credenza sqlite namespace\0").chain_update(namespace);
        Ok(Id(hash.finalize().into()))
    }

    pub(crate) fn path(self, folder: &Path) -> PathBuf {
        let mut name: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        name.push_str(".db");
        folder.join(name)
    }
}

fn unavailable(message: &'static str, error: &std::io::Error) -> Error {
    // The error itself may name the file.
    Error::new(ErrorKind::Unavailable, message).on(NAME).with_source(std::io::Error::from(error.kind()))
}

/// Makes the folder if it is not there, and sees whether it is of this version.
pub(crate) fn prepare(folder: &Path, read_only: bool) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != Io::AlreadyExists && !read_only => {
            return Err(unavailable("the folder of the databases cannot be made", &error));
        }
        _ => {}
    }
    let marker = folder.join(FORMAT_FILE);
    match fs::read_to_string(&marker) {
        Ok(text) => {
            let format: u32 = text.trim().parse().map_err(|_| {
                Error::new(ErrorKind::Corrupt, "the folder of the databases does not say which format it has")
                    .on(NAME)
            })?;
            if format > FORMAT {
                let message = format!("the folder has format {format}; this version knows up to {FORMAT}");
                return Err(Error::new(ErrorKind::NewerFormat, message).on(NAME));
            }
            Ok(())
        }
        Err(error) if error.kind() == Io::NotFound && !read_only => {
            let failed =
                |error: std::io::Error| unavailable("the folder of the databases cannot be used", &error);
            if fs::read_dir(folder).map_err(failed)?.next().is_some() {
                return Err(Error::invalid("the folder holds something else than databases").on(NAME));
            }
            let mut file =
                private(OpenOptions::new().write(true).create(true)).open(&marker).map_err(failed)?;
            file.write_all(format!("{FORMAT}\n").as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
            sync(folder).map_err(failed)
        }
        Err(error) => Err(unavailable("the folder of the databases cannot be read", &error)),
    }
}

/// Makes the file of a namespace, which the engine opens then, so that nobody else can read it at any time.
pub(crate) fn make(path: &Path) -> Result<()> {
    let made = private(OpenOptions::new().write(true).create_new(true)).open(path);
    match made {
        Ok(_) => path
            .parent()
            .map_or(Ok(()), sync)
            .map_err(|error| unavailable("the folder of the databases cannot be used", &error)),
        Err(error) if error.kind() == Io::AlreadyExists => Ok(()),
        Err(error) => Err(unavailable("the file of the database cannot be made", &error)),
    }
}

/// Removes the file of a namespace, which is closed; whether there was one.
pub(crate) fn remove(path: &Path) -> Result<bool> {
    let gone = |path: &Path| match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == Io::NotFound => Ok(false),
        Err(error) => Err(unavailable("the file of the database cannot be removed", &error)),
    };
    // The log goes last: without the file it means nothing, and the file without it would lack its last changes.
    let was_there = gone(path)?;
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut name = OsString::from(path);
        name.push(suffix);
        gone(Path::new(&name))?;
    }
    let synced = path.parent().map_or(Ok(()), sync);
    synced.map_err(|error| unavailable("the folder of the databases cannot be used", &error))?;
    Ok(was_there)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes new and removed names of a folder permanent.
fn sync(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}
