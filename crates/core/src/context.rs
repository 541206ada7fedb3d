//! What travels with a request besides its commands.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What travels with a request: how long it may take, which attempt it is, and labels; and on the way back, what a
/// layer wants to tell the caller. Cheap to clone and to pass.
#[derive(Clone, Debug, Default)]
pub struct Context {
    deadline: Option<Instant>,
    attempt: u32,
    tags: Option<Arc<[(&'static str, String)]>>,
    notes: Option<Arc<Mutex<Vec<Note>>>>,
}

/// What a layer tells the caller about how a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The layer.
    pub layer: &'static str,
    /// What it did: `hit`, `served by the fallback`.
    pub text: &'static str,
}

/// A context keeps at most so many notes.
const MAX_NOTES: usize = 32;

impl Context {
    /// No deadline, first attempt, no tags, nobody who reads notes.
    pub const fn new() -> Context {
        Context { deadline: None, attempt: 0, tags: None, notes: None }
    }

    /// The same with a point in time after which nobody waits for the answer.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Instant) -> Context {
        self.deadline = Some(self.deadline.map_or(deadline, |earlier| earlier.min(deadline)));
        self
    }

    /// The same with so much time from now, unless it has less already; without `timeout`, the same.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "deadlines are measured on the monotonic clock of the runtime"
    )]
    pub fn within(&self, timeout: Option<Duration>) -> Context {
        let context = self.clone();
        match timeout.and_then(|timeout| Instant::now().checked_add(timeout)) {
            Some(deadline) => context.with_deadline(deadline),
            None => context,
        }
    }

    /// The same with the number of attempts before this one.
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Context {
        self.attempt = attempt;
        self
    }

    /// The same with labels for whoever records requests. Never keys or values.
    #[must_use]
    pub fn with_tags(mut self, tags: impl Into<Arc<[(&'static str, String)]>>) -> Context {
        self.tags = Some(tags.into());
        self
    }

    /// The same with room for notes.
    #[must_use]
    pub fn with_notes(mut self) -> Context {
        self.notes = Some(Arc::default());
        self
    }

    /// When the answer comes too late.
    #[inline]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How many attempts there were before this one.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Labels for whoever records requests.
    pub fn tags(&self) -> &[(&'static str, String)] {
        self.tags.as_deref().unwrap_or_default()
    }

    /// Tells the caller something, if it listens.
    pub fn note(&self, layer: &'static str, text: &'static str) {
        if let Some(notes) = &self.notes {
            let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
            if notes.len() < MAX_NOTES {
                notes.push(Note { layer, text });
            }
        }
    }

    /// Takes what the layers told.
    pub fn take_notes(&self) -> Vec<Note> {
        match &self.notes {
            Some(notes) => std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Vec::new(),
        }
    }
}
