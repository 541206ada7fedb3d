//! Times, sizes and URLs, which a configuration has as text.

use std::fmt;
use std::time::Duration;

use credenza_core::url;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// `"250ms"`, `"2s"`, `"5m"`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) Duration);

/// A time, or `"off"`.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeOrOff(pub(super) Option<Duration>);

/// A number of bytes, or `"64KiB"`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size(pub(super) usize);

/// The URL of a store, which may have a password in it.
#[derive(Clone)]
pub(super) struct Url(pub(super) String);

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url")
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = &"a time, as in 250ms or 2s";
        url::duration(&text).map(Time).map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), expected))
    }
}

impl<'de> Deserialize<'de> for TimeOrOff {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TimeOrOff, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(TimeOrOff(None));
        }
        let expected = &"a time, as in 250ms or 2s, or off";
        let time =
            url::duration(&text).map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), expected));
        Ok(TimeOrOff(Some(time?)))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of bytes, or a size as in 64KiB")
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<Size, E> {
        let size = usize::try_from(bytes).map(Size);
        size.map_err(|_| E::invalid_value(Unexpected::Unsigned(bytes), &self))
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
        let size = u64::try_from(bytes).map_err(|_| E::invalid_value(Unexpected::Signed(bytes), &self))?;
        self.visit_u64(size)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
        let bytes = url::byte_size(text).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))?;
        self.visit_u64(bytes)
    }
}

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
        String::deserialize(deserializer).map(Url)
    }
}
