//! `params`: the values of a statement.

use std::fmt;

use bytes::Bytes;
use credenza_core::db::{Params, Value};
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::json;
use crate::limits::ServerLimits;

/// Reads an array of values: null, booleans, numbers, strings, and bytes as an array of numbers from 0 to 255.
///
/// A number that is written without a point and an exponent is an integer of 64 bits, and none of its digits is lost.
pub(super) fn parse(raw: &RawValue, limits: &ServerLimits) -> Result<Params, Failure> {
    let parsed: Vec<Param> = serde_json::from_str(raw.get()).map_err(|_| {
        Failure::request(
            "`params` must be an array of null, true, false, numbers of 64 bits, strings, and arrays of bytes",
        )
    })?;
    if parsed.len() > limits.parameters {
        let limit = limits.parameters;
        return Err(Failure::too_large(format!("{} parameters; the limit is {limit}", parsed.len())));
    }
    for Param(value) in &parsed {
        json::within("params", value.size(), limits.row)?;
    }
    Ok(Params::Positional(parsed.into_iter().map(|Param(value)| value).collect()))
}

struct Param(Value);

impl<'de> Deserialize<'de> for Param {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Param, D::Error> {
        deserializer.deserialize_any(OneValue).map(Param)
    }
}

struct OneValue;

impl<'de> Visitor<'de> for OneValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(|_| E::custom("beyond 64 bits"))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        // An integer of more digits than 64 bits hold comes as a float of no point: it is not taken for another number.
        if value.fract() == 0.0 && value.abs() >= i64::MAX as f64 && value.abs() < 1e21 {
            return Err(E::custom("beyond 64 bits"));
        }
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = items.next_element::<u8>()? {
            bytes.push(byte);
        }
        Ok(Value::Bytes(Bytes::from(bytes)))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("an object"))
    }
}
