//! The journal, in the store that keeps it.
//!
//! ```text
//! journal/{name}/head     four numbers of 16 hexadecimal digits: the journal's own, its owner's, the owner's fence, that of the next entry
//! journal/{name}/{entry}  16 hexadecimal digits: what it writes
//! ```
//!
//! Every append checks the head. Whoever reads the journal writes a fence into it first, after which no append that is still on its way comes to
//! anything: not of a process that owned the journal before, and not one's own that nobody waits for any more.

use bytes::Bytes;
use credenza_core::command::{Del, Get, MGet, Scan, Set};
use credenza_core::{
    Batch, Check, Context, Cursor, Error, ErrorKind, KvStore, Pattern, Random, Request, Result, ThreadRandom,
};

use super::entry::Entry;
use super::pending::Pending;
use crate::ask::ask;

const PAGE: u64 = 1_000;
/// How often it is tried again when somebody else writes to the head.
const ATTEMPTS: usize = 8;

#[derive(Debug)]
pub(super) struct Journal<J> {
    store: J,
    prefix: String,
}

/// Where a journal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Drawn when the journal was begun: another one in its place is told from it.
    pub(super) id: u64,
    /// Drawn when a process opened it.
    pub(super) owner: u64,
    fence: u64,
    /// The number of the next entry.
    next: u64,
}

impl Head {
    fn write(&self) -> String {
        format!("{:016x} {:016x} {:016x} {:016x}", self.id, self.owner, self.fence, self.next)
    }

    fn read(bytes: &[u8]) -> Option<Head> {
        let mut numbers =
            std::str::from_utf8(bytes).ok()?.split(' ').map(|number| u64::from_str_radix(number, 16));
        let mut next = || numbers.next()?.ok();
        Some(Head { id: next()?, owner: next()?, fence: next()?, next: next()? })
    }
}

impl<J: KvStore> Journal<J> {
    pub(super) fn new(store: J, name: &str) -> Result<Journal<J>> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            return Err(Error::invalid("the name of a journal has letters, digits, - and _"));
        }
        if !store.capabilities().atomic_batches {
            return Err(Error::new(ErrorKind::Unsupported, "a journal needs a store with atomic batches"));
        }
        Ok(Journal { store, prefix: format!("journal/{name}/") })
    }

    pub(super) fn name(&self) -> &str {
        self.store.info().name()
    }

    fn head_key(&self) -> String {
        format!("{}head", self.prefix)
    }

    fn entry_key(&self, number: u64) -> String {
        format!("{}{number:016x}", self.prefix)
    }

    /// Makes a process the owner of the journal, or begins one where there is none.
    pub(super) async fn open(&self, cx: &Context) -> Result<(Head, Pending)> {
        self.fenced(cx, ThreadRandom.next_u64(), |_| true).await
    }

    /// What is in the journal of which this was the head.
    pub(super) async fn reload(&self, cx: &Context, head: &Head) -> Result<(Head, Pending)> {
        self.fenced(cx, head.owner, |found| (found.id, found.owner) == (head.id, head.owner)).await
    }

    async fn fenced(&self, cx: &Context, owner: u64, may: impl Fn(&Head) -> bool) -> Result<(Head, Pending)> {
        for _ in 0..ATTEMPTS {
            let Some(stands) = ask(&self.store, cx, Get::new(self.head_key())).await? else {
                let begun = Head { id: ThreadRandom.next_u64(), owner, fence: 0, next: 1 };
                let _ = ask(&self.store, cx, Set::new(self.head_key(), begun.write()).if_absent()).await?;
                continue;
            };
            let found = Head::read(&stands).ok_or_else(damaged)?;
            if !may(&found) {
                return Err(another_process());
            }
            let head = Head { owner, fence: found.fence.wrapping_add(1), ..found };
            let mut batch = Batch::atomic();
            batch.check(Check::value_equals(self.head_key(), stands));
            batch.push(Set::new(self.head_key(), head.write()));
            match self.store.execute(cx, Request::Batch(batch)).await {
                Ok(_) => return Ok((head, self.entries(cx).await?)),
                Err(error) if error.kind() == ErrorKind::CheckFailed => {}
                Err(error) => return Err(error),
            }
        }
        Err(another_process())
    }

    async fn entries(&self, cx: &Context) -> Result<Pending> {
        let (mut pending, mut cursor) = (Pending::default(), Some(Cursor::START));
        while let Some(at) = cursor.take() {
            let pattern = Pattern::from(format!("{}*", self.prefix));
            let page = ask(&self.store, cx, Scan::new(at).pattern(pattern).count(PAGE)).await?;
            cursor = page.next;
            let number = |key: &Bytes| {
                let digits = std::str::from_utf8(key.get(self.prefix.len()..)?).ok()?;
                u64::from_str_radix(digits, 16).ok()
            };
            let numbers: Vec<u64> = page.items.iter().filter_map(number).collect();
            if numbers.is_empty() {
                continue;
            }
            let entries =
                ask(&self.store, cx, MGet::new(numbers.iter().map(|number| self.entry_key(*number)))).await?;
            for (number, entry) in numbers.into_iter().zip(entries) {
                // A scan may show a key twice.
                pending.remove(number);
                if let Some(entry) = entry {
                    pending.add(number, Entry::decode(entry)?);
                }
            }
        }
        Ok(pending)
    }

    /// Appends an entry; gives its number.
    pub(super) async fn append(&self, cx: &Context, head: &mut Head, entry: &Entry) -> Result<u64> {
        let (number, next) = (head.next, Head { next: head.next + 1, ..head.clone() });
        let mut batch = Batch::atomic();
        batch.check(Check::value_equals(self.head_key(), head.write()));
        batch.push(Set::new(self.entry_key(number), entry.encode()));
        batch.push(Set::new(self.head_key(), next.write()));
        match self.store.execute(cx, Request::Batch(batch)).await {
            Ok(_) => {
                *head = next;
                Ok(number)
            }
            Err(error) if error.kind() == ErrorKind::CheckFailed => Err(another_process()),
            Err(error) => Err(error),
        }
    }

    /// Forgets entries.
    pub(super) async fn forget(&self, cx: &Context, numbers: impl Iterator<Item = u64>) -> Result<()> {
        ask(&self.store, cx, Del::new(numbers.map(|number| self.entry_key(number)))).await.map(drop)
    }
}

#[cold]
fn another_process() -> Error {
    Error::new(ErrorKind::Conflict, "another process has opened the same journal")
}

#[cold]
fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the head of a journal is damaged")
}
