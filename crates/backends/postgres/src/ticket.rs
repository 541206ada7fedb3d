//! Deadlines, and what a request that met its deadline may have done.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use credenza_core::{Effect, Error};

use crate::error::late;

#[allow(clippy::disallowed_methods, reason = "deadlines are compared with it; no data depends on it")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

const OPEN: u8 = 0;
const COMMITTING: u8 = 1;
const GIVEN_UP: u8 = 2;

/// What a request and its caller agree on: whoever is first decides whether it is committed or given up.
#[derive(Debug, Default)]
pub(crate) struct Ticket(AtomicU8);

impl Ticket {
    /// The request is about to be committed; false if its caller has given up.
    pub(crate) fn commit(&self) -> bool {
        match self.0.compare_exchange(OPEN, COMMITTING, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(state) => state == COMMITTING,
        }
    }

    /// The commit was refused, and the request may be tried again.
    pub(crate) fn reopen(&self) {
        let _ = self.0.compare_exchange(COMMITTING, OPEN, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The caller gives up: whether something may have been applied.
    pub(crate) fn give_up(&self) -> Effect {
        match self.0.compare_exchange(OPEN, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Effect::NotApplied,
            Err(_) => Effect::MaybeApplied,
        }
    }

    /// The error of a caller whose deadline passed.
    pub(crate) fn late(&self) -> Error {
        match self.give_up() {
            Effect::NotApplied => late("the deadline passed before the request was committed"),
            effect => late("the deadline passed while the request was committed").with_effect(effect),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_first_decides() {
        let ticket = Ticket::default();
        assert_eq!(ticket.late().effect(), Effect::NotApplied);
        assert!(!ticket.commit());
        let ticket = Ticket::default();
        assert!(ticket.commit() && ticket.commit());
        assert_eq!(ticket.late().effect(), Effect::MaybeApplied);
        ticket.reopen();
        assert_eq!(ticket.give_up(), Effect::NotApplied);
    }
}
