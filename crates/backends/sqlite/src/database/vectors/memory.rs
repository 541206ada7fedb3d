//! The codes that are in memory.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use credenza_vectors::Codes;
use parking_lot::{Mutex, RwLock};

/// So many of the last changes are remembered, for those who see an older state of the table.
const RECENT: usize = 4_096;

/// Codes of the tables of several databases, with a bound on their size: those that were not used for longest make room.
pub(crate) struct Memory {
    most: usize,
    clock: AtomicU64,
    databases: AtomicU64,
    columns: Mutex<HashMap<Key, Arc<Column>>>,
}

/// A database, a table and a column; in small letters, for so names are compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) database: u64,
    pub(super) table: String,
    pub(super) column: String,
}

/// What is known of a column.
#[derive(Default)]
pub(super) struct Column {
    pub(super) state: RwLock<State>,
    /// Held by who reads the whole column.
    pub(super) loading: Mutex<()>,
    size: AtomicUsize,
    used: AtomicU64,
}

#[derive(Default)]
pub(super) enum State {
    /// Not looked at yet.
    #[default]
    Unknown,
    /// With these tables there is no room for it, or too many of its rows have no vector of this dimension: it is read at every search for one.
    TooMuch { schema: i64, dimension: usize },
    /// Its codes.
    Known(Box<Known>),
}

/// Codes, and of which moment they are.
pub(super) struct Known {
    /// The number of the tables' state.
    pub(super) schema: i64,
    pub(super) watch: i64,
    /// The number of the last change that is in them.
    pub(super) position: i64,
    pub(super) codes: Codes,
    /// Rows that have no codes: their vectors have another dimension, or are none.
    pub(super) odd: Vec<i64>,
    /// How many rows there were when the whole column was read.
    pub(super) read: usize,
    /// The last changes that came in since, each with the position after it.
    pub(super) recent: VecDeque<(i64, i64)>,
    /// All changes after this position are among the recent ones.
    pub(super) since: i64,
}

impl Memory {
    /// For so many bytes of codes.
    pub(crate) fn new(most: usize) -> Memory {
        Memory { most, clock: AtomicU64::new(0), databases: AtomicU64::new(0), columns: Mutex::default() }
    }

    /// The number of a database that joins.
    pub(crate) fn join(&self) -> u64 {
        self.databases.fetch_add(1, Ordering::Relaxed)
    }

    /// Forgets all of a database.
    pub(crate) fn leave(&self, database: u64) {
        self.columns.lock().retain(|key, _| key.database != database);
    }

    pub(super) fn column(&self, key: Key) -> Arc<Column> {
        let column = Arc::clone(self.columns.lock().entry(key).or_default());
        column.used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        column
    }

    /// Makes room for so many bytes of a column's codes; whether there is any.
    pub(super) fn reserve(&self, column: &Arc<Column>, size: usize) -> bool {
        if size > self.most {
            return false;
        }
        let mut columns = self.columns.lock();
        column.size.store(size, Ordering::Relaxed);
        let total = |columns: &HashMap<Key, Arc<Column>>| {
            columns.values().map(|column| column.size.load(Ordering::Relaxed)).sum::<usize>()
        };
        while total(&columns) > self.most {
            let others = columns
                .iter()
                .filter(|(_, other)| other.size.load(Ordering::Relaxed) > 0 && !Arc::ptr_eq(other, column));
            let oldest = others.min_by_key(|(_, other)| other.used.load(Ordering::Relaxed));
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { break };
            columns.remove(&oldest);
        }
        true
    }
}

impl Column {
    /// Its codes are gone.
    pub(super) fn free(&self) {
        self.size.store(0, Ordering::Relaxed);
    }
}

impl Known {
    /// The rows that were changed after a position, if that is known.
    pub(super) fn changed_since(&self, position: i64) -> Option<Vec<i64>> {
        let changes = self.recent.iter().rev().take_while(|(at, _)| *at > position);
        (position >= self.since).then(|| changes.map(|(_, row)| *row).collect())
    }

    /// Notes that rows were changed up to a position.
    pub(super) fn note(&mut self, rows: &[i64], position: i64) {
        self.recent.extend(rows.iter().map(|row| (position, *row)));
        while self.recent.len() > RECENT {
            if let Some((at, _)) = self.recent.pop_front() {
                self.since = at;
            }
        }
        self.position = position;
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("most", &self.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(database: u64, column: &str) -> Key {
        Key { database, table: "t".into(), column: column.into() }
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let memory = Memory::new(100);
        let (a, b) = (memory.column(key(0, "a")), memory.column(key(0, "b")));
        assert!(memory.reserve(&a, 60) && memory.reserve(&b, 40) && !memory.reserve(&b, 101));
        memory.column(key(0, "a"));
        let c = memory.column(key(1, "c"));
        assert!(memory.reserve(&c, 30));
        let columns = |memory: &Memory| {
            let mut columns: Vec<_> = memory.columns.lock().keys().map(|key| key.column.clone()).collect();
            columns.sort();
            columns
        };
        assert_eq!(columns(&memory), ["a", "c"]);
        memory.leave(0);
        assert_eq!(columns(&memory), ["c"]);
    }

    #[test]
    fn changes_are_remembered_as_far_back_as_they_are_all_there() {
        let mut known = Known {
            schema: 1,
            watch: 1,
            position: 10,
            codes: Codes::new(1, vec![0.0]),
            odd: Vec::new(),
            read: 0,
            recent: VecDeque::new(),
            since: 10,
        };
        known.note(&[1, 2], 12);
        known.note(&[2], 13);
        assert_eq!(known.changed_since(13), Some(vec![]));
        assert_eq!(known.changed_since(12), Some(vec![2]));
        assert_eq!(known.changed_since(10).map(|rows| rows.len()), Some(3));
        assert_eq!(known.changed_since(9), None);
        known.note(&vec![5; RECENT], 5_000);
        assert_eq!(known.changed_since(12), None);
        assert!(known.changed_since(13).is_some() && known.position == 5_000);
    }
}
