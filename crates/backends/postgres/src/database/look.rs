//! What the text of a statement says, before anything is sent.

use credenza_core::db::DbLimits;
use credenza_core::{Error, ErrorKind, Result};
use credenza_migrations::{postgres_statements, postgres_words};

use super::failure::error;

/// What kind of statement it is. How it would run is the server's to know; this decides how its rows are read, and what
/// is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// It only reads, as far as its text says: its rows are given away before it has ended.
    pub(super) reads: bool,
    /// Its rows are counted: it inserts, updates or deletes.
    pub(super) counts: bool,
    /// It makes, alters or drops a table or a view.
    pub(super) changes_schema: bool,
}

/// What would change the session, which is handed on, or the transaction, which has calls of its own.
const OF_THE_SESSION: &[&str] = &[
    "ABORT",
    "BEGIN",
    "CLOSE",
    "COMMIT",
    "COPY",
    "DEALLOCATE",
    "DECLARE",
    "DISCARD",
    "END",
    "EXECUTE",
    "FETCH",
    "LISTEN",
    "LOAD",
    "MOVE",
    "PREPARE",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "START",
    "UNLISTEN",
];

/// Words between `CREATE` and what is created.
const KINDS: &[&str] = &[
    "OR",
    "REPLACE",
    "GLOBAL",
    "LOCAL",
    "TEMP",
    "TEMPORARY",
    "UNLOGGED",
    "FOREIGN",
    "MATERIALIZED",
    "RECURSIVE",
];

/// Looks at a statement.
///
/// # Errors
/// `LimitExceeded`; `InvalidStatement` for text that is not one statement; `Denied` for one about the session.
pub(super) fn look(sql: &str, limits: &DbLimits) -> Result<Look> {
    if sql.len() > limits.sql {
        return Err(error(ErrorKind::LimitExceeded, "54000", "the text of the statement is too long"));
    }
    let invalid = |why: &'static str| Err(error(ErrorKind::InvalidStatement, "42601", why));
    if sql.contains('\0') {
        return invalid("the statement contains a NUL");
    }
    // What does not end is the server's to refuse, with the place.
    match postgres_statements(sql).map(|statements| statements.len()) {
        Ok(0) => return invalid("there is no statement in the text"),
        Ok(2..) => return invalid("there is more than one statement in the text"),
        Ok(_) | Err(_) => {}
    }
    let is = |word: &str, among: &[&str]| among.iter().any(|known| word.eq_ignore_ascii_case(known));
    let mut words = postgres_words(sql);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let sets = is(first, &["SET"]) && !is(second, &["LOCAL", "CONSTRAINTS"]);
    if sets || is(first, OF_THE_SESSION) {
        return Err(denied());
    }
    let has = |among: &[&str]| postgres_words(sql).skip(1).any(|word| is(word, among));
    let changes = is(first, &["INSERT", "UPDATE", "DELETE", "MERGE"])
        || is(first, &["WITH"]) && has(&["INSERT", "UPDATE", "DELETE", "MERGE"]);
    let makes = is(first, &["SELECT", "WITH"]) && has(&["INTO"]) && !changes;
    let reads = match first {
        first if is(first, &["SELECT", "WITH"]) => !changes && !makes,
        first if is(first, &["EXPLAIN"]) => !has(&["ANALYZE", "ANALYSE"]),
        first => is(first, &["VALUES", "TABLE", "SHOW"]),
    };
    let of_tables = || postgres_words(sql).skip(1).find(|word| !is(word, KINDS));
    let alters = is(first, &["CREATE", "ALTER", "DROP"]);
    let changes_schema = makes || alters && of_tables().is_some_and(|word| is(word, &["TABLE", "VIEW"]));
    Ok(Look { reads, counts: changes, changes_schema })
}

fn denied() -> Error {
    let why =
        "the statement would change the session, or begin or end a transaction, which has calls of its own";
    error(ErrorKind::Denied, "42501", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> Result<Look> {
        look(sql, &DbLimits::default())
    }

    #[test]
    fn what_reads_what_counts_and_what_changes_the_schema() {
        for (sql, reads, counts, changes_schema) in [
            ("select 1", true, false, false),
            ("-- c\n (SELECT 1) UNION SELECT 2", true, false, false),
            ("SELECT 'INTO' FROM t FOR UPDATE", true, false, false),
            ("SELECT a INTO u FROM t", false, false, true),
            ("VALUES (1)", true, false, false),
            ("EXPLAIN INSERT INTO t VALUES (1)", true, false, false),
            ("EXPLAIN ANALYZE INSERT INTO t VALUES (1)", false, false, false),
            ("WITH a AS (SELECT 1) SELECT * FROM a", true, false, false),
            ("WITH a AS (DELETE FROM t RETURNING a) SELECT * FROM a", false, true, false),
            ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", false, true, false),
            ("insert into t values (1)", false, true, false),
            ("CREATE OR REPLACE TEMP VIEW v AS SELECT 1", false, false, true),
            ("DROP TABLE IF EXISTS t", false, false, true),
            ("CREATE INDEX i ON t (a)", false, false, false),
            ("SET LOCAL work_mem = '64MB'", false, false, false),
        ] {
            assert_eq!(of(sql).unwrap(), Look { reads, counts, changes_schema }, "{sql}");
        }
    }

    #[test]
    fn what_is_not_one_statement_or_is_about_the_session_is_refused() {
        for sql in ["", " ; ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1 \0"] {
            assert_eq!(of(sql).unwrap_err().kind(), ErrorKind::InvalidStatement, "{sql:?}");
        }
        for sql in
            ["begin", "/* c */ COMMIT", "SET search_path = x", "set session role x", "COPY t TO STDOUT"]
        {
            assert_eq!(of(sql).unwrap_err().kind(), ErrorKind::Denied, "{sql:?}");
        }
        let long = " ".repeat(1_000_000) + "SELECT 1";
        assert_eq!(of(&long).unwrap_err().kind(), ErrorKind::LimitExceeded);
    }
}
