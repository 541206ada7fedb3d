//! What a column holds, and what a parameter is.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;

use crate::error::{Error, Result};

/// What a column holds, and what a parameter is.
///
/// A database returns the kinds it has: SQLite stores null, integers, floats, text and bytes, and returns those;
/// what it does not have it stores as text ([`Json`](Value::Json), [`Timestamp`](Value::Timestamp) in RFC 3339,
/// [`Uuid`](Value::Uuid) with hyphens), as an integer ([`Bool`](Value::Bool)) or as bytes
/// ([`Vector`](Value::Vector), little-endian). [`FromValue`](super::FromValue) reads either form, so
/// `row.get::<bool>(…)` is the same on every database.
///
/// Its `Debug` shows the kind and the length, never the value.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number in floating point; SQLite stores not-a-number as null.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Bytes),
    /// A JSON document, as its text.
    Json(String),
    /// A point in time.
    Timestamp(Timestamp),
    /// A UUID.
    Uuid(Uuid),
    /// A vector of numbers.
    Vector(Vec<f32>),
}

impl Value {
    /// What kind of value it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::Json(_) => "json",
            Value::Timestamp(_) => "timestamp",
            Value::Uuid(_) => "uuid",
            Value::Vector(_) => "vector",
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        match self {
            Value::Text(text) | Value::Json(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Vector(vector) => vector.len() * 4,
            Value::Uuid(_) => 16,
            _ => 8,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(_) | Value::Json(_) | Value::Bytes(_) => {
                write!(f, "{}({} bytes)", self.kind(), self.size())
            }
            Value::Vector(vector) => write!(f, "vector({})", vector.len()),
            _ => f.write_str(self.kind()),
        }
    }
}

/// A point in time: microseconds since 1970-01-01 00:00 UTC, as Postgres keeps it.
///
/// As text it is RFC 3339 in UTC with six decimals, so that texts sort as times do, from year 0 to year 9999:
///
/// ```
/// use credenza_core::db::Timestamp;
///
/// let time = Timestamp::from_micros(1_761_388_200_000_000);
/// assert_eq!(time.to_string(), "2025-10-25T10:30:00.000000Z");
/// assert_eq!("2025-10-25 12:30:00+02:00".parse::<Timestamp>()?, time);
/// # Ok::<(), credenza_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;
const DAY: i64 = 86_400_000_000;

impl Timestamp {
    /// So many microseconds since 1970.
    pub const fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// So many milliseconds since 1970; the farthest there is if they are more.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis.saturating_mul(1_000))
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, micros) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{micros:06}Z",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads RFC 3339, with a space or a `T`, with or without decimals of a second; without a zone it is UTC, as
    /// in SQLite's `CURRENT_TIMESTAMP`.
    fn from_str(text: &str) -> Result<Timestamp> {
        parse_time(text).map(Timestamp).ok_or_else(|| Error::invalid("not a time as in 2025-10-25T10:30:00Z"))
    }
}

/// Year, month and day of a number of days since 1970 (the civil calendar, carried back before its time).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAYS;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAYS
}

fn parse_time(text: &str) -> Option<i64> {
    let (date_part, rest) = text.split_once(['T', 't', ' '])?;
    let mut parts = date_part.splitn(3, '-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let zone = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = time.splitn(3, ':');
    let (hour, minute, second) =
        (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let in_range = hour < 24 && minute < 60 && second < 60;
    let day_number = days(year, month, day);
    // A date that is none, such as the 30th of February, comes back as another.
    if !in_range || !(1..=12).contains(&month) || date(day_number) != (year, month, day) {
        return None;
    }
    let micros = match fraction.len() {
        0 => 0,
        len @ 1..=9 => digits(fraction, len)? * 1_000_000 / 10_i64.pow(len as u32),
        _ => return None,
    };
    let offset = offset_seconds(zone)?;
    Some(day_number * DAY + (hour * 3_600 + minute * 60 + second - offset) * 1_000_000 + micros)
}

/// Seconds east of UTC: of `Z`, `+02:00`, `+0200`, `+02`, or nothing.
fn offset_seconds(zone: &str) -> Option<i64> {
    let Some(digits_part) = zone.strip_prefix(['+', '-']) else {
        return (zone.is_empty() || zone.eq_ignore_ascii_case("z")).then_some(0);
    };
    let (hours, minutes) = match digits_part.len() {
        2 => (digits_part, "00"),
        4 => digits_part.split_at_checked(2)?,
        _ => digits_part.split_once(':')?,
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let seconds = (hours < 24 && minutes < 60).then_some(hours * 3_600 + minutes * 60)?;
    Some(if zone.starts_with('-') { -seconds } else { seconds })
}

fn digits(text: &str, len: usize) -> Option<i64> {
    let all = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

/// A UUID: 16 bytes. As text it has hyphens and small letters.
///
/// ```
/// use credenza_core::db::Uuid;
///
/// let id: Uuid = "67E55044-10B1-426F-9247-BB680E5FE0C8".parse()?;
/// assert_eq!(id.to_string(), "67e55044-10b1-426f-9247-bb680e5fe0c8");
/// # Ok::<(), credenza_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The UUID with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Uuid {
        Uuid(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Uuid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Uuid> {
        let invalid = || Error::invalid("not a UUID as in 67e55044-10b1-426f-9247-bb680e5fe0c8");
        let hyphens = text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-');
        let hex: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
        if !(hyphens || text.len() == 32) || hex.len() != 32 {
            return Err(invalid());
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16);
            let (high, low) = digit(0).zip(digit(1)).ok_or_else(invalid)?;
            *byte = (high << 4 | low) as u8;
        }
        Ok(Uuid(bytes))
    }
}
