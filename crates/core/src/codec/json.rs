//! JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, undecodable, unwritable};
use crate::error::Result;

/// JSON (id 1): every tool reads it, and a type can gain fields with defaults.
///
/// Numbers that are not finite become `null`. Nesting deeper than 128 is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json;

impl Codec for Json {
    const ID: u8 = 1;
    const NAME: &'static str = "json";

    fn write<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<()> {
        serde_json::to_writer(out, value).map_err(|_| unwritable(Self::NAME))
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        serde_json::from_slice(bytes).map_err(|error| {
            // Its own text quotes what it found.
            let what = match error.classify() {
                serde_json::error::Category::Eof => "it ends too early",
                serde_json::error::Category::Data => "it is not of this type",
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is malformed",
            };
            undecodable(format!("{what} (line {}, column {})", error.line(), error.column()))
        })
    }
}
