//! A server process.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::Trouble;
use super::folder::Folder;
use super::patience::until;

/// How long a server may take to start, and to end once it is killed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a word before it becomes the server, so that whoever must kill it knows its id before it runs.
const WAIT: &str = "read -r _ || exit 0; exec \"$@\" </dev/null";

/// How a server is started.
#[derive(Debug, Default)]
pub(super) struct Recipe {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(&'static str, OsString)>,
    /// The user and group it runs as, if not ours.
    pub(super) user: Option<(u32, u32)>,
}

/// A server in a folder of its own, which holds its data and its `log`. Dropping it kills the one and removes the
/// other.
#[derive(Debug)]
pub(super) struct Process {
    recipe: Recipe,
    child: Mutex<Option<Child>>,
    // Dropped after the child is dead.
    folder: Folder,
}

impl Process {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// In words, with the end of what the server logged. Nothing runs then.
    pub(super) fn start(
        folder: Folder,
        recipe: Recipe,
        ready: impl Fn() -> bool,
    ) -> Result<Process, Trouble> {
        let process = Process { recipe, child: Mutex::new(None), folder };
        process.run(ready)?;
        Ok(process)
    }

    /// Starts it again after it was killed, or kills it first.
    pub(super) fn restart(&self, ready: impl Fn() -> bool) -> Result<(), Trouble> {
        self.kill();
        self.run(ready)
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, ready: impl Fn() -> bool) -> Result<(), Trouble> {
        let program = self.recipe.program.display();
        match self.spawn() {
            Ok(child) => *self.child() = Some(child),
            Err(error) => return Err(Trouble(format!("{program} cannot be started: {error}"))),
        }
        let ended = || self.child().as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
        let (mut is_ready, mut has_ended) = (false, false);
        until(PATIENCE, || {
            has_ended = ended();
            is_ready = !has_ended && ready();
            has_ended || is_ready
        });
        // The end of one that could not have its port may lie behind the answer of the one that has it.
        if is_ready && !ended() {
            return Ok(());
        }
        self.kill();
        let what = if has_ended { "ended by itself" } else { "was not ready in time" };
        Err(Trouble(format!("{program} {what}; its last words: {}", self.last_words())))
    }

    fn spawn(&self) -> io::Result<Child> {
        let Recipe { program, args, env, user } = &self.recipe;
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WAIT, "sh"]).arg(program).args(args);
        command.envs(env.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path()).process_group(0);
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        if let Some((user, group)) = *user {
            command.uid(user).gid(group);
        }
        let mut child = command.spawn()?;
        // Whatever fails from here on, it ends by itself without the word.
        self.folder.watch(&[-pid(&child).as_raw_nonzero().get()])?;
        child.stdin.take().ok_or_else(|| io::Error::other("there is no pipe"))?.write_all(b"go\n")?;
        Ok(child)
    }

    fn last_words(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(8)).map(|line| format!("\n  {line}")).collect()
    }

    /// Stops it where it stands, as a machine that hangs. Its sockets stay open.
    pub(super) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(super) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills it with all its children, and waits until they are gone. Nothing if it does not run.
    pub(super) fn kill(&self) {
        let Some(mut child) = self.child().take() else { return };
        let mut children = Vec::new();
        if matches!(child.try_wait(), Ok(None)) {
            let parent = pid(&child);
            // While it stands still it has no new ones.
            let _ = kill_process_group(parent, Signal::STOP);
            children = children_of(parent);
            let _ = kill_process_group(parent, Signal::KILL);
            for child in &children {
                let _ = kill_process(*child, Signal::KILL);
            }
        }
        let _ = child.wait();
        until(PATIENCE, || !children.iter().any(|child| is_alive(*child)));
        let _ = self.folder.watch(&[]);
    }

    /// The id of the process; `None` if it does not run.
    pub(super) fn id(&self) -> Option<u32> {
        self.child().as_ref().map(Child::id)
    }

    fn signal(&self, signal: Signal) {
        let mut child = self.child();
        let Some(child) = child.as_mut() else { return };
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        let parent = pid(child);
        let _ = kill_process_group(parent, signal);
        let children = children_of(parent);
        for child in &children {
            let _ = kill_process(*child, signal);
        }
        // A child that stands still would not notice that its parent is gone.
        let children = children.iter().map(|child| child.as_raw_nonzero().get());
        let targets: Vec<i32> = std::iter::once(-parent.as_raw_nonzero().get()).chain(children).collect();
        let _ = self.folder.watch(&targets);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// The children of a process that may have left its group, as those of Postgres do. Known on Linux alone.
fn children_of(parent: Pid) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
    ids.filter(|id| status(*id).is_some_and(|(_, of)| of == parent.as_raw_nonzero().get())).collect()
}

/// Whether a process is there, and not merely waiting to be buried.
fn is_alive(id: Pid) -> bool {
    status(id).is_some_and(|(state, _)| state != "Z")
}

/// The state of a process and the id of its parent.
fn status(id: Pid) -> Option<(String, i32)> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).ok()?;
    // The name, in parentheses, may hold anything.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
