//! Values, on their way from the server.

use std::fmt::Write;

use bytes::Bytes;
use credenza_core::db::{Column, Columns, Timestamp, Uuid, Value};
use credenza_core::{Error, ErrorKind, Result};
use tokio_postgres::types::{FromSql, Kind, Type};
use tokio_postgres::{Row, Statement};

use super::encode::EPOCH;
use super::failure::NAME;

const DAY: i64 = 86_400_000_000;

/// The bytes of a value as they came.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(
        _: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Raw<'a>, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The columns of a statement.
///
/// # Errors
/// `Unsupported` for a column of a type that is not read.
pub(super) fn columns(statement: &Statement) -> Result<Columns> {
    let column = |column: &tokio_postgres::Column| {
        if !is_read(column.type_()) {
            let (name, ty) = (column.name(), column.type_().name());
            let message =
                format!("column {name} is of type {ty}, which is not read: cast it to text or to json");
            return Err(Error::new(ErrorKind::Unsupported, message).on(NAME));
        }
        let declared = column.table_oid().map(|_| column.type_().name().to_owned());
        Ok(Column { name: column.name().to_owned(), declared })
    };
    statement.columns().iter().map(column).collect()
}

/// The values of a row, and how many bytes they were.
pub(super) fn row(row: &Row) -> Result<(Vec<Value>, usize)> {
    let mut size = 0;
    let mut values = Vec::with_capacity(row.len());
    for (at, column) in row.columns().iter().enumerate() {
        let raw: Option<Raw<'_>> = row.try_get(at).map_err(|_| unreadable(column.type_()))?;
        values.push(match raw {
            None => Value::Null,
            Some(Raw(raw)) => {
                size += raw.len();
                decode(raw, column.type_()).ok_or_else(|| unreadable(column.type_()))?
            }
        });
    }
    Ok((values, size))
}

fn unreadable(ty: &Type) -> Error {
    Error::new(ErrorKind::Decode, format!("the server sent a value that is no {}", ty.name())).on(NAME)
}

fn is_read(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Domain(base) => is_read(base),
        Kind::Enum(_) => true,
        _ => {
            const READ: &[Type] = &[
                Type::BOOL,
                Type::BPCHAR,
                Type::BYTEA,
                Type::CHAR,
                Type::DATE,
                Type::FLOAT4,
                Type::FLOAT8,
                Type::INT2,
                Type::INT4,
                Type::INT8,
                Type::JSON,
                Type::JSONB,
                Type::NAME,
                Type::NUMERIC,
                Type::OID,
                Type::TEXT,
                Type::TIME,
                Type::TIMESTAMP,
                Type::TIMESTAMPTZ,
                Type::UNKNOWN,
                Type::UUID,
                Type::VARCHAR,
                Type::VOID,
                Type::XML,
            ];
            READ.contains(ty) || ["vector", "halfvec", "citext"].contains(&ty.name())
        }
    }
}

/// A value of a type that is read; `None` if it does not have its form.
fn decode(raw: &[u8], ty: &Type) -> Option<Value> {
    if let Kind::Domain(base) = ty.kind() {
        return decode(raw, base);
    }
    Some(match *ty {
        Type::BOOL => Value::Bool(*raw.first()? != 0),
        Type::INT2 => Value::Int(i16::from_be_bytes(raw.try_into().ok()?).into()),
        Type::INT4 => Value::Int(i32::from_be_bytes(raw.try_into().ok()?).into()),
        Type::INT8 => Value::Int(i64::from_be_bytes(raw.try_into().ok()?)),
        Type::OID => Value::Int(u32::from_be_bytes(raw.try_into().ok()?).into()),
        Type::FLOAT4 => Value::Float(f32::from_be_bytes(raw.try_into().ok()?).into()),
        Type::FLOAT8 => Value::Float(f64::from_be_bytes(raw.try_into().ok()?)),
        Type::NUMERIC => numeric(raw)?,
        Type::BYTEA => Value::Bytes(Bytes::copy_from_slice(raw)),
        Type::JSON => Value::Json(text(raw)?),
        Type::JSONB => Value::Json(text(raw.strip_prefix(&[1])?)?),
        Type::UUID => Value::Uuid(Uuid::from_bytes(raw.try_into().ok()?)),
        Type::TIMESTAMP | Type::TIMESTAMPTZ => match i64::from_be_bytes(raw.try_into().ok()?) {
            i64::MAX => Value::Text("infinity".to_owned()),
            i64::MIN => Value::Text("-infinity".to_owned()),
            micros => Value::Timestamp(Timestamp::from_micros(micros.checked_add(EPOCH)?)),
        },
        Type::DATE => match i32::from_be_bytes(raw.try_into().ok()?) {
            i32::MAX => Value::Text("infinity".to_owned()),
            i32::MIN => Value::Text("-infinity".to_owned()),
            days => {
                let mut date = Timestamp::from_micros(i64::from(days) * DAY + EPOCH).to_string();
                date.truncate(date.find('T')?);
                Value::Text(date)
            }
        },
        Type::TIME => {
            let micros = i64::from_be_bytes(raw.try_into().ok()?);
            let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
            let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
            Value::Text(format!("{hours:02}:{minutes:02}:{:02}.{micros:06}", seconds % 60))
        }
        Type::CHAR => Value::Text(char::from(*raw.first()?).to_string()),
        Type::VOID => Value::Null,
        _ if ty.name() == "vector" => Value::Vector(vector(raw, |four| f32::from_be_bytes(*four))?),
        _ if ty.name() == "halfvec" => Value::Vector(vector(raw, |two| half(u16::from_be_bytes(*two)))?),
        _ => Value::Text(text(raw)?),
    })
}

fn text(raw: &[u8]) -> Option<String> {
    std::str::from_utf8(raw).ok().map(str::to_owned)
}

/// pgvector's form: how many, two bytes of nothing, the numbers.
fn vector<const N: usize>(raw: &[u8], number: impl Fn(&[u8; N]) -> f32) -> Option<Vec<f32>> {
    let (count, rest) = (u16::from_be_bytes(raw.get(..2)?.try_into().ok()?), raw.get(4..)?);
    match rest.as_chunks::<N>() {
        (numbers, []) if numbers.len() == usize::from(count) => Some(numbers.iter().map(number).collect()),
        _ => None,
    }
}

/// A number of 16 bits (IEEE 754 binary16), which every `f32` can be.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1_024.0 + fraction) * 2_f32.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// A decimal number: an integer if it is declared without decimals and has 64 bits, else its text.
///
/// The form: digits of base 10,000, the weight of the first, the sign, and how many decimals are shown.
fn numeric(raw: &[u8]) -> Option<Value> {
    let mut numbers = raw.chunks_exact(2).filter_map(|two| Some(u16::from_be_bytes(two.try_into().ok()?)));
    let (count, weight, sign, scale) = (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?);
    let (weight, scale) = (i32::from(weight.cast_signed()), usize::from(scale));
    let digits: Vec<u16> = numbers.collect();
    if digits.len() != usize::from(count) {
        return None;
    }
    let mut out = match sign {
        0x0000 => String::new(),
        0x4000 => "-".to_owned(),
        0xc000 => return Some(Value::Text("NaN".to_owned())),
        0xd000 => return Some(Value::Text("Infinity".to_owned())),
        0xf000 => return Some(Value::Text("-Infinity".to_owned())),
        _ => return None,
    };
    let digit = |at: i32| usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    match weight {
        ..0 => out.push('0'),
        _ => {
            write!(out, "{}", digit(0)).ok()?;
            for at in 1..=weight {
                write!(out, "{:04}", digit(at)).ok()?;
            }
        }
    }
    if scale > 0 {
        let mut decimals = String::with_capacity(scale + 4);
        let mut at = weight + 1;
        while decimals.len() < scale {
            write!(decimals, "{:04}", digit(at)).ok()?;
            at += 1;
        }
        decimals.truncate(scale);
        out.push('.');
        out.push_str(&decimals);
    }
    Some(match out.parse::<i64>() {
        Ok(whole) if scale == 0 => Value::Int(whole),
        _ => Value::Text(out),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_what_they_are() {
        for (bits, number) in [
            (0, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65_504.0),
            (1, 5.960_464_5e-8),
        ] {
            assert_eq!(half(bits), number, "{bits:x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }

    fn of(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Value {
        let head = [digits.len() as u16, weight.cast_unsigned(), sign, scale];
        let raw: Vec<u8> = head.iter().chain(digits).flat_map(|number| number.to_be_bytes()).collect();
        numeric(&raw).unwrap()
    }

    #[test]
    fn decimals_are_whole_or_text_digit_by_digit() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(of(0, 0, 0, &[30]), Value::Int(30));
        assert_eq!(of(0, 0, 0, &[]), Value::Int(0));
        assert_eq!(of(1, 0x4000, 0, &[1, 2]), Value::Int(-10_002));
        assert_eq!(of(2, 0, 0, &[5]), Value::Int(500_000_000));
        assert_eq!(of(0, 0, 2, &[1, 5000]), text("1.50"));
        assert_eq!(of(-1, 0x4000, 3, &[10]), text("-0.001"));
        assert_eq!(of(-2, 0, 8, &[1]), text("0.00000001"));
        assert_eq!(of(4, 0, 0, &[922, 3372, 368, 5477, 5808]), text("9223372036854775808"));
        assert_eq!(of(0, 0xc000, 0, &[]), text("NaN"));
        assert_eq!(numeric(&[0, 1]), None);
    }
}
