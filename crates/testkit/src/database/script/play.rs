//! Runs a script.

use std::collections::HashMap;

use credenza_core::db::{Begin, Dialect, Params, Rows, Statement, Tx, Value};
use credenza_core::{Db, Effect, Error, Result};

use super::{Action, Script, Step, literal};
use crate::script::Failure;

/// A text of so many bytes that is a parameter must not be in an error.
const TELLING: usize = 6;

/// What came of a step.
struct Came {
    has_columns: bool,
    rows: Vec<Vec<Value>>,
    affected: u64,
}

impl Script {
    /// Plays the script from the first step to the last; returns every step that went wrong.
    pub(crate) async fn play(&self, db: &Db) -> Vec<Failure> {
        let dialect = db.capabilities().dialect;
        let mut failures = Vec::new();
        let mut open: HashMap<String, Tx> = HashMap::new();
        for step in self.0.iter().filter(|step| step.only.is_none_or(|only| only == dialect)) {
            let failed = |expected: &str, got: String| Failure {
                step: step.text.clone(),
                expected: expected.to_owned(),
                got,
            };
            let must_fail = step.expect.as_ref().is_some_and(super::Expected::is_error);
            let before = if must_fail { dump(db).await } else { Vec::new() };
            let result = step.run(db, dialect, &mut open).await;
            match &result {
                Ok(came) => {
                    let fits = step.expect.as_ref();
                    if !fits
                        .is_none_or(|expect| expect.fits_rows(came.has_columns, &came.rows, came.affected))
                    {
                        failures.push(failed(step.expected(), came.to_string()));
                    }
                }
                Err(error) => {
                    let fits = step.expect.as_ref();
                    if !fits.is_some_and(|expect| expect.fits_error(error.kind(), error.sqlstate())) {
                        let state = error.sqlstate().unwrap_or_default();
                        failures
                            .push(failed(step.expected(), format!("!{:?} {state} ({error})", error.kind())));
                    }
                    if error.effect() != Effect::NotApplied {
                        failures
                            .push(failed("an error that says that nothing was changed", error.to_string()));
                    }
                    if step.tells(error) {
                        failures.push(failed("an error that names no value", error.to_string()));
                    }
                    let after = if must_fail { dump(db).await } else { Vec::new() };
                    if before != after {
                        let what = format!("no change, and before was {before:#?}");
                        failures.push(failed(&what, format!("{after:#?}")));
                    }
                }
            }
        }
        failures
    }
}

impl std::fmt::Display for Came {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for row in &self.rows {
            let values: Vec<String> = row.iter().map(literal::shown).collect();
            write!(f, "[{}] ", values.join(", "))?;
        }
        let columns = if self.has_columns { "with" } else { "without" };
        write!(f, "{} affected, {columns} columns", self.affected)
    }
}

async fn came(rows: Result<Rows>) -> Result<Came> {
    let mut rows = rows?;
    let has_columns = !rows.columns().is_empty();
    let mut all = Vec::new();
    while let Some(row) = rows.next().await? {
        all.push(row.into_values());
    }
    let affected = rows.outcome().await?.rows_affected;
    Ok(Came { has_columns, rows: all, affected })
}

impl Step {
    async fn run(&self, db: &Db, dialect: Dialect, open: &mut HashMap<String, Tx>) -> Result<Came> {
        let nothing = Came { has_columns: false, rows: Vec::new(), affected: 0 };
        let unknown = || Error::internal("the script names no open transaction");
        match &self.action {
            Action::Run { sql, params, within } => {
                let statement = Statement { sql: spoken(sql, dialect).into(), params: params.clone() };
                match within {
                    None => came(db.run(statement).await).await,
                    Some(name) => came(open.get_mut(name).ok_or_else(unknown)?.run(statement).await).await,
                }
            }
            Action::Begin { name, read_only } => {
                let begin = if *read_only { Begin::read_only() } else { Begin::write() };
                open.insert(name.clone(), db.begin_with(begin).await?);
                Ok(nothing)
            }
            Action::Commit(name) => {
                open.remove(name).ok_or_else(unknown)?.commit().await?;
                Ok(nothing)
            }
            Action::RollBack(name) => {
                open.remove(name).ok_or_else(unknown)?.rollback().await?;
                Ok(nothing)
            }
            Action::Drop(name) => open.remove(name).map(|_| nothing).ok_or_else(unknown),
        }
    }

    /// Whether an error has a parameter of the statement in its text.
    fn tells(&self, error: &Error) -> bool {
        let Action::Run { params, .. } = &self.action else { return false };
        let text = error.to_string();
        let telling = |value: &Value| match value {
            Value::Text(value) | Value::Json(value) => {
                value.len() >= TELLING && text.contains(value.as_str())
            }
            _ => false,
        };
        let values: &[Value] = match params {
            Params::Positional(values) => values,
            Params::Named(values) => return values.iter().any(|(_, value)| telling(value)),
        };
        values.iter().any(telling)
    }
}

/// A statement with the names of types that this kind of SQL has.
pub(crate) fn spoken(sql: &str, dialect: Dialect) -> String {
    let names: [(&str, &str); 8] = match dialect {
        Dialect::Postgres => [
            ("{id}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
            ("{int}", "BIGINT"),
            ("{float}", "DOUBLE PRECISION"),
            ("{bytes}", "BYTEA"),
            ("{bool}", "BOOLEAN"),
            ("{json}", "JSON"),
            ("{time}", "TIMESTAMPTZ"),
            ("{uuid}", "UUID"),
        ],
        _ => [
            ("{id}", "INTEGER PRIMARY KEY"),
            ("{int}", "INTEGER"),
            ("{float}", "REAL"),
            ("{bytes}", "BLOB"),
            ("{bool}", "BOOLEAN"),
            ("{json}", "TEXT"),
            ("{time}", "TEXT"),
            ("{uuid}", "TEXT"),
        ],
    };
    names.iter().fold(sql.to_owned(), |sql, (name, is)| sql.replace(name, is))
}

/// Everything in the database, a row a line.
pub(crate) async fn dump(db: &Db) -> Vec<String> {
    let tables = match db.tables().await {
        Ok(tables) => tables,
        Err(error) => return vec![format!("tables => {error}")],
    };
    let mut lines = Vec::new();
    for table in tables {
        lines.push(format!("{table:?}"));
        let name = table.name.replace('"', "\"\"");
        match came(db.query(format!("SELECT * FROM \"{name}\""), ()).await).await {
            Ok(came) => lines.push(format!("{name}: {came}")),
            Err(error) => lines.push(format!("{name}: {error}")),
        }
    }
    lines
}
