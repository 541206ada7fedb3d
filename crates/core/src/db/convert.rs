//! Rust types as values, and values as Rust types.

use bytes::Bytes;

use super::value::{Timestamp, Uuid, Value};
use crate::error::{Error, ErrorKind, Result};

/// A type that can be bound as a parameter.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

/// A type that a value can be read as.
///
/// Nothing is lost on the way: a number that does not fit the type is an error, and so is null, for which there is
/// [`Option`].
pub trait FromValue: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// `Decode` if the value is of another kind or does not fit; its text names kinds, never the value.
    fn from_value(value: Value) -> Result<Self>;
}

macro_rules! into_value {
    ($($type:ty => |$value:ident| $make:expr;)*) => {$(
        impl IntoValue for $type {
            fn into_value(self) -> Value {
                let $value = self;
                $make
            }
        }
    )*};
}

into_value! {
    Value => |value| value;
    bool => |value| Value::Bool(value);
    i64 => |value| Value::Int(value);
    i32 => |value| Value::Int(value.into());
    i16 => |value| Value::Int(value.into());
    i8 => |value| Value::Int(value.into());
    u32 => |value| Value::Int(value.into());
    u16 => |value| Value::Int(value.into());
    u8 => |value| Value::Int(value.into());
    f64 => |value| Value::Float(value);
    f32 => |value| Value::Float(value.into());
    String => |value| Value::Text(value);
    &String => |value| Value::Text(value.clone());
    &str => |value| Value::Text(value.to_owned());
    Bytes => |value| Value::Bytes(value);
    Vec<u8> => |value| Value::Bytes(value.into());
    &[u8] => |value| Value::Bytes(Bytes::copy_from_slice(value));
    Timestamp => |value| Value::Timestamp(value);
    Uuid => |value| Value::Uuid(value);
    Vec<f32> => |value| Value::Vector(value);
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
}

impl<const N: usize> IntoValue for &[u8; N] {
    fn into_value(self) -> Value {
        Value::Bytes(Bytes::copy_from_slice(self))
    }
}

fn mismatch(wanted: &str, found: &Value) -> Error {
    Error::new(ErrorKind::Decode, format!("the column is {}, not {wanted}", found.kind()))
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Value> {
        Ok(value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Option<T>> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl FromValue for bool {
    /// A bool, or 0 or 1.
    fn from_value(value: Value) -> Result<bool> {
        match value {
            Value::Bool(value) => Ok(value),
            Value::Int(value @ (0 | 1)) => Ok(value == 1),
            other => Err(mismatch("a bool", &other)),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<i64> {
        match value {
            Value::Int(value) => Ok(value),
            other => Err(mismatch("an integer", &other)),
        }
    }
}

macro_rules! narrow {
    ($($type:ty)*) => {$(
        impl FromValue for $type {
            fn from_value(value: Value) -> Result<$type> {
                let wide = i64::from_value(value)?;
                let outside = || Error::new(ErrorKind::Decode, concat!("the integer does not fit ", stringify!($type)));
                <$type>::try_from(wide).map_err(|_| outside())
            }
        }
    )*};
}

narrow!(i32 i16 i8 u64 u32 u16 u8 usize);

impl FromValue for f64 {
    /// A float, or an integer that a float holds exactly.
    fn from_value(value: Value) -> Result<f64> {
        match value {
            Value::Float(value) => Ok(value),
            Value::Int(value) if value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => Ok(value as f64),
            other => Err(mismatch("a float", &other)),
        }
    }
}

impl FromValue for String {
    /// Text; also the text of JSON, of a time and of a UUID.
    fn from_value(value: Value) -> Result<String> {
        match value {
            Value::Text(text) | Value::Json(text) => Ok(text),
            Value::Timestamp(time) => Ok(time.to_string()),
            Value::Uuid(id) => Ok(id.to_string()),
            other => Err(mismatch("text", &other)),
        }
    }
}

impl FromValue for Bytes {
    fn from_value(value: Value) -> Result<Bytes> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(mismatch("bytes", &other)),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Vec<u8>> {
        Bytes::from_value(value).map(Vec::from)
    }
}

impl FromValue for Timestamp {
    /// A time, or its text ([`Timestamp::from_str`](std::str::FromStr)).
    fn from_value(value: Value) -> Result<Timestamp> {
        match value {
            Value::Timestamp(time) => Ok(time),
            Value::Text(text) => text.parse().map_err(|_| mismatch("a time", &Value::Text(text))),
            other => Err(mismatch("a time", &other)),
        }
    }
}

impl FromValue for Uuid {
    /// A UUID, its text, or its 16 bytes.
    fn from_value(value: Value) -> Result<Uuid> {
        match value {
            Value::Uuid(id) => Ok(id),
            Value::Text(text) => text.parse().map_err(|_| mismatch("a UUID", &Value::Text(text))),
            Value::Bytes(bytes) => match <[u8; 16]>::try_from(&bytes[..]) {
                Ok(bytes) => Ok(Uuid::from_bytes(bytes)),
                Err(_) => Err(mismatch("a UUID", &Value::Bytes(bytes))),
            },
            other => Err(mismatch("a UUID", &other)),
        }
    }
}

impl FromValue for Vec<f32> {
    /// A vector, or its little-endian bytes.
    fn from_value(value: Value) -> Result<Vec<f32>> {
        match value {
            Value::Vector(vector) => Ok(vector),
            Value::Bytes(bytes) if bytes.len() % 4 == 0 => {
                let (numbers, _) = bytes.as_chunks::<4>();
                Ok(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
            }
            other => Err(mismatch("a vector", &other)),
        }
    }
}
