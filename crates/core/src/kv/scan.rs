//! Scans, item by item or page by page.

use std::fmt;
use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;

use super::Kv;
use crate::command::{HScan, Op, SScan, Scan, ZScan};
use crate::data::{Cursor, Key, Page, Pattern};
use crate::error::Result;
use crate::semantics::glob::escape_prefix;

/// About how many elements a page has that was asked for without a count: few enough to hold, and enough to
/// make the round trips count for little.
const PAGE: u64 = 100;

/// # Scans
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// let mut users = kv.scan_prefix("user:");
/// while let Some(key) = users.next().await? {
///     println!("{}", String::from_utf8_lossy(&key));
/// }
/// # Ok(()) }
/// ```
impl Kv {
    /// Walks through what a command of the `SCAN` family finds, from its cursor on, with all its options.
    ///
    /// ```
    /// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
    /// use credenza_core::{Cursor, Kind, command::Scan};
    ///
    /// let mut hashes = kv.scan(Scan::new(Cursor::START).kind(Kind::Hash).count(1000_u64));
    /// while let Some(page) = hashes.next_page().await? {
    ///     println!("{} hashes more", page.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn scan<O: ScanOp>(&self, command: O) -> Scanner<O> {
        Scanner { kv: self.clone(), command, complete: false, page: Vec::new().into_iter() }
    }

    /// Walks through the keys that start with a prefix, with an empty one through all keys ([`Scan`]).
    pub fn scan_prefix(&self, prefix: impl AsRef<[u8]>) -> Scanner<Scan> {
        match prefix.as_ref() {
            [] => self.scan(Scan::new(Cursor::START).count(PAGE)),
            prefix => self.scan_match(escape_prefix(prefix)),
        }
    }

    /// Walks through the keys that match a glob pattern ([`Scan`]).
    pub fn scan_match(&self, pattern: impl Into<Pattern>) -> Scanner<Scan> {
        self.scan(Scan::new(Cursor::START).pattern(pattern.into()).count(PAGE))
    }

    /// Walks through the fields of a hash with their values ([`HScan`]).
    pub fn hscan(&self, key: impl Into<Key>) -> Scanner<HScan> {
        self.scan(HScan::new(key, Cursor::START).count(PAGE))
    }

    /// Walks through the members of a set ([`SScan`]).
    pub fn sscan(&self, key: impl Into<Key>) -> Scanner<SScan> {
        self.scan(SScan::new(key, Cursor::START).count(PAGE))
    }

    /// Walks through the members of a sorted set with their scores, in no order ([`ZScan`]).
    pub fn zscan(&self, key: impl Into<Key>) -> Scanner<ZScan> {
        self.scan(ZScan::new(key, Cursor::START).count(PAGE))
    }
}

/// A command that answers with a page and the cursor of the next one.
pub trait ScanOp: Op<Reply = Page<Self::Item>> + Clone {
    /// What it finds.
    type Item: Send;

    /// Where it starts.
    fn cursor_mut(&mut self) -> &mut Cursor;
}

macro_rules! scan_op {
    ($($name:ident finds $item:ty;)*) => { $(
        impl ScanOp for $name {
            type Item = $item;
            fn cursor_mut(&mut self) -> &mut Cursor {
                &mut self.cursor
            }
        }
    )* };
}

scan_op! {
    Scan finds Bytes;
    HScan finds (Bytes, Bytes);
    SScan finds Bytes;
    ZScan finds (Bytes, f64);
}

/// Walks through what a scan finds, and holds one page at a time.
///
/// What is there from the start to the end is found at least once. What comes or goes meanwhile may be found or
/// not, and anything may be found twice: collect into a set, or do with each what can be done twice.
///
/// After an error the next call asks for the same page again. Dropping a future of it loses nothing.
#[must_use = "a scan does nothing until its items are asked for"]
pub struct Scanner<O: ScanOp> {
    kv: Kv,
    /// With the cursor of the page that is fetched next.
    command: O,
    complete: bool,
    page: std::vec::IntoIter<O::Item>,
}

impl<O: ScanOp> Scanner<O> {
    /// The next item; `None` when the scan is complete.
    pub async fn next(&mut self) -> Result<Option<O::Item>> {
        if self.page.len() == 0 {
            match self.next_page().await? {
                Some(page) => self.page = page.into_iter(),
                None => return Ok(None),
            }
        }
        Ok(self.page.next())
    }

    /// What is left of the page in hand, or the next page, which is never empty; `None` when the scan is
    /// complete.
    pub async fn next_page(&mut self) -> Result<Option<Vec<O::Item>>> {
        let mut items: Vec<_> = std::mem::take(&mut self.page).collect();
        while items.is_empty() {
            if self.complete {
                return Ok(None);
            }
            let page = self.kv.run(self.command.clone()).await?;
            items = page.items;
            match page.next {
                Some(cursor) => *self.command.cursor_mut() = cursor,
                None => self.complete = true,
            }
            if items.is_empty() && !self.complete {
                yield_now().await;
            }
        }
        Ok(Some(items))
    }
}

impl<O: ScanOp> fmt::Debug for Scanner<O> {
    /// Without the items: they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = O::ID.info().name;
        f.debug_struct("Scanner")
            .field("command", &name)
            .field("held", &self.page.len())
            .field("complete", &self.complete)
            .finish()
    }
}

/// Lets other tasks run: on a store that answers at once, a pattern that matches little would keep the thread
/// for the whole scan.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
