//! Parameters, on their way to the server.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use credenza_core::db::{DbLimits, Params, Value};
use credenza_core::{Error, ErrorKind, Result};
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};

use super::failure::{NAME, error};

/// Microseconds from 1970 to 2000, where the server's time begins.
pub(super) const EPOCH: i64 = 946_684_800_000_000;

/// A value as the server reads it.
pub(super) struct Bound {
    bytes: Option<Bytes>,
    format: Text,
}

/// Whether it is text that the server parses as the parameter's type, or the type's own bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Yes,
    No,
}

impl fmt::Debug for Bound {
    /// Without the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bound")
    }
}

impl ToSql for Bound {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match &self.bytes {
            Some(bytes) => {
                out.put_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self.format {
            Text::Yes => Format::Text,
            Text::No => Format::Binary,
        }
    }

    tokio_postgres::types::to_sql_checked!();
}

/// The values of a statement's parameters, which have these types.
///
/// # Errors
/// `InvalidArgument` if they are more or fewer, have names, or do not fit; `LimitExceeded`. Nothing was sent.
pub(super) fn bind(params: Params, types: &[Type], limits: &DbLimits) -> Result<Vec<Bound>> {
    let Params::Positional(values) = params else {
        return Err(Error::invalid("Postgres knows parameters by their position, $1, not by name").on(NAME));
    };
    if values.len() != types.len() {
        let message =
            format!("the statement has {} parameters, and {} were given", types.len(), values.len());
        return Err(Error::invalid(message).on(NAME));
    }
    let mut bound = Vec::with_capacity(values.len());
    for (at, (value, ty)) in values.into_iter().zip(types).enumerate() {
        if value.size() > limits.value {
            return Err(error(ErrorKind::LimitExceeded, "54000", "a parameter is too large"));
        }
        bound.push(encode(value, ty).map_err(|problem| problem.of(at + 1, ty))?);
    }
    Ok(bound)
}

/// Why a value is no parameter.
enum Problem {
    Mismatch(&'static str),
    Range,
    Nul,
}

impl Problem {
    fn of(&self, place: usize, ty: &Type) -> Error {
        let ty = ty.name();
        Error::invalid(match self {
            Problem::Mismatch(kind) => format!("parameter ${place} is of type {ty}, and its value is {kind}"),
            Problem::Range => format!("the value of parameter ${place} does not fit the type {ty}"),
            Problem::Nul => format!("the value of parameter ${place} contains a NUL, which {ty} cannot"),
        })
        .on(NAME)
    }
}

fn encode(value: Value, ty: &Type) -> std::result::Result<Bound, Problem> {
    if let Kind::Domain(base) = ty.kind() {
        return encode(value, base);
    }
    let own = |bytes: &[u8]| Ok(Bound { bytes: Some(Bytes::copy_from_slice(bytes)), format: Text::No });
    let kind = value.kind();
    match value {
        Value::Null => Ok(Bound { bytes: None, format: Text::No }),
        Value::Bool(value) if *ty == Type::BOOL => own(&[u8::from(value)]),
        Value::Int(value) => match *ty {
            Type::INT2 => own(&i16::try_from(value).map_err(|_| Problem::Range)?.to_be_bytes()),
            Type::INT4 => own(&i32::try_from(value).map_err(|_| Problem::Range)?.to_be_bytes()),
            Type::INT8 => own(&value.to_be_bytes()),
            Type::OID => own(&u32::try_from(value).map_err(|_| Problem::Range)?.to_be_bytes()),
            Type::FLOAT8 if (value as f64) as i128 == i128::from(value) => own(&(value as f64).to_be_bytes()),
            Type::FLOAT4 if f64::from(value as f32) as i128 == i128::from(value) => {
                own(&(value as f32).to_be_bytes())
            }
            Type::FLOAT8 | Type::FLOAT4 => Err(Problem::Range),
            Type::NUMERIC => text(value.to_string()),
            _ => Err(Problem::Mismatch(kind)),
        },
        Value::Float(value) => match *ty {
            Type::FLOAT8 => own(&value.to_be_bytes()),
            Type::FLOAT4 => own(&(value as f32).to_be_bytes()),
            Type::NUMERIC if value.is_finite() => text(value.to_string()),
            _ => Err(Problem::Mismatch(kind)),
        },
        Value::Bytes(value) if *ty == Type::BYTEA => Ok(Bound { bytes: Some(value), format: Text::No }),
        Value::Timestamp(value) if [Type::TIMESTAMPTZ, Type::TIMESTAMP].contains(ty) => {
            own(&value.micros().checked_sub(EPOCH).ok_or(Problem::Range)?.to_be_bytes())
        }
        Value::Timestamp(value) if is_text(ty) => text(value.to_string()),
        Value::Uuid(value) if *ty == Type::UUID => own(value.as_bytes()),
        Value::Uuid(value) if is_text(ty) => text(value.to_string()),
        Value::Json(value) if is_text(ty) || [Type::JSON, Type::JSONB].contains(ty) => text(value),
        Value::Vector(value) if ["vector", "halfvec"].contains(&ty.name()) => {
            let numbers: Vec<String> = value.iter().map(f32::to_string).collect();
            text(format!("[{}]", numbers.join(",")))
        }
        // What the server has no numbers, bits or bytes for it reads as text: dates, decimals, addresses, enumerations, lists.
        Value::Text(value) if !has_own_form(ty) => text(value),
        _ => Err(Problem::Mismatch(kind)),
    }
}

fn text(text: String) -> std::result::Result<Bound, Problem> {
    if text.contains('\0') {
        return Err(Problem::Nul);
    }
    Ok(Bound { bytes: Some(text.into()), format: Text::Yes })
}

fn is_text(ty: &Type) -> bool {
    [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::UNKNOWN].contains(ty)
}

/// Whether text is not a form of it that anybody means.
fn has_own_form(ty: &Type) -> bool {
    [Type::BOOL, Type::INT2, Type::INT4, Type::INT8, Type::OID, Type::FLOAT4, Type::FLOAT8, Type::BYTEA]
        .contains(ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(value: Value, ty: Type) -> String {
        let error = bind(Params::Positional(vec![value]), &[ty], &DbLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message().to_owned()
    }

    #[test]
    fn what_does_not_fit_is_refused_by_place_and_type_without_the_value() {
        for (value, ty, message) in [
            (Value::Int(40_000), Type::INT2, "the value of parameter $1 does not fit the type int2"),
            (Value::Int(1 << 40), Type::INT4, "the value of parameter $1 does not fit the type int4"),
            (
                Value::Int((1 << 53) + 1),
                Type::FLOAT8,
                "the value of parameter $1 does not fit the type float8",
            ),
            (Value::Text("7".into()), Type::INT8, "parameter $1 is of type int8, and its value is text"),
            (Value::Bool(true), Type::INT4, "parameter $1 is of type int4, and its value is bool"),
            (
                Value::Text("a\0b".into()),
                Type::TEXT,
                "the value of parameter $1 contains a NUL, which text cannot",
            ),
        ] {
            assert_eq!(refused(value, ty), message);
        }
        let named = Params::Named(vec![("a".to_owned(), Value::Int(1))]);
        assert!(
            bind(named, &[Type::INT8], &DbLimits::default()).unwrap_err().message().contains("not by name")
        );
    }

    #[test]
    fn numbers_are_the_types_own_bytes_and_decimals_are_text() {
        let bytes = |value: Value, ty: &Type| {
            let bound = bind(Params::Positional(vec![value]), std::slice::from_ref(ty), &DbLimits::default());
            let bound = bound.unwrap().remove(0);
            (bound.format == Text::Yes, bound.bytes.unwrap().to_vec())
        };
        assert_eq!(bytes(Value::Int(-2), &Type::INT2), (false, vec![0xff, 0xfe]));
        assert_eq!(bytes(Value::Int(3), &Type::FLOAT8), (false, 3.0_f64.to_be_bytes().to_vec()));
        assert_eq!(bytes(Value::Int(i64::MAX), &Type::NUMERIC), (true, b"9223372036854775807".to_vec()));
        assert_eq!(bytes(Value::Text("1.50".into()), &Type::NUMERIC), (true, b"1.50".to_vec()));
    }
}
