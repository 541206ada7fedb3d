//! The data of a new server: `initdb` takes a second, a copy of what it made does not.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::install::Install;
use crate::servers::Trouble;
use crate::servers::folder::Folder;
use crate::servers::installed;

/// Counts how the template is made: one that was made otherwise is not used.
const GENERATION: u32 = 1;

/// Passwords are asked for as on a real server.
const OPTIONS: &[&str] = &[
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--wal-segsize=1",
    "--no-sync",
    "--no-instructions",
];

/// Makes the data of a new server in this folder, which is not there yet.
pub(super) fn copy(install: &Install, data: &Path) -> Result<(), Trouble> {
    Ok(install.copy(&template(install)?, data)?)
}

/// The template, which is made once for all: the others wait meanwhile.
fn template(install: &Install) -> Result<PathBuf, Trouble> {
    let services = installed::folder().ok_or_else(|| Trouble("there is no folder `services`".to_owned()))?;
    let name = format!("postgres-{}-{}", install.label, install.number);
    let template = services.join(format!("{name}-template-{GENERATION}"));
    if template.exists() {
        return Ok(template);
    }
    let lock = File::create(services.join(format!("{name}.lock")))?;
    lock.lock()?;
    if !template.exists() {
        let folder = Folder::new("credenza-initdb-")?;
        install.hand_over(folder.path())?;
        init(install, folder.path())?;
        let unfinished = template.with_extension("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        install.copy(&folder.path().join("data"), &unfinished)?;
        fs::rename(&unfinished, &template)?;
    }
    Ok(template)
}

fn init(install: &Install, folder: &Path) -> Result<(), Trouble> {
    let password = folder.join("password");
    fs::write(&password, "postgres\n")?;
    install.hand_over(&password)?;
    let mut command = Command::new(install.program("initdb", folder)?);
    if install.number >= 16 {
        // Checked without the thousands of rounds that make each connection slow.
        command.arg("--set=scram_iterations=1");
    }
    command.args(OPTIONS).arg("--pwfile").arg(&password).arg("--pgdata").arg(folder.join("data"));
    command.current_dir(folder).stdin(Stdio::null());
    if let Some((user, group)) = install.user() {
        command.uid(user).gid(group);
    }
    let output = command.output().map_err(|error| io::Error::other(format!("initdb: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Trouble(format!("initdb: {}: {}", output.status, said.trim_end())))
}
