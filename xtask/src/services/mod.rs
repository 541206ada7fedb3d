//! `cargo xtask services`: the servers that tests and benches run against.
//!
//! The testkit starts them; here they are installed, and a set of them is kept running for whoever wants to look at one
//! by hand.

mod install;
mod run;

use std::path::PathBuf;

use crate::metadata::Metadata;
use crate::run::Workspace;
use crate::tools;

pub(crate) use install::ensure;

/// What to do with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Install,
    Up,
    Env,
    Down,
}

impl Verb {
    /// The word on the command line.
    pub(crate) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "install" => Self::Install,
            "up" => Self::Up,
            "env" => Self::Env,
            "down" => Self::Down,
            _ => return None,
        })
    }
}

/// Does it.
pub(crate) fn run(workspace: &Workspace, verb: Verb) -> Result<(), String> {
    let folder = folder(workspace)?;
    match verb {
        Verb::Install => {
            ensure_all(workspace)?.iter().for_each(|note| eprintln!("{note}"));
            eprintln!("what could be installed is in {}", folder.display());
            Ok(())
        }
        Verb::Up => {
            ensure_all(workspace)?.iter().for_each(|note| eprintln!("{note}"));
            run::up(workspace, &folder)
        }
        Verb::Env => run::env(&folder),
        Verb::Down => run::down(&folder),
    }
}

/// Installs what is missing: what comes from Debian, and what comes in [packages](ensure).
pub(crate) fn ensure_all(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut notes = tools::ensure(workspace)?;
    notes.extend(ensure(workspace)?);
    Ok(notes)
}

/// Where they are: the testkit looks there too.
fn folder(workspace: &Workspace) -> Result<PathBuf, String> {
    Ok(Metadata::read(workspace)?.target_directory.join("services"))
}
