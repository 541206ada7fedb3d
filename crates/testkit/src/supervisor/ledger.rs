use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was promised: the writes attempted, acknowledged and refused, key by key. Clones share it.
///
/// A key's writes are numbered from 1, and each puts a value from which its number can be read again. A key
/// belongs to one writer, which makes one write at a time, and after one whose fate it does not know goes on
/// only when that one can no longer take effect: its process was killed, its connection is gone.
pub struct Ledger<K> {
    accounts: Arc<Mutex<Accounts<K>>>,
}

#[derive(Debug)]
struct Accounts<K> {
    by_key: BTreeMap<K, Account>,
    tally: Tally,
}

/// How many writes met which fate. Check it, so that a test in which nothing was written does not pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Writes begun.
    pub attempted: u64,
    /// Writes the store promised to keep.
    pub acknowledged: u64,
    /// Writes the store refused.
    pub failed: u64,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Nothing.
    Absent,
    /// The value that the write of this number put.
    Value(u64),
    /// Something that no write of this ledger could have put.
    Garbled,
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<K> {
    /// The key.
    pub key: K,
    /// What went wrong.
    pub fault: Fault,
    /// What the key holds.
    pub observed: Observed,
    /// The number of the last write that was certain: acknowledged, or seen earlier. 0 if there was none.
    pub certain: u64,
    /// The number of the last write that was begun.
    pub attempted: u64,
}

/// What can go wrong with a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The last certain write is gone: an older value is there, or none.
    Lost,
    /// A value is back that was certainly absent: deleted, or its write cut off and its effect not seen
    /// before.
    Resurrected,
    /// The value of a write that was refused is there.
    Refused,
    /// The value is of no write that was ever begun, or of a delete.
    NeverWritten,
    /// The value is of no write at all.
    Garbled,
}

#[derive(Debug, Default)]
struct Account {
    attempted: u64,
    certain: u64,
    /// Whether the last certain write left a value.
    present: bool,
    /// Writes since then that may still be found.
    open: Vec<Write>,
}

#[derive(Debug)]
struct Write {
    number: u64,
    delete: bool,
    failed: bool,
}

impl Account {
    fn settle(&mut self, number: u64, present: bool) {
        self.certain = number;
        self.present = present;
        self.open.retain(|write| write.number > number);
    }

    fn judge(&self, observed: Observed) -> Result<(), Fault> {
        let number = match observed {
            Observed::Garbled => return Err(Fault::Garbled),
            Observed::Absent
                if self.present && !self.open.iter().any(|write| write.delete && !write.failed) =>
            {
                return Err(Fault::Lost);
            }
            Observed::Absent => return Ok(()),
            Observed::Value(number) => number,
        };
        match self.open.iter().find(|write| write.number == number) {
            _ if number == 0 || number > self.attempted => Err(Fault::NeverWritten),
            Some(write) if write.delete => Err(Fault::NeverWritten),
            Some(write) if write.failed => Err(Fault::Refused),
            Some(_) => Ok(()),
            None if self.present && number == self.certain => Ok(()),
            None if self.present && number < self.certain => Err(Fault::Lost),
            None => Err(Fault::Resurrected),
        }
    }
}

impl<K> Ledger<K> {
    /// An empty ledger.
    pub fn new() -> Self {
        let accounts = Accounts { by_key: BTreeMap::new(), tally: Tally::default() };
        Self { accounts: Arc::new(Mutex::new(accounts)) }
    }

    /// How many writes there were.
    pub fn tally(&self) -> Tally {
        self.accounts().tally
    }

    /// No holder of the lock panics between two changes that belong together.
    fn accounts(&self) -> MutexGuard<'_, Accounts<K>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Clone> Ledger<K> {
    /// Notes that a value is about to be put.
    pub fn put(&self, key: K) -> Attempt<K> {
        self.begin(key, false)
    }

    /// Notes that the key is about to be deleted.
    pub fn delete(&self, key: K) -> Attempt<K> {
        self.begin(key, true)
    }

    fn begin(&self, key: K, delete: bool) -> Attempt<K> {
        let mut accounts = self.accounts();
        accounts.tally.attempted += 1;
        let account = accounts.by_key.entry(key.clone()).or_default();
        account.attempted += 1;
        let number = account.attempted;
        account.open.push(Write { number, delete, failed: false });
        Attempt { ledger: self.clone(), key, number, delete }
    }

    /// The keys that any write was begun for.
    pub fn keys(&self) -> Vec<K> {
        self.accounts().by_key.keys().cloned().collect()
    }

    /// Compares what a key holds with what was promised. What was seen becomes a promise: it must be seen
    /// again.
    ///
    /// Call it while no write runs. A finding changes nothing in the ledger.
    pub fn observe(&self, key: &K, observed: Observed) -> Option<Finding<K>> {
        let mut accounts = self.accounts();
        let unknown = Account::default();
        let account = accounts.by_key.get(key).unwrap_or(&unknown);
        if let Err(fault) = account.judge(observed) {
            let (certain, attempted) = (account.certain, account.attempted);
            return Some(Finding { key: key.clone(), fault, observed, certain, attempted });
        }
        if let Some(account) = accounts.by_key.get_mut(key) {
            match observed {
                Observed::Value(number) => account.settle(number, true),
                Observed::Absent | Observed::Garbled => account.settle(account.attempted, false),
            }
            // What was cut off and did not take effect by now never may.
            account.open.clear();
        }
        None
    }

    /// Reads every key and [observes](Self::observe) it.
    ///
    /// # Errors
    /// The first error of `read`.
    pub fn verify<E>(&self, mut read: impl FnMut(&K) -> Result<Observed, E>) -> Result<Vec<Finding<K>>, E> {
        let mut findings = Vec::new();
        for key in self.keys() {
            let observed = read(&key)?;
            findings.extend(self.observe(&key, observed));
        }
        Ok(findings)
    }
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Clone for Ledger<K> {
    fn clone(&self) -> Self {
        Self { accounts: Arc::clone(&self.accounts) }
    }
}

impl<K> Debug for Ledger<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("tally", &self.tally()).finish_non_exhaustive()
    }
}

impl<K: Debug> fmt::Display for Finding<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, fault, observed, certain, attempted } = self;
        write!(
            f,
            "key {key:?}: {fault:?}: found {observed:?}; certain up to write {certain}, attempted {attempted}"
        )
    }
}

/// A write that was begun. Dropped, its fate stays unknown: it may be found or not.
#[must_use = "a write whose fate nobody notes may be found or not"]
#[derive(Debug)]
pub struct Attempt<K: Ord + Clone> {
    ledger: Ledger<K>,
    key: K,
    number: u64,
    delete: bool,
}

impl<K: Ord + Clone> Attempt<K> {
    /// Its number among the writes of its key, to be put into the value.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The store promised to keep it.
    pub fn acknowledged(self) {
        let mut accounts = self.ledger.accounts();
        accounts.tally.acknowledged += 1;
        if let Some(account) = accounts.by_key.get_mut(&self.key)
            && account.certain < self.number
        {
            account.settle(self.number, !self.delete);
        }
    }

    /// The store refused it, so it must never be found.
    pub fn failed(self) {
        let mut accounts = self.ledger.accounts();
        accounts.tally.failed += 1;
        let open = accounts.by_key.get_mut(&self.key).map(|account| &mut account.open);
        if let Some(write) = open.into_iter().flatten().find(|write| write.number == self.number) {
            write.failed = true;
        }
    }

    /// Nobody knows its fate. The same as dropping it, in words.
    pub fn ambiguous(self) {}
}

#[cfg(test)]
mod tests;
