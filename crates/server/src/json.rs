//! Reading the JSON of a request: strictly, and without ever telling what was in it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::failure::Failure;

/// The fields of an object: each at most once, and no others. A field that is `null` counts as not given.
pub(crate) fn object<'a, const N: usize>(
    json: &'a [u8],
    names: [&'static str; N],
) -> Result<[Option<&'a RawValue>; N], Failure> {
    let mut problem = None;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let seed = Fields { names, problem: &mut problem };
    let outcome = seed.deserialize(&mut deserializer).and_then(|fields| deserializer.end().map(|()| fields));
    outcome.map_err(|error| {
        Failure::request(if error.is_data() {
            problem.unwrap_or(Cow::Borrowed("the body must be a JSON object"))
        } else {
            malformed(&error)
        })
    })
}

fn malformed(error: &serde_json::Error) -> Cow<'static, str> {
    format!("malformed JSON at line {} column {}", error.line(), error.column()).into()
}

/// A text.
pub(crate) fn text<'a>(raw: &'a RawValue, name: &str) -> Result<Cow<'a, str>, Failure> {
    /// Borrows where it can; a plain `Cow` never would.
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    match serde_json::from_str::<Text<'a>>(raw.get()) {
        Ok(Text(text)) => Ok(text),
        Err(error) if error.is_data() => Err(Failure::request(format!("`{name}` must be a string"))),
        Err(error) => Err(Failure::request(format!("`{name}`: {}", malformed(&error)))),
    }
}

/// A text that must be given.
pub(crate) fn required<'a>(raw: Option<&'a RawValue>, name: &str) -> Result<Cow<'a, str>, Failure> {
    text(raw.ok_or_else(|| Failure::request(format!("`{name}` is missing")))?, name)
}

/// Any JSON, of a bounded length, kept as it came.
pub(crate) fn any(raw: &RawValue, name: &str, limit: usize) -> Result<Box<RawValue>, Failure> {
    within(name, raw.get().len(), limit)?;
    // This only refuses what other readers of JSON would choke on.
    serde_json::from_str::<serde_json::Value>(raw.get()).map_err(|_| {
        Failure::request(format!("`{name}` is nested too deeply, or has a number or character out of range"))
    })?;
    Ok(raw.to_owned())
}

/// Refuses a field that is too long.
pub(crate) fn within(name: &str, length: usize, limit: usize) -> Result<(), Failure> {
    if length <= limit {
        return Ok(());
    }
    Err(Failure::too_large(format!("`{name}` has {length} bytes; the limit is {limit}")))
}

/// Reads the fields, and leaves in its slot what is wrong with well-formed JSON.
struct Fields<'p, const N: usize> {
    names: [&'static str; N],
    problem: &'p mut Option<Cow<'static, str>>,
}

impl<'de, const N: usize> DeserializeSeed<'de> for Fields<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Fields<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = [None; N];
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let Some(at) = self.names.iter().position(|known| *known == name) else {
                let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
                *self.problem = Some(format!("unknown field `{shown}`").into());
                return Err(A::Error::custom("unknown field"));
            };
            if fields[at].is_some() {
                *self.problem = Some(format!("`{name}` is given twice").into());
                return Err(A::Error::custom("duplicate field"));
            }
            fields[at] = Some(map.next_value::<&'de RawValue>()?);
        }
        Ok(fields.map(|raw| raw.filter(|raw| raw.get() != "null")))
    }
}
