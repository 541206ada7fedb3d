//! Numbers that only rise and are never given twice: versions of keys, and ids of what keys own.

use rusqlite::{Connection, Result};

use crate::{db, sql};

/// Versions are reserved in blocks, so that a commit needs no statement for its stamp; what is left of a block when
/// the store closes is skipped.
const VERSIONS: i64 = 1 << 16;
const IDS: i64 = 1 << 12;

/// The two counters, as the one writer of this process sees them.
#[derive(Debug)]
pub(crate) struct Stamps {
    versions: Counter,
    ids: Counter,
    reservations: u64,
}

#[derive(Debug)]
struct Counter {
    name: &'static str,
    block: i64,
    next: i64,
    end: i64,
}

impl Stamps {
    pub(crate) fn new() -> Stamps {
        Stamps {
            versions: Counter { name: "version", block: VERSIONS, next: 0, end: 0 },
            ids: Counter { name: "id", block: IDS, next: 0, end: 0 },
            reservations: 0,
        }
    }

    /// The next version. Inside of a transaction: a block may have to be reserved.
    pub(crate) fn version(&mut self, conn: &Connection) -> Result<i64> {
        self.versions.take(conn, &mut self.reservations)
    }

    /// The next id.
    pub(crate) fn id(&mut self, conn: &Connection) -> Result<i64> {
        self.ids.take(conn, &mut self.reservations)
    }

    /// A number that changes when a block is reserved: whoever undoes the statements since then must [`Stamps::forget`].
    pub(crate) fn reservations(&self) -> u64 {
        self.reservations
    }

    /// Drops what is left of the blocks: their reservation was undone, or another process has taken later ones.
    pub(crate) fn forget(&mut self) {
        self.versions.next = self.versions.end;
        self.ids.next = self.ids.end;
    }
}

impl Counter {
    fn take(&mut self, conn: &Connection, reservations: &mut u64) -> Result<i64> {
        if self.next == self.end {
            let end = db::first(conn, sql::RESERVE, (self.name, self.block), |row| row.get(0))?;
            self.end = end.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            self.next = self.end - self.block;
            *reservations += 1;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}
