//! When to work in place, on the caller's thread, and when to hand over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::queue::Gather;

#[allow(
    clippy::disallowed_methods,
    reason = "measures the disk and compares with deadlines; no data depends on it"
)]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// How long something takes on average, and whether that is too long.
#[derive(Debug)]
pub(crate) struct Average {
    nanos: AtomicU64,
    limit: u64,
}

impl Average {
    pub(crate) fn new(limit: Duration) -> Average {
        Average { nanos: AtomicU64::new(0), limit: nanos(limit) }
    }

    /// Adds a measurement, which weighs one eighth.
    pub(crate) fn add(&self, took: Duration) {
        // One that was very long is no sign yet: the thread may have had to wait for a processor.
        let took = nanos(took).min(self.limit * 4);
        let old = self.nanos.load(Ordering::Relaxed);
        // Where everything is fast, threads that measure at the same time share no writes.
        if old < self.limit / 16 && took < self.limit / 16 {
            return;
        }
        // Two at once may lose one of them, which an average bears.
        self.nanos.store(old - old / 8 + took / 8, Ordering::Relaxed);
    }

    fn get(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }

    pub(crate) fn too_long(&self) -> bool {
        self.nanos.load(Ordering::Relaxed) > self.limit
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A commit that takes longer would hold up the other tasks of a runtime's thread.
const SLOW_COMMIT: Duration = Duration::from_millis(2);
/// So many groups of one in a row, and the writer counts as having one user.
const SOLO: u32 = 4;
/// A group waits no longer for more.
const LONGEST_GATHERING: Duration = Duration::from_millis(1);
const SHORTEST: u32 = 16;
const LONGEST: u32 = 256;

/// Decides whether a write commits in place.
///
/// A group commit serves many tasks, but a lone one waits for two changes of thread. Seen from the writer, tasks
/// that commit in place look like a lone one, for each stops the others on its thread; so now and then it makes a
/// few writes queue, and looks whether others come along.
#[derive(Debug)]
pub(crate) struct Pace {
    /// How many writes may still be done in place.
    credit: u32,
    /// How many the next credit is worth.
    worth: u32,
    /// How many groups of one there were in a row.
    solo: u32,
    /// How many were seen the last time.
    crowd: usize,
    commit: Average,
}

impl Pace {
    pub(crate) fn new() -> Pace {
        Pace { credit: SHORTEST, worth: SHORTEST, solo: 0, crowd: 0, commit: Average::new(SLOW_COMMIT) }
    }

    /// Whether the next write is done in place.
    pub(crate) fn in_place(&mut self) -> bool {
        if self.credit == 0 || self.commit.too_long() {
            return false;
        }
        self.credit -= 1;
        true
    }

    /// After a group that came through the queue; `crowd` counts those who wait behind it as well.
    pub(crate) fn grouped(&mut self, crowd: usize) {
        self.crowd = crowd;
        if crowd > 1 {
            (self.solo, self.credit, self.worth) = (0, 0, SHORTEST);
            return;
        }
        self.solo += 1;
        if self.solo >= SOLO {
            (self.solo, self.credit) = (0, self.worth);
            self.worth = (self.worth * 2).min(LONGEST);
        }
    }

    /// What the next group waits for: most of those who are known to write, for as long as the commit takes that
    /// latecomers would have to wait for.
    pub(crate) fn gather(&self) -> Gather {
        Gather { count: self.crowd * 3 / 4, patience: self.commit.get().min(LONGEST_GATHERING) }
    }

    pub(crate) fn committed(&self, took: Duration) {
        self.commit.add(took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_user_works_in_place_and_is_probed() {
        let mut pace = Pace::new();
        let (mut inline, mut queued) = (0, 0);
        for _ in 0..2_000 {
            if pace.in_place() {
                inline += 1;
            } else {
                queued += 1;
                pace.grouped(1);
            }
        }
        assert!(queued >= SOLO, "nobody ever looked for company");
        assert!(inline > queued * 20, "{inline} in place, {queued} through the queue");
    }

    #[test]
    fn a_crowd_groups() {
        let mut pace = Pace::new();
        let mut inline = 0;
        for _ in 0..1_000 {
            if pace.in_place() {
                inline += 1;
            } else {
                pace.grouped(32);
            }
        }
        assert_eq!(inline, SHORTEST);
        // A single group of one among crowds changes nothing.
        pace.grouped(1);
        assert!(!pace.in_place());
    }

    #[test]
    fn a_slow_disk_hands_over_and_recovers() {
        let mut pace = Pace::new();
        pace.committed(Duration::from_secs(1));
        assert!(pace.in_place(), "one slow commit is no slow disk");
        for _ in 0..8 {
            pace.committed(Duration::from_millis(10));
        }
        assert!(!pace.in_place());
        for _ in 0..64 {
            pace.committed(Duration::from_micros(100));
        }
        assert!(pace.in_place());
    }
}
