//! A set of servers that runs until it is told to stop.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{self, Workspace};

/// How long all of them may take to start, and to go.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often a wait looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// A process, and when it started: ids are given out again.
#[derive(Debug, PartialEq, Eq)]
struct Process {
    id: u32,
    started: String,
}

impl Process {
    /// The process of this id, if there is one.
    fn find(id: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, in parentheses, may hold anything.
        let mut words = stat.rsplit_once(')')?.1.split_whitespace();
        let buried = words.next()? == "Z";
        let started = words.nth(18)?.to_owned();
        (!buried).then_some(Self { id, started })
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        Some(Self { id: words.next()?.parse().ok()?, started: words.next()?.to_owned() })
    }

    fn is_alive(&self) -> bool {
        Self::find(self.id).as_ref() == Some(self)
    }

    fn kill(&self, signal: &str) -> bool {
        // Looked at last thing before: what has the id now might be another.
        self.is_alive() && run::answers("sh", &["-c", "kill -\"$0\" \"$1\"", signal, &self.id.to_string()])
    }
}

/// Starts the servers, prints where they are, and leaves them running.
pub(super) fn up(workspace: &Workspace, services: &Path) -> Result<(), String> {
    let folder = services.join("run");
    if keeper(&folder).is_some_and(|keeper| keeper.is_alive()) {
        return Err("the servers run already; `cargo xtask services down` stops them".to_owned());
    }
    let trouble = |error: io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(trouble)?;
    }
    fs::create_dir_all(&folder).map_err(trouble)?;
    let package = ["--package", "credenza-testkit", "--features", "servers", "--bin", "credenza-services"];
    run::succeed(&mut workspace.cargo([&["build", "--quiet"][..], &package].concat()))?;
    let program = services.with_file_name("debug").join("credenza-services");
    let log = File::create(folder.join("log")).map_err(trouble)?;
    let mut keeper = Command::new(program);
    keeper.arg(&folder).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    // What ends our terminal's processes does not end this one.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut keeper, 0);
    let mut keeper = keeper.spawn().map_err(trouble)?;
    let noted = Process::find(keeper.id()).ok_or("it ended at once; see the log")?;
    fs::write(folder.join("keeper"), format!("{} {}\n", noted.id, noted.started)).map_err(trouble)?;
    match wait_for_env(&mut keeper, &folder) {
        Ok(()) => {
            eprint!("{}", fs::read_to_string(folder.join("log")).unwrap_or_default());
            env(services)
        }
        Err(why) => {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            down(services)?;
            Err(format!("{why}:\n{log}"))
        }
    }
}

fn wait_for_env(keeper: &mut Child, folder: &Path) -> Result<(), String> {
    let start = Instant::now();
    while !folder.join("env").exists() {
        if !matches!(keeper.try_wait(), Ok(None)) {
            return Err("the servers ended by themselves".to_owned());
        }
        if start.elapsed() > PATIENCE {
            return Err(format!("the servers were not ready within {PATIENCE:?}"));
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Prints where the servers are, for `eval` in a shell.
pub(super) fn env(services: &Path) -> Result<(), String> {
    let folder = services.join("run");
    if !keeper(&folder).is_some_and(|keeper| keeper.is_alive()) {
        return Err("no servers run; `cargo xtask services up` starts them".to_owned());
    }
    let env =
        fs::read_to_string(folder.join("env")).map_err(|error| format!("no servers are ready: {error}"))?;
    print!("{env}");
    Ok(())
}

/// Stops the servers that [`up`] started, and no others, and waits until they and their data are gone.
pub(super) fn down(services: &Path) -> Result<(), String> {
    let folder = services.join("run");
    let Some(keeper) = keeper(&folder) else {
        eprintln!("no servers run");
        return Ok(());
    };
    // Its end is what ends the others: each has a watcher.
    keeper.kill("TERM");
    let traces: Vec<String> =
        fs::read_to_string(folder.join("processes")).unwrap_or_default().lines().map(str::to_owned).collect();
    let is_there = |trace: &String| trace.split_once(' ').is_some_and(|(_, data)| Path::new(data).exists());
    let start = Instant::now();
    while keeper.is_alive() || traces.iter().any(is_there) {
        if start.elapsed() > PATIENCE {
            keeper.kill("KILL");
            let left: Vec<&str> = traces.iter().filter(|trace| is_there(trace)).map(String::as_str).collect();
            return Err(format!("still there (process and folder): {}", left.join(", ")));
        }
        thread::sleep(PAUSE);
    }
    fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// The process that holds the servers, as it was noted.
fn keeper(folder: &Path) -> Option<Process> {
    Process::read(&fs::read_to_string(folder.join("keeper")).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start_too() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let found = Process::find(child.id()).unwrap();
        assert!(found.is_alive());
        let noted = Process::read(&format!("{} {}\n", found.id, found.started)).unwrap();
        assert_eq!(noted, found);
        let other = Process { started: "1".to_owned(), ..noted };
        assert!(!other.is_alive() && !other.kill("KILL"), "another process of this id is left alone");
        assert!(matches!(child.try_wait(), Ok(None)));
        assert!(found.kill("KILL"));
        child.wait().unwrap();
        assert!(!found.is_alive() && !found.kill("KILL"));
    }

    #[test]
    fn without_servers_there_is_nothing_to_stop() {
        let nowhere = std::env::temp_dir().join("credenza-xtask-nowhere");
        assert_eq!(down(&nowhere), Ok(()));
        assert!(env(&nowhere).unwrap_err().contains("services up"));
    }
}
