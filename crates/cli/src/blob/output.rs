//! Where an object is written to.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Stdout, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::Exit;

/// Where an object is written to. A file has its name when all is there, and not before.
pub(super) enum Output {
    Standard(Stdout),
    /// Something that is no regular file: a device, a pipe.
    Device(File, PathBuf),
    /// A temporary file, and the name that it will have.
    File(NamedTempFile, PathBuf),
}

impl Output {
    /// The file of this name, or standard output for `-`.
    pub(super) fn open(path: &Path) -> Result<Output, Exit> {
        if path.as_os_str() == "-" {
            return Ok(Output::Standard(io::stdout()));
        }
        let outcome = match path.metadata() {
            Ok(there) if there.is_dir() => Err(io::Error::from(ErrorKind::IsADirectory)),
            Ok(there) if !there.is_file() => {
                OpenOptions::new().write(true).open(path).map(|file| Output::Device(file, path.to_owned()))
            }
            // A link stays, and what it leads to is replaced.
            Ok(_) => path.canonicalize().and_then(Output::beside),
            Err(_) => Output::beside(path.to_owned()),
        };
        outcome.map_err(|error| Exit::new(2, format!("{}: {error}", path.display())))
    }

    /// A file that will replace what is there, from a temporary file in the same folder.
    pub(super) fn beside(path: PathBuf) -> io::Result<Output> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = Builder::new();
        builder.prefix(".credenza-");
        // As any other file: what the umask leaves.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Output::File(builder.tempfile_in(folder)?, path))
    }

    /// All is there: the file gets its name.
    pub(super) fn keep(self) -> Result<(), Exit> {
        match self {
            Output::Standard(_) | Output::Device(..) => Ok(()),
            Output::File(file, path) => {
                let outcome = file.as_file().sync_all();
                let outcome = outcome.and_then(|()| file.persist(&path).map_err(|error| error.error));
                outcome.map(drop).map_err(|error| Exit::new(2, format!("{}: {error}", path.display())))
            }
        }
    }

    /// It cannot be written to.
    pub(super) fn failure(&self, error: &io::Error) -> Exit {
        match self {
            // `credenza blob get … | head` has seen enough.
            Output::Standard(_) if error.kind() == ErrorKind::BrokenPipe => Exit::enough(),
            Output::Standard(_) => Exit::new(3, format!("cannot print: {error}")),
            Output::Device(_, path) | Output::File(_, path) => {
                Exit::new(2, format!("{}: {error}", path.display()))
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Standard(out) => out.write(bytes),
            Output::Device(file, _) => file.write(bytes),
            Output::File(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Standard(out) => out.flush(),
            Output::Device(file, _) => file.flush(),
            Output::File(file, _) => file.flush(),
        }
    }
}
