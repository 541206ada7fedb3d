//! Transcripts of statements.

mod expect;
mod literal;
mod play;

#[cfg(test)]
mod tests;

use credenza_core::db::{Dialect, Params};

use crate::script::Reader;
use expect::Expected;

pub(crate) use play::{dump, spoken};

/// A transcript that was read.
#[derive(Debug)]
pub(crate) struct Script(Vec<Step>);

#[derive(Debug)]
struct Step {
    /// As it was written.
    text: String,
    /// The one kind of SQL that it is for.
    only: Option<Dialect>,
    action: Action,
    /// What must come back; without, anything but an error.
    expect: Option<Expected>,
}

#[derive(Debug)]
enum Action {
    /// Runs a statement, in a transaction if one is named.
    Run {
        sql: String,
        params: Params,
        within: Option<String>,
    },
    Begin {
        name: String,
        read_only: bool,
    },
    Commit(String),
    RollBack(String),
    Drop(String),
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The line that is not understood, and why.
    pub(crate) fn parse(text: &str) -> Result<Script, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let steps = lines.map(|line| Step::read(line).map_err(|why| format!("{line}: {why}")));
        Ok(Script(steps.collect::<Result<_, _>>()?))
    }

    /// Whether anything in it is for this kind of SQL.
    pub(crate) fn speaks(&self, dialect: Dialect) -> bool {
        self.0.iter().any(|step| step.only.is_none_or(|only| only == dialect))
    }
}

impl Step {
    fn read(line: &str) -> Result<Step, String> {
        let (only, rest) = match line.split_once("| ") {
            Some(("sqlite", rest)) => (Some(Dialect::Sqlite), rest),
            Some(("postgres", rest)) => (Some(Dialect::Postgres), rest),
            _ => (None, line),
        };
        let (rest, expect) = match rest.rsplit_once(" => ") {
            Some((rest, expected)) => (rest, Some(Expected::read(expected)?)),
            None => (rest, None),
        };
        let action = Action::read(rest.trim())?;
        Ok(Step { text: line.to_owned(), only, action, expect })
    }

    fn expected(&self) -> &str {
        self.text.rsplit_once(" => ").map_or("no error", |(_, expected)| expected)
    }
}

impl Action {
    fn read(text: &str) -> Result<Action, String> {
        let name = |rest: &str| match rest.chars().all(char::is_alphanumeric) && !rest.is_empty() {
            true => Ok(rest.to_owned()),
            false => Err(format!("{rest:?} names no transaction")),
        };
        if let Some(rest) = text.strip_prefix("begin ") {
            let (rest, read_only) =
                rest.strip_suffix(" read only").map_or((rest, false), |rest| (rest, true));
            return Ok(Action::Begin { name: name(rest)?, read_only });
        }
        if let Some(rest) = text.strip_prefix("commit ") {
            return name(rest).map(Action::Commit);
        }
        if let Some(rest) = text.strip_prefix("rollback ") {
            return name(rest).map(Action::RollBack);
        }
        if let Some(rest) = text.strip_prefix("drop ") {
            return name(rest).map(Action::Drop);
        }
        let (within, text) = match text.strip_prefix("in ").and_then(|rest| rest.split_once(": ")) {
            Some((within, sql)) => (Some(name(within)?), sql),
            None => (None, text),
        };
        let (sql, params) = match text.rsplit_once(" <- ") {
            Some((sql, params)) => (sql, literal::params(&mut Reader::new(params))?),
            None => (text, Params::default()),
        };
        Ok(Action::Run { sql: unescaped(sql.trim())?, params, within })
    }
}

/// `\n` for the end of a line, so that a statement can have several.
fn unescaped(sql: &str) -> Result<String, String> {
    Ok(sql.replace("\\n", "\n").replace("\\0", "\0"))
}
