//! What the engine's errors mean: a kind, a SQLSTATE code as Postgres has it, and a text without values.

use credenza_core::{Effect, Error, ErrorKind, Violation};
use rusqlite::ffi;

use super::guard::{Guard, Stopped};
use super::matching;
use super::text::plain;
use super::vectors;
use crate::error::NAME;

/// An error with its code.
pub(crate) fn error(
    kind: ErrorKind,
    state: &'static str,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> Error {
    Error::new(kind, message).with_sqlstate(state).on(NAME)
}

pub(crate) fn timeout(message: &'static str) -> Error {
    error(ErrorKind::Timeout, "57014", message)
}

pub(crate) fn denied(message: &'static str) -> Error {
    error(ErrorKind::Denied, "42501", message)
}

pub(crate) fn read_only() -> Error {
    error(ErrorKind::ReadOnly, "25006", "the database, or the transaction, can only be read")
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the database is closed").on(NAME)
}

/// What a failed statement of somebody else is told. `guard` knows whether it was refused or stopped.
pub(crate) fn of_statement(failed: &rusqlite::Error, guard: &Guard) -> Error {
    let (code, message) = parts(failed);
    if code == ffi::SQLITE_INTERRUPT {
        return match guard.stopped() {
            Some(Stopped::Gone) => closed(),
            _ => timeout("the deadline passed while the statement ran"),
        };
    }
    if let Some(reason) = guard.denied() {
        return denied(reason);
    }
    of_code(code, message)
}

/// What a failed statement of our own means.
pub(crate) fn of_engine(failed: &rusqlite::Error) -> Error {
    let (code, message) = parts(failed);
    of_code(code, message)
}

/// The extended code and the text; neither a file's name nor the statement is in it.
fn parts(failed: &rusqlite::Error) -> (i32, &str) {
    match failed {
        rusqlite::Error::SqliteFailure(error, message) => {
            (error.extended_code, message.as_deref().unwrap_or_default())
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, msg),
        _ => (ffi::SQLITE_MISUSE, ""),
    }
}

fn of_code(code: i32, message: &str) -> Error {
    use ErrorKind::{
        Busy, Conflict, Constraint, Corrupt, Full, Internal, InvalidStatement, LimitExceeded, ReadOnly,
        Unavailable,
    };
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            return about("23505", "a value that must be unique is there already", message);
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => return about("23502", "a value is missing", message),
        ffi::SQLITE_CONSTRAINT_CHECK => return about("23514", "a check does not hold", message),
        ffi::SQLITE_BUSY_SNAPSHOT => {
            return error(Conflict, "40001", "another transaction has changed the database in the meantime");
        }
        _ => {}
    }
    let caused = |error: Error| error.with_source(ffi::Error::new(code));
    match code & 0xff {
        ffi::SQLITE_ERROR => of_text(message),
        ffi::SQLITE_CONSTRAINT => match code {
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
                error(Constraint, "23503", "a row refers to one that is not there, or is referred to")
            }
            ffi::SQLITE_CONSTRAINT_TRIGGER => error(Constraint, "P0001", "a trigger refused the change"),
            ffi::SQLITE_CONSTRAINT_DATATYPE => {
                error(Constraint, "22P02", "a value is not of the type of its column")
            }
            _ => error(Constraint, "23000", "a rule of the table does not hold"),
        },
        ffi::SQLITE_MISMATCH => error(Constraint, "22P02", "a value is not of the type of its column"),
        ffi::SQLITE_TOOBIG => error(LimitExceeded, "54000", "a value, a row or the statement is too large"),
        ffi::SQLITE_AUTH => denied("the statement does what is not allowed"),
        ffi::SQLITE_READONLY | ffi::SQLITE_PERM => error(ReadOnly, "25006", "the database can only be read"),
        ffi::SQLITE_FULL => error(Full, "53100", "the disk, or the size allowed for the database, is full"),
        ffi::SQLITE_BUSY | ffi::SQLITE_PROTOCOL => {
            error(Busy, "55P03", "the database is locked by another connection")
        }
        ffi::SQLITE_LOCKED => {
            error(Conflict, "55006", "a statement whose rows are still read uses the table")
        }
        ffi::SQLITE_SCHEMA => error(Conflict, "40001", "tables were changed while the statement began"),
        ffi::SQLITE_INTERRUPT => timeout("the statement was stopped"),
        ffi::SQLITE_RANGE => error(ErrorKind::InvalidArgument, "08P01", "the parameters do not match"),
        ffi::SQLITE_CORRUPT => caused(error(Corrupt, "XX001", "the database is damaged")),
        ffi::SQLITE_NOTADB => {
            caused(error(Corrupt, "XX001", "the file is no database, or its header is damaged"))
        }
        ffi::SQLITE_IOERR => {
            caused(error(Unavailable, "58030", "reading or writing the database file failed"))
        }
        ffi::SQLITE_CANTOPEN => caused(error(Unavailable, "58030", "the database file cannot be opened")),
        ffi::SQLITE_NOMEM => caused(error(Unavailable, "53200", "there is no memory left")),
        ffi::SQLITE_ABORT => error(InvalidStatement, "25P02", "the transaction was rolled back meanwhile"),
        _ => caused(error(Internal, "XX000", "the database engine refused a statement")),
    }
}

/// A broken constraint, with the columns that the engine names: `UNIQUE constraint failed: users.email`.
fn about(state: &'static str, what: &'static str, message: &str) -> Error {
    let columns = message.split_once(": ").map_or("", |(_, columns)| columns);
    let told = match columns.split(", ").all(plain) {
        true => error(ErrorKind::Constraint, state, format!("{what}: {columns}")),
        false => error(ErrorKind::Constraint, state, what),
    };
    told.with_violation(violation(state, columns))
}

/// Which rule it was: `users.email, users.name`, `index 'by_email'`, or what a check is called.
fn violation(state: &str, about: &str) -> Violation {
    if state == "23514" {
        return Violation::new(None, Some(about.to_owned()).filter(|name| plain(name)), Vec::new());
    }
    if let Some(index) = about.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\'')) {
        return Violation::new(None, Some(index.to_owned()), Vec::new());
    }
    let columns = about.split(", ").filter_map(|column| column.split_once('.'));
    let (tables, columns): (Vec<&str>, Vec<&str>) = columns.unzip();
    let table = tables.first().map(|table| (*table).to_owned());
    Violation::new(table, None, columns.into_iter().map(str::to_owned).collect())
}

/// What the engine's text says, where its code says nothing: how it begins or ends, the kind, the code, and what is
/// told, with the name from the text where one is marked by `{}` and the name is plain.
type Reading = (&'static str, ErrorKind, &'static str, &'static str);

const READINGS: &[Reading] = &[
    ("no such table: ", ErrorKind::InvalidStatement, "42P01", "there is no table {}"),
    ("no such view: ", ErrorKind::InvalidStatement, "42P01", "there is no view {}"),
    ("no such column: ", ErrorKind::InvalidStatement, "42703", "there is no column {}"),
    ("no such index: ", ErrorKind::InvalidStatement, "42704", "there is no index {}"),
    ("no such trigger: ", ErrorKind::InvalidStatement, "42704", "there is no trigger {}"),
    ("no such collation sequence: ", ErrorKind::InvalidStatement, "42704", "there is no collation {}"),
    ("no such function: ", ErrorKind::InvalidStatement, "42883", "there is no function {}"),
    (
        "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint",
        ErrorKind::InvalidStatement,
        "42P10",
        "the columns of ON CONFLICT are no key of the table",
    ),
    ("no such savepoint: ", ErrorKind::InvalidStatement, "3B001", "there is no savepoint {}"),
    ("no such module: ", ErrorKind::Denied, "42501", "the kind of virtual table is not allowed"),
    ("ambiguous column name: ", ErrorKind::InvalidStatement, "42702", "more than one table has a column {}"),
    ("duplicate column name: ", ErrorKind::InvalidStatement, "42701", "the column {} is there twice"),
    (
        "wrong number of arguments to function ",
        ErrorKind::InvalidStatement,
        "42883",
        "a function is called with the wrong number of arguments",
    ),
    ("misuse of aggregate", ErrorKind::InvalidStatement, "42803", "an aggregate stands where it cannot"),
    (
        "misuse of window function",
        ErrorKind::InvalidStatement,
        "42P20",
        "a window function stands where it cannot",
    ),
    (
        "foreign key mismatch",
        ErrorKind::InvalidStatement,
        "42830",
        "a foreign key refers to columns that are not unique",
    ),
    ("incomplete input", ErrorKind::InvalidStatement, "42601", "the statement is not complete"),
    (
        "unrecognized token: ",
        ErrorKind::InvalidStatement,
        "42601",
        "the statement is not complete, or has a character that is not SQL",
    ),
    ("integer overflow", ErrorKind::InvalidStatement, "22003", "a number left the range of its type"),
    ("malformed JSON", ErrorKind::InvalidStatement, "22P02", "a text is not JSON"),
    ("string or blob too big", ErrorKind::LimitExceeded, "54000", "a value is too large"),
    ("too many columns", ErrorKind::LimitExceeded, "54011", "there are too many columns"),
    ("too many SQL variables", ErrorKind::LimitExceeded, "54000", "there are too many parameters"),
    ("variable number must be between", ErrorKind::LimitExceeded, "54000", "there are too many parameters"),
    ("too many terms", ErrorKind::LimitExceeded, "54001", "the statement has too many terms"),
    (
        "too many arguments on function",
        ErrorKind::LimitExceeded,
        "54023",
        "a function has too many arguments",
    ),
    (
        "too many levels of trigger recursion",
        ErrorKind::LimitExceeded,
        "54001",
        "triggers start each other too often",
    ),
    ("too many attached databases", ErrorKind::Denied, "42501", "a statement works on its own database"),
    ("Expression tree is too large", ErrorKind::LimitExceeded, "54001", "an expression is too deep"),
    ("parser stack overflow", ErrorKind::LimitExceeded, "54001", "an expression is too deep"),
    ("Recursion limit", ErrorKind::LimitExceeded, "54001", "an expression is too deep"),
    ("LIKE or GLOB pattern too complex", ErrorKind::LimitExceeded, "54000", "a pattern is too long"),
    ("at most ", ErrorKind::LimitExceeded, "54001", "there are too many tables in a join"),
    ("unsafe use of ", ErrorKind::Denied, "42501", "a view or trigger uses what only a statement may"),
    ("not authorized", ErrorKind::Denied, "42501", "the statement does what is not allowed"),
    (
        "object name reserved for internal use",
        ErrorKind::Denied,
        "42939",
        "names that begin with sqlite_ are reserved",
    ),
    (
        "cannot start a transaction within",
        ErrorKind::InvalidStatement,
        "25001",
        "a transaction has begun already",
    ),
    (
        "cannot VACUUM",
        ErrorKind::Denied,
        "42501",
        "a statement works on its own database: ATTACH, DETACH and VACUUM are not allowed",
    ),
    (
        "Internal sqlite-vec error: Could not",
        ErrorKind::LimitExceeded,
        "54000",
        "a chunk of 1,024 vectors of sqlite-vec is larger than a value may be",
    ),
    ("interrupted", ErrorKind::Timeout, "57014", "the statement was stopped"),
];

/// The same, by how the text ends.
const ENDINGS: &[Reading] = &[
    (": syntax error", ErrorKind::InvalidStatement, "42601", "syntax error"),
    (
        " already exists",
        ErrorKind::InvalidStatement,
        "42P07",
        "there is a table, view, index or trigger of this name already",
    ),
    (" may not be modified", ErrorKind::Denied, "42501", "the table cannot be changed by statements"),
    (" may not be dropped", ErrorKind::Denied, "42501", "the table cannot be changed by statements"),
    (" may not be altered", ErrorKind::Denied, "42501", "the table cannot be changed by statements"),
    (" may not be indexed", ErrorKind::Denied, "42501", "the table cannot be changed by statements"),
    (" because it is a view", ErrorKind::InvalidStatement, "42809", "a view cannot be changed"),
    ("not authorized", ErrorKind::Denied, "42501", "the statement does what is not allowed"),
    (" prohibited", ErrorKind::Denied, "42501", "the statement does what is not allowed"),
];

fn of_text(message: &str) -> Error {
    if let Some(found) = near(message) {
        return found;
    }
    if message == matching::MALFORMED {
        return error(ErrorKind::InvalidStatement, "2201B", matching::MALFORMED);
    }
    if message == vectors::NO_ROWS {
        return error(ErrorKind::InvalidStatement, "42809", vectors::NO_ROWS);
    }
    if message == vectors::DIFFERENT {
        return error(ErrorKind::InvalidArgument, "22000", vectors::DIFFERENT);
    }
    if message.contains("values were supplied") || message.contains("values for") {
        return error(ErrorKind::InvalidStatement, "42601", "there are too many or too few values");
    }
    if message.contains("has no column named ") {
        return named(message, "has no column named ", "42703", "there is no column {}");
    }
    let begins = READINGS.iter().find(|(start, ..)| message.starts_with(start));
    let ends = || ENDINGS.iter().find(|(end, ..)| message.ends_with(end));
    match begins.or_else(ends) {
        Some((start, kind, state, told)) => {
            let name = message.strip_prefix(start).unwrap_or_default();
            error(*kind, state, filled(told, name))
        }
        None => error(ErrorKind::InvalidStatement, "42000", "the statement cannot be run"),
    }
}

/// `near "FORM": syntax error`.
fn near(message: &str) -> Option<Error> {
    let token = message.strip_prefix("near \"")?.strip_suffix("\": syntax error")?;
    Some(if plain(token) {
        error(ErrorKind::InvalidStatement, "42601", format!("syntax error near {token}"))
    } else {
        error(ErrorKind::InvalidStatement, "42601", "syntax error")
    })
}

fn named(message: &str, before: &str, state: &'static str, told: &'static str) -> Error {
    let name = message.split_once(before).map_or("", |(_, name)| name);
    error(ErrorKind::InvalidStatement, state, filled(told, name))
}

/// The text with the name in it, or without its place.
fn filled(told: &'static str, name: &str) -> std::borrow::Cow<'static, str> {
    // A function's name is followed by parentheses.
    let name = name.strip_suffix("()").unwrap_or(name);
    if !told.contains("{}") {
        told.into()
    } else if plain(name) {
        told.replace("{}", name).into()
    } else {
        told.replace("{}", "of this name").into()
    }
}

/// An error of a statement that commits by itself. Where the disk failed, what was written may still come to light
/// when the file is opened after a crash.
pub(crate) fn perhaps_committed(failed: Error) -> Error {
    match failed.kind() {
        ErrorKind::Unavailable | ErrorKind::Corrupt | ErrorKind::Internal if failed.sqlstate().is_some() => {
            failed.with_effect(Effect::MaybeApplied)
        }
        _ => failed,
    }
}
