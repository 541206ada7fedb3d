//! What the server's errors mean to whoever wrote the statement.
//!
//! The server's own texts quote values, so none of them is kept: its code is, and the place in the statement.

use credenza_core::{Effect, Error, ErrorKind, Violation};
use tokio_postgres::error::{DbError, ErrorPosition};

pub(super) use crate::error::NAME;
use crate::error::{self as common, Commits};

/// An error with its SQLSTATE.
pub(super) fn error(kind: ErrorKind, code: &'static str, message: &'static str) -> Error {
    Error::new(kind, message).with_sqlstate(code).on(NAME)
}

/// What a statement of a user failed with.
pub(super) fn of_statement(failed: &tokio_postgres::Error, commits: Commits) -> Error {
    let Some(refused) = failed.as_db_error() else { return common::statement(failed, commits) };
    let Some((kind, code, message)) = meaning(refused.code().code()) else {
        return common::statement(failed, commits);
    };
    let about = match (refused.constraint(), refused.table(), refused.column()) {
        (Some(rule), Some(table), _) => format!(": {rule} of {table}"),
        (_, Some(table), Some(column)) => format!(": {column} of {table}"),
        _ => match refused.position() {
            Some(ErrorPosition::Original(place)) => format!(", at character {place}"),
            _ => String::new(),
        },
    };
    let error = Error::new(kind, format!("{message}{about}")).with_sqlstate(code).on(NAME);
    match kind {
        ErrorKind::Constraint => error.with_violation(violation(refused)),
        _ => error,
    }
}

/// Which rule it was. The detail has the values of the key beside the columns, which are left out: `Key (a, "b c")=(1, 2) already exists.`
fn violation(refused: &DbError) -> Violation {
    let of_key = || {
        let (columns, _) = refused.detail()?.strip_prefix("Key (")?.split_once(")=(")?;
        Some(columns.split(", ").map(|column| column.trim_matches('"').replace("\"\"", "\"")).collect())
    };
    let columns = refused.column().map(|column| vec![column.to_owned()]).or_else(of_key).unwrap_or_default();
    let owned = |name: Option<&str>| name.map(str::to_owned);
    Violation::new(owned(refused.table()), owned(refused.constraint()), columns)
}

/// Whether a prepared statement may be out of date: prepared again, it may run.
pub(super) fn is_stale(failed: &tokio_postgres::Error) -> bool {
    let code = failed.as_db_error().map(DbError::code);
    code.is_some_and(|code| ["0A000", "26000", "42804", "42883"].contains(&code.code()))
}

/// The time is up. What a write did is known only if the server said so.
pub(super) fn late(effect: Effect) -> Error {
    error(ErrorKind::Timeout, "57014", "the deadline passed while the statement ran").with_effect(effect)
}

/// The time was up before anything was sent.
pub(super) fn too_late() -> Error {
    error(ErrorKind::Timeout, "57014", "the deadline passed before the statement began")
}

/// Codes that mean something else, or more, in a statement of a user than in one of the store.
fn meaning(code: &str) -> Option<(ErrorKind, &'static str, &'static str)> {
    use ErrorKind::{
        Busy, Constraint, Denied, InvalidArgument, InvalidStatement, LimitExceeded, ReadOnly, Unsupported,
    };
    let table: &[(ErrorKind, &'static str, &'static str)] = &[
        (Constraint, "23000", "a rule of the table does not hold"),
        (Constraint, "23001", "a row is referred to"),
        (Constraint, "23502", "a value is missing"),
        (Constraint, "23503", "a row refers to one that is not there, or is referred to"),
        (Constraint, "23505", "a value that must be unique is there already"),
        (Constraint, "23514", "a check does not hold"),
        (Constraint, "23P01", "a row excludes another"),
        (Constraint, "P0001", "a function or trigger refused it"),
        (InvalidArgument, "22001", "a text is too long for its column"),
        (InvalidArgument, "22003", "a number is outside of the range of its type"),
        (InvalidArgument, "22007", "a text is no date or time"),
        (InvalidArgument, "22008", "a date or time is outside of the range of its type"),
        (InvalidArgument, "22012", "a number is divided by zero"),
        (InvalidArgument, "22021", "a text has bytes that are no characters"),
        (InvalidArgument, "22023", "an argument of a function is not one it takes"),
        (InvalidArgument, "22030", "a JSON object has a name twice"),
        (InvalidArgument, "22032", "a text is no JSON"),
        (InvalidArgument, "22P02", "a text does not have the form of its type"),
        (InvalidArgument, "22P03", "a parameter does not have the form of its type"),
        (InvalidArgument, "21000", "a query that is a value has more than one row"),
        (InvalidArgument, "08P01", "the parameters do not match"),
        (InvalidStatement, "25001", "the statement cannot run in a transaction"),
        (InvalidStatement, "25P02", "the transaction has failed"),
        (InvalidStatement, "2BP01", "something else depends on it"),
        (InvalidStatement, "3F000", "there is no such schema"),
        (InvalidStatement, "42601", "the text is no SQL"),
        (InvalidStatement, "42602", "a name is none"),
        (InvalidStatement, "42611", "a column is defined in a way that cannot be"),
        (InvalidStatement, "42622", "a name is too long"),
        (InvalidStatement, "42701", "a column is named twice"),
        (InvalidStatement, "42702", "a column could be one of several"),
        (InvalidStatement, "42703", "there is no such column"),
        (InvalidStatement, "42704", "there is no such type, index or other object"),
        (InvalidStatement, "42710", "there is such an object already"),
        (InvalidStatement, "42712", "a name of a table is used twice"),
        (InvalidStatement, "42723", "there is such a function already"),
        (InvalidStatement, "42725", "a function could be one of several"),
        (InvalidStatement, "42803", "an aggregate or a column stands where it cannot"),
        (InvalidStatement, "42804", "types do not match"),
        (InvalidStatement, "42809", "it is an object of another kind"),
        (InvalidStatement, "42830", "a foreign key refers to what is not unique"),
        (InvalidStatement, "42846", "a type cannot be turned into the other"),
        (InvalidStatement, "42883", "there is no such function or operator"),
        (InvalidStatement, "428C9", "a column gets its values by itself"),
        (InvalidStatement, "42P01", "there is no such table"),
        (InvalidStatement, "42P02", "there is no such parameter"),
        (InvalidStatement, "42P06", "there is such a schema already"),
        (InvalidStatement, "42P07", "there is such a table or index already"),
        (InvalidStatement, "42P08", "a parameter could be of several types"),
        (InvalidStatement, "42P10", "columns stand where they cannot"),
        (InvalidStatement, "42P16", "a table is defined in a way that cannot be"),
        (InvalidStatement, "42P17", "an object is defined in a way that cannot be"),
        (InvalidStatement, "42P18", "the type of a parameter is not known: write $1::text or the like"),
        (InvalidStatement, "42P19", "a query refers to itself in a way that cannot be"),
        (InvalidStatement, "42P20", "a window stands where it cannot"),
        (Denied, "42501", "the role lacks a right"),
        (ReadOnly, "25006", "the transaction, the role or the server only reads"),
        (LimitExceeded, "54000", "a value, a row or the statement is too large"),
        (LimitExceeded, "54001", "the statement is too deep"),
        (LimitExceeded, "54011", "there are too many columns"),
        (LimitExceeded, "54023", "a function has too many arguments"),
        (Busy, "55006", "somebody else uses it"),
        (Unsupported, "0A000", "the server does not have that"),
    ];
    // The rest by its class, under the code that stands for the whole of it.
    let classes: &[(ErrorKind, &'static str, &'static str)] = &[
        (InvalidArgument, "22000", "a value is not one that the statement can work with"),
        (Constraint, "23000", "a rule of the table does not hold"),
        (InvalidStatement, "2F000", "a function did what it may not"),
        (InvalidStatement, "42000", "the statement cannot be run"),
        (Constraint, "P0000", "a function or trigger failed"),
        (Unsupported, "0A000", "the server does not have that"),
    ];
    let class =
        || classes.iter().find(|(_, known, _)| code.get(..2).is_some_and(|class| known.starts_with(class)));
    table.iter().find(|(_, known, _)| *known == code).or_else(class).copied()
}
