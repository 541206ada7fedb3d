use std::fmt;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use super::SupervisorError as Error;

/// How often a wait looks again.
const PAUSE: Duration = Duration::from_millis(2);

/// A process that is started, killed and started again. Dropping it kills the child.
///
/// Its methods block, each for a bounded time: async code calls them on a blocking thread.
pub struct Supervisor {
    command: Box<dyn FnMut() -> Command + Send>,
    ready: Box<dyn FnMut(&mut Child) -> bool + Send>,
    patience: Duration,
    child: Option<Child>,
}

impl Supervisor {
    /// A supervisor of the process that `command` describes; it is asked anew for each start.
    ///
    /// A command that pipes the child's output must see that somebody reads it, or the child stalls.
    pub fn new(command: impl FnMut() -> Command + Send + 'static) -> Self {
        Self {
            command: Box::new(command),
            ready: Box::new(|_| true),
            patience: Duration::from_secs(30),
            child: None,
        }
    }

    /// Says when a started child can take load: `probe` is asked again and again until it says yes. It must
    /// not block for long. Without a probe a child is ready once it is started.
    #[must_use]
    pub fn ready(mut self, probe: impl FnMut(&mut Child) -> bool + Send + 'static) -> Self {
        self.ready = Box::new(probe);
        self
    }

    /// How long a child may take to become ready, and to end once it is killed: 30 seconds unless told
    /// otherwise.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The running child's process id.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Starts a child and waits until it is ready.
    ///
    /// # Errors
    /// [`Running`](Error::Running), [`Spawn`](Error::Spawn), or [`Exited`](Error::Exited) and
    /// [`NotReady`](Error::NotReady), after which no child runs.
    pub fn start(&mut self) -> Result<(), Error> {
        if self.child.is_some() {
            return Err(Error::Running);
        }
        self.child = Some((self.command)().spawn().map_err(Error::Spawn)?);
        let waited = timer();
        loop {
            if (self.ready)(running(&mut self.child)?) {
                return Ok(());
            }
            if waited() >= self.patience {
                self.kill()?;
                return Err(Error::NotReady(self.patience));
            }
            thread::sleep(PAUSE);
        }
    }

    /// Kills the child (SIGKILL on Unix) and waits until it is gone.
    ///
    /// # Errors
    /// [`NotRunning`](Error::NotRunning); [`Exited`](Error::Exited) if the child had ended by itself;
    /// [`Undead`](Error::Undead) if it does not end.
    pub fn kill(&mut self) -> Result<(), Error> {
        running(&mut self.child)?.kill().map_err(Error::Watch)?;
        let waited = timer();
        loop {
            match running(&mut self.child) {
                Err(Error::Exited(status)) if was_killed(status) => return Ok(()),
                Err(error) => return Err(error),
                Ok(_) if waited() >= self.patience => return Err(Error::Undead(self.patience)),
                Ok(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Lets the child run for `moment`, then kills it.
    ///
    /// # Errors
    /// As [`kill`](Self::kill), and [`Exited`](Error::Exited) as soon as the child ends by itself.
    pub fn kill_after(&mut self, moment: Duration) -> Result<(), Error> {
        let waited = timer();
        loop {
            running(&mut self.child)?;
            match moment.checked_sub(waited()) {
                Some(rest) if !rest.is_zero() => thread::sleep(rest.min(PAUSE)),
                _ => return self.kill(),
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Nobody is left to be told if it fails.
        let _ = self.kill();
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor").field("child", &self.id()).finish_non_exhaustive()
    }
}

/// The child, if it still runs; once it has ended it is forgotten.
fn running(child: &mut Option<Child>) -> Result<&mut Child, Error> {
    match child.as_mut().map(Child::try_wait) {
        None => Err(Error::NotRunning),
        Some(Err(error)) => Err(Error::Watch(error)),
        Some(Ok(Some(status))) => {
            *child = None;
            Err(Error::Exited(status))
        }
        Some(Ok(None)) => child.as_mut().ok_or(Error::NotRunning),
    }
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

#[cfg(not(unix))]
fn was_killed(_: ExitStatus) -> bool {
    true
}

/// Tells how long ago it was made. The child lives in real time: no clock that a test hands in could bound a
/// wait for it.
#[allow(clippy::disallowed_methods)]
fn timer() -> impl Fn() -> Duration {
    let since = Instant::now();
    move || since.elapsed()
}
