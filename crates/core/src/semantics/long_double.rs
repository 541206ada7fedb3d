//! The arithmetic of `INCRBYFLOAT` and `HINCRBYFLOAT`: Redis adds 80-bit numbers and writes them in full.
//!
//! An `f64` would give `0.30000000000000004` for 0.1 + 0.2, and Redis gives `0.3`. What a store keeps must be the
//! text that Redis keeps, so the sum is computed here exactly as x87 does it.

use bytes::Bytes;

use super::literal::{self, EXTENDED, Magnitude};
use super::natural::Natural;
use crate::error::{Error, ErrorKind, Result};

/// Redis reads numbers into a buffer of this size, with a zero byte at the end.
const BUFFER: usize = 5 * 1024;

/// How many decimal places Redis writes before it takes away the zeros at the end.
const PLACES: u64 = 17;

/// A finite 80-bit number: `±significand × 2^exponent`.
struct LongDouble {
    negative: bool,
    significand: Natural,
    exponent: i64,
}

/// Adds `by` to the number that is stored, which is 0 where nothing is. Returns the text to store, and the same as
/// a reply.
///
/// `by` counts as the decimal number that its shortest text shows: `0.1` means one tenth to 80 bits, as it does to
/// Redis, which gets the text.
///
/// ```
/// use credenza_core::semantics::long_double::incr_by_float;
///
/// assert_eq!(incr_by_float(Some(b"10.50"), 0.1)?.0, "10.6");
/// assert_eq!(incr_by_float(Some(b"3.0e3"), 200.0)?.0, "3200");
/// assert_eq!(incr_by_float(None, -0.25)?, ("-0.25".into(), -0.25));
/// # Ok::<(), credenza_core::Error>(())
/// ```
///
/// # Errors
/// `NotAFloat` if what is stored is no number, is longer than 5,119 bytes, or has spaces; `Overflow` if the sum is
/// infinite or not a number.
pub fn incr_by_float(stored: Option<&[u8]>, by: f64) -> Result<(Bytes, f64)> {
    let stored = parse(stored.unwrap_or(b"0"))
        .ok_or_else(|| Error::new(ErrorKind::NotAFloat, "the value is not a valid float"))?;
    let overflow = || Error::new(ErrorKind::Overflow, "the increment would produce NaN or infinity");
    let by = parse(format!("{by:e}").as_bytes()).flatten().ok_or_else(overflow)?;
    let sum = stored.and_then(|stored| stored.add(by)).ok_or_else(overflow)?;
    let text = sum.to_string();
    // An `f64` that is too small for the number becomes infinite: the text has it all.
    let reply = text.parse().map_err(|_| Error::internal("the text of a number is not a number"))?;
    Ok((Bytes::from(text), reply))
}

/// The text that Redis would store for this number: in full, without an exponent.
pub(crate) fn format(number: f64) -> Bytes {
    match parse(number.to_string().as_bytes()) {
        Some(Some(number)) => Bytes::from(number.to_string()),
        _ => super::number::format_f64(number),
    }
}

/// Whether a text is a number.
pub(super) fn is_number(text: &[u8]) -> bool {
    parse(text).is_some()
}

/// Reads a number: `None` if it is none, `Some(None)` if it is infinite.
fn parse(text: &[u8]) -> Option<Option<LongDouble>> {
    if text.len() >= BUFFER {
        return None;
    }
    let number = literal::parse(text, EXTENDED).filter(|number| number.in_range)?;
    Some(match number.magnitude {
        Magnitude::Finite(significand, exponent) => {
            Some(LongDouble { negative: number.negative, significand, exponent })
        }
        Magnitude::Infinite => None,
    })
}

impl LongDouble {
    /// The sum, rounded; `None` if it is infinite.
    fn add(mut self, mut other: LongDouble) -> Option<LongDouble> {
        // Exact first: both in units of the lesser power of two.
        let exponent = self.exponent.min(other.exponent);
        self.significand.shl(self.exponent.abs_diff(exponent));
        other.significand.shl(other.exponent.abs_diff(exponent));
        let (mut greater, lesser) =
            if self.significand >= other.significand { (self, other) } else { (other, self) };
        if greater.negative == lesser.negative {
            greater.significand.add(&lesser.significand);
        } else {
            greater.significand.sub(&lesser.significand);
        }
        match literal::round(greater.significand, exponent, EXTENDED) {
            Magnitude::Finite(significand, exponent) => {
                Some(LongDouble { negative: greater.negative, significand, exponent })
            }
            Magnitude::Infinite => None,
        }
    }
}

impl std::fmt::Display for LongDouble {
    /// As `%.17Lf`, without zeros at the end, and zero without a sign.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut scaled = self.significand.clone();
        scaled.scale(PLACES);
        if self.exponent >= 0 {
            scaled.shl(self.exponent.unsigned_abs());
        } else {
            scaled.shr_to_nearest(self.exponent.unsigned_abs());
        }
        if scaled.is_zero() {
            return f.write_str("0");
        }
        let digits = format!("{:0>1$}", scaled.into_digits(), PLACES as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - PLACES as usize);
        let fraction = fraction.trim_end_matches('0');
        let (sign, point) =
            (if self.negative { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}
