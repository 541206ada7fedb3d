//! Where an object is written to.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Stdout, Write};
use std::path::{Path, PathBuf};

use credenza::{Random, ThreadRandom};
use tempfile::{Builder, NamedTempFile};

use crate::Exit;

/// How the name of a temporary file begins and ends.
const PARTIAL: &str = ".credenza-";
const PART: &str = ".part";

/// Whether a file was being written when a command was ended.
pub(super) fn is_partial(name: &str) -> bool {
    let digits = name.strip_prefix(PARTIAL).and_then(|rest| rest.strip_suffix(PART));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Where an object is written to. A file has its name when all is there, and not before.
pub(super) enum Output {
    Standard(Stdout),
    /// Something that is no regular file: a device, a pipe.
    Device(File, PathBuf),
    /// A temporary file, the name that it will have, and whether it may replace what has it.
    File(NamedTempFile, PathBuf, bool),
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
            Ok(_) => path.canonicalize().and_then(|path| Output::beside(path, true)),
            Err(_) => Output::beside(path.to_owned(), true),
        };
        outcome.map_err(|error| Exit::new(2, format!("{}: {error}", path.display())))
    }

    /// A file that may replace what is there, or may not, from a temporary file in the same folder.
    pub(super) fn beside(path: PathBuf, replace: bool) -> io::Result<Output> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = format!("{PARTIAL}{:016x}", ThreadRandom.next_u64());
        let mut builder = Builder::new();
        builder.prefix(&name).suffix(PART).rand_bytes(0);
        // As any other file: what the umask leaves.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Output::File(builder.tempfile_in(folder)?, path, replace))
    }

    /// All is there: the file gets its name.
    pub(super) fn keep(self) -> Result<(), Exit> {
        match self {
            Output::Standard(_) | Output::Device(..) => Ok(()),
            Output::File(file, path, replace) => {
                let outcome = file.as_file().sync_all().and_then(|()| {
                    let named = if replace { file.persist(&path) } else { file.persist_noclobber(&path) };
                    named.map_err(|error| error.error)
                });
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
            Output::Device(_, path) | Output::File(_, path, _) => {
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
            Output::File(file, ..) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Standard(out) => out.flush(),
            Output::Device(file, _) => file.flush(),
            Output::File(file, ..) => file.flush(),
        }
    }
}
