//! A temporary folder that goes with its server, and both with this process.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Reads what is to be killed, one set of targets a line, the last line counts. Its input ends when the folder is
/// dropped, and also when this process is killed; then it kills them and takes the folder away.
const WATCH: &str = "\
trap '' INT TERM HUP
targets=
while read -r line; do targets=$line; done
[ -n \"$targets\" ] && kill -s KILL -- $targets
rm -rf -- \"$1\" || { sleep 1; rm -rf -- \"$1\"; }";

/// The folder, and the process that outlives us for a moment.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    watcher: Mutex<Child>,
}

impl Folder {
    /// A new folder, whose name starts like this.
    pub(super) fn new(prefix: &str) -> io::Result<Folder> {
        let path = tempfile::Builder::new().prefix(prefix).tempdir()?.keep();
        let mut watcher = Command::new("/bin/sh");
        watcher.args(["-c", WATCH, "sh"].map(OsStr::new)).arg(&path);
        watcher.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What ends a whole group of processes does not end this one.
        watcher.process_group(0);
        Ok(Folder { watcher: Mutex::new(watcher.spawn()?), path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is to be killed with this process, in the words of `kill`: process ids, and groups with a minus.
    pub(super) fn watch(&self, targets: &[i32]) -> io::Result<()> {
        let mut line = targets.iter().map(i32::to_string).collect::<Vec<_>>().join(" ");
        line.push('\n');
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let stdin = watcher.stdin.as_mut().ok_or_else(|| io::Error::other("nobody watches"))?;
        stdin.write_all(line.as_bytes())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let watcher = self.watcher.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(watcher.stdin.take());
        // Nobody is left to be told if it fails.
        let _ = watcher.wait();
    }
}
