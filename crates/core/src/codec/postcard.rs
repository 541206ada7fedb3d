//! Postcard.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, TRAILING, undecodable, unwritable};
use crate::error::Result;

/// Postcard (id 2): compact and fast, with a [stable format](https://postcard.jamesmunns.com).
///
/// The bytes do not describe themselves: what reads them must have the same fields in the same order, and types
/// that look ahead (`#[serde(untagged)]`, `flatten`, `skip_serializing_if`, `serde_json::Value`) do not work. A type
/// that contains itself is read as deep as the bytes say: keep such types to bytes that the application wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Postcard;

impl Codec for Postcard {
    const ID: u8 = 2;
    const NAME: &'static str = "postcard";

    fn write<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<()> {
        postcard::to_io(value, out).map(drop).map_err(|_| unwritable(Self::NAME))
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        match postcard::take_from_bytes(bytes) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(undecodable(TRAILING)),
            Err(postcard::Error::DeserializeUnexpectedEnd) => Err(undecodable("it ends too early")),
            Err(_) => Err(undecodable("it is not of this type")),
        }
    }
}
