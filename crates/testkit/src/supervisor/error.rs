use std::process::ExitStatus;
use std::time::Duration;
use std::{fmt, io};

/// Why a child process could not be started, watched or killed.
#[derive(Debug)]
pub enum SupervisorError {
    /// The program could not be started at all.
    Spawn(io::Error),
    /// The operating system refused to tell about the child or to kill it.
    Watch(io::Error),
    /// A child runs already.
    Running,
    /// No child runs.
    NotRunning,
    /// The child ended by itself, which nobody asked of it.
    Exited(ExitStatus),
    /// The child runs but was not ready in time. It has been killed.
    NotReady(Duration),
    /// The child was killed but did not end in time.
    Undead(Duration),
}

impl fmt::Display for SupervisorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spawn(_) => f.write_str("the child process could not be started"),
            Self::Watch(_) => f.write_str("the child process could not be watched or killed"),
            Self::Running => f.write_str("a child process runs already"),
            Self::NotRunning => f.write_str("no child process runs"),
            Self::Exited(status) => write!(f, "the child process ended by itself: {status}"),
            Self::NotReady(waited) => write!(f, "the child process was not ready after {waited:?}"),
            Self::Undead(waited) => write!(f, "the child process still ran {waited:?} after it was killed"),
        }
    }
}

impl std::error::Error for SupervisorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spawn(source) | Self::Watch(source) => Some(source),
            _ => None,
        }
    }
}
