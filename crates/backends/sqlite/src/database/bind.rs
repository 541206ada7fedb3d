//! Values into statements, and values out of rows.

use std::borrow::Cow;

use bytes::Bytes;
use credenza_core::db::{Params, Value};
use credenza_core::{ErrorKind, Result};
use rusqlite::Statement;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::failure::{error, of_engine};

/// How the parameters of a statement are told from each other.
#[derive(Debug)]
pub(crate) enum Names {
    /// `?`, `?3`: so many.
    Positions(usize),
    /// `$2`, `$1`: for each place of the engine, the position from 0, and how many values there must be.
    Numbers(Vec<usize>, usize),
    /// `:name`, `@name`, `$name`: for each place of the engine.
    Words(Vec<Box<str>>),
    /// Some have names and some have not.
    Mixed(usize),
}

impl Names {
    /// How the parameters of a statement are named.
    pub(crate) fn of(statement: &Statement<'_>) -> Result<Names> {
        let count = statement.parameter_count();
        let names: Vec<Option<&str>> = (1..=count).map(|index| statement.parameter_name(index)).collect();
        // `?3` is a name to the engine, and so is what stands for the first two that are not there.
        let position = |name: &Option<&str>| name.is_none_or(|name| name.starts_with('?'));
        if names.iter().all(position) {
            return Ok(Names::Positions(count));
        }
        let number =
            |name: &Option<&str>| name.and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        if let Some(numbers) = names.iter().map(number).collect::<Option<Vec<usize>>>() {
            let most = numbers.iter().copied().max().unwrap_or_default();
            if numbers.contains(&0) {
                return Err(error(ErrorKind::InvalidStatement, "42P02", "parameters are counted from $1"));
            }
            return Ok(Names::Numbers(numbers.into_iter().map(|number| number - 1).collect(), most));
        }
        let name = |name: &Option<&str>| name.filter(|name| !name.starts_with('?'))?.get(1..).map(Box::from);
        Ok(names.iter().map(name).collect::<Option<Vec<_>>>().map_or(Names::Mixed(count), Names::Words))
    }

    /// How many values there must be.
    pub(crate) fn count(&self) -> usize {
        match self {
            Names::Positions(count) | Names::Numbers(_, count) | Names::Mixed(count) => *count,
            Names::Words(names) => {
                names.iter().enumerate().filter(|(at, name)| !names[..*at].contains(name)).count()
            }
        }
    }

    /// Binds values to the parameters of the statement.
    pub(crate) fn bind(&self, statement: &mut Statement<'_>, params: &Params) -> Result<()> {
        match (self, params) {
            (Names::Positions(0), params) if params.is_empty() => Ok(()),
            (Names::Positions(count), Params::Positional(values)) => {
                same_count(*count, values.len())?;
                for (index, value) in values.iter().enumerate() {
                    put(statement, index + 1, value)?;
                }
                Ok(())
            }
            (Names::Numbers(numbers, count), Params::Positional(values)) => {
                same_count(*count, values.len())?;
                for (index, number) in numbers.iter().enumerate() {
                    put(statement, index + 1, &values[*number])?;
                }
                Ok(())
            }
            (Names::Words(names), Params::Named(values)) => {
                for (at, (name, _)) in values.iter().enumerate() {
                    if !names.iter().any(|known| **known == **name) {
                        return Err(mismatch("a value is given for a name that the statement does not have"));
                    }
                    if values[..at].iter().any(|(other, _)| other == name) {
                        return Err(mismatch("a name is given twice"));
                    }
                }
                for (index, name) in names.iter().enumerate() {
                    let value = values.iter().find(|(given, _)| **given == **name);
                    let (_, value) = value.ok_or_else(|| mismatch("a name of the statement has no value"))?;
                    put(statement, index + 1, value)?;
                }
                Ok(())
            }
            (Names::Mixed(_), _) => Err(mismatch("some parameters have names and some have not")),
            (Names::Words(_), Params::Positional(_)) => {
                Err(mismatch("the parameters have names, and the values have none"))
            }
            (_, Params::Named(_)) => Err(mismatch("the values have names, and the parameters have none")),
        }
    }
}

fn mismatch(message: impl Into<Cow<'static, str>>) -> credenza_core::Error {
    error(ErrorKind::InvalidArgument, "08P01", message)
}

fn same_count(parameters: usize, values: usize) -> Result<()> {
    if parameters == values {
        return Ok(());
    }
    Err(mismatch(format!("the statement has {parameters} parameters, and {values} values are given")))
}

fn put(statement: &mut Statement<'_>, index: usize, value: &Value) -> Result<()> {
    let text = |text: String| ToSqlOutput::Owned(rusqlite::types::Value::Text(text));
    let value = match value {
        Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        Value::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer((*value).into())),
        Value::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
        Value::Float(value) => ToSqlOutput::Borrowed(ValueRef::Real(*value)),
        Value::Text(value) | Value::Json(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
        Value::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
        Value::Timestamp(value) => text(value.to_string()),
        Value::Uuid(value) => text(value.to_string()),
        Value::Vector(value) => {
            let bytes = value.iter().flat_map(|number| number.to_le_bytes()).collect();
            ToSqlOutput::Owned(rusqlite::types::Value::Blob(bytes))
        }
        _ => return Err(mismatch("a value of this kind cannot be stored")),
    };
    statement.raw_bind_parameter(index, value).map_err(|failed| of_engine(&failed))
}

/// A column of a row.
pub(crate) fn value(column: ValueRef<'_>) -> Value {
    match column {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Bytes(Bytes::copy_from_slice(text)),
        },
        ValueRef::Blob(blob) => Value::Bytes(Bytes::copy_from_slice(blob)),
    }
}
