//! A connection, and the statements of our own on it.

use std::sync::Arc;

use credenza_core::Result;
use credenza_core::db::Description;
use rusqlite::Connection;
use rusqlite::limits::Limit;

use super::guard::{Guard, Leash};
use super::known::Library;

/// A value that is larger is read and written on a thread.
const IN_PLACE_VALUE: usize = 256 << 10;

/// A connection with what it has compiled and what watches over it.
pub(crate) struct Conn {
    pub(crate) raw: Connection,
    pub(crate) guard: Arc<Guard>,
    pub(crate) library: Library,
    value: usize,
}

/// A connection without what it has compiled, for statements of our own: nothing refuses or stops them.
#[derive(Clone, Copy)]
pub(crate) struct Own<'c> {
    pub(crate) raw: &'c Connection,
    pub(crate) guard: &'c Guard,
}

impl Conn {
    /// A connection that keeps so many statements, and takes values of so many bytes.
    pub(crate) fn new(raw: Connection, guard: Arc<Guard>, statements: usize, value: usize) -> Conn {
        let conn = Conn { raw, guard, library: Library::new(statements), value };
        conn.for_thread(false);
        conn
    }

    /// Whether large values may pass, as on a thread.
    pub(crate) fn for_thread(&self, thread: bool) {
        let most = if thread { self.value } else { self.value.min(IN_PLACE_VALUE) };
        // The limit exists, so setting it cannot fail.
        let _ = self.raw.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(most).unwrap_or(i32::MAX));
    }

    /// For statements of our own.
    pub(crate) fn own(&self) -> Own<'_> {
        Own { raw: &self.raw, guard: &self.guard }
    }

    /// What a statement would do.
    pub(crate) fn describe(&mut self, sql: &str, reserved: bool) -> Result<Description> {
        self.guard.begin(Leash::default(), reserved);
        let compiled = self.library.compile(Own { raw: &self.raw, guard: &self.guard }, sql, reserved);
        let described = compiled.map(|(_, known)| known.describe());
        self.guard.end();
        described
    }
}

impl Own<'_> {
    /// Runs a statement that returns no rows.
    pub(crate) fn run(&self, sql: &'static str, params: impl rusqlite::Params) -> rusqlite::Result<()> {
        self.guard.trusting(|| self.raw.prepare_cached(sql)?.execute(params).map(drop))
    }

    /// The first row of a statement, if there is one.
    pub(crate) fn row<T>(
        &self,
        sql: &'static str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.guard.trusting(|| {
            let mut statement = self.raw.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Every row of a statement.
    pub(crate) fn rows<T>(
        &self,
        sql: &'static str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.guard.trusting(|| self.raw.prepare_cached(sql)?.query_map([], read)?.collect())
    }
}

impl std::fmt::Debug for Conn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conn").finish_non_exhaustive()
    }
}
