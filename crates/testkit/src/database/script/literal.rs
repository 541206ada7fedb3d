//! Values as a script writes them.

use bytes::Bytes;
use credenza_core::db::{Params, Value};

use crate::script::Reader;

/// `1, "a", null`, or `name: "a", other: 2`; nothing is no values.
pub(super) fn params(reader: &mut Reader<'_>) -> Result<Params, String> {
    let (mut positional, mut named) = (Vec::new(), Vec::new());
    while !reader.is_done() {
        if !(positional.is_empty() && named.is_empty()) {
            reader.expect(",")?;
        }
        match name(reader) {
            Some(name) => named.push((name, value(reader)?)),
            None => positional.push(value(reader)?),
        }
    }
    match (positional.is_empty(), named.is_empty()) {
        (_, true) => Ok(Params::Positional(positional)),
        (true, false) => Ok(Params::Named(named)),
        (false, false) => Err("some values have names and some have none".to_owned()),
    }
}

/// `name:`, if it comes next.
fn name(reader: &mut Reader<'_>) -> Option<String> {
    let rest = reader.rest();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let name = rest.get(..end).filter(|name| !name.is_empty() && rest[end..].starts_with(':'))?;
    let text = format!("{name}:");
    reader.eat(&text).then(|| name.to_owned())
}

/// `1`, `-1.5`, `inf`, `nan`, `true`, `null`, `"text"`, `x"00ff"`, `json "{}"`, `time "2025-…"`, `uuid "…"`,
/// `vector [1, 2.5]`.
pub(super) fn value(reader: &mut Reader<'_>) -> Result<Value, String> {
    if let Some(bytes) = reader.quoted()? {
        return text(bytes).map(Value::Text);
    }
    if reader.rest().starts_with("x\"") && reader.eat("x") {
        return hex(&text(reader.quoted()?.unwrap_or_default())?).map(|bytes| Value::Bytes(bytes.into()));
    }
    for word in ["json", "time", "uuid", "vector"] {
        if reader.eat_word(word) {
            return typed(word, reader);
        }
    }
    let word = reader.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
    Ok(match word.ok_or_else(|| format!("a value is missing at {:?}", reader.rest()))? {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "inf" => Value::Float(f64::INFINITY),
        "-inf" => Value::Float(f64::NEG_INFINITY),
        "nan" => Value::Float(f64::NAN),
        number => match number.parse() {
            Ok(whole) => Value::Int(whole),
            Err(_) => Value::Float(number.parse().map_err(|_| format!("{number} is not a value"))?),
        },
    })
}

fn typed(word: &str, reader: &mut Reader<'_>) -> Result<Value, String> {
    if word == "vector" {
        reader.expect("[")?;
        let mut numbers = Vec::new();
        while !reader.eat("]") {
            if !numbers.is_empty() {
                reader.expect(",")?;
            }
            let number = reader.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | 'e'));
            let number = number.and_then(|number| number.parse::<f32>().ok());
            numbers.push(number.ok_or_else(|| format!("a number is missing at {:?}", reader.rest()))?);
        }
        return Ok(Value::Vector(numbers));
    }
    let text = text(reader.quoted()?.ok_or_else(|| format!("{word} has no text"))?)?;
    let wrong = |error: credenza_core::Error| error.to_string();
    Ok(match word {
        "json" => Value::Json(text),
        "time" => Value::Timestamp(text.parse().map_err(wrong)?),
        _ => Value::Uuid(text.parse().map_err(wrong)?),
    })
}

fn text(bytes: Bytes) -> Result<String, String> {
    String::from_utf8(bytes.into()).map_err(|_| "a text is not UTF-8".to_owned())
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let byte = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes = (0..text.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>();
    bytes.ok_or_else(|| format!("{text} is not hexadecimal"))
}

/// A value as a failure shows it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) => crate::script::quoted(text.as_bytes()),
        Value::Bytes(bytes) => {
            format!("x\"{}\"", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        Value::Json(text) => format!("json {}", crate::script::quoted(text.as_bytes())),
        Value::Timestamp(time) => format!("time \"{time}\""),
        Value::Uuid(id) => format!("uuid \"{id}\""),
        Value::Vector(numbers) => format!("vector {numbers:?}"),
        other => format!("{other:?}"),
    }
}
