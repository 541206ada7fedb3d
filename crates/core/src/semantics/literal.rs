//! The numbers that C's `strtod` and `strtold` read, rounded exactly to a binary format.

use super::natural::Natural;

/// A binary format: a finite number is a significand times a power of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    /// The most bits a significand has.
    pub(super) precision: u64,
    /// The least power of two.
    pub(super) least: i64,
    /// Every number is less than two to this power.
    pub(super) greatest: i64,
}

/// The format of `f64`.
pub(super) const DOUBLE: Format = Format { precision: 53, least: -1074, greatest: 1024 };

/// The 80-bit format of x87, C's `long double` on x86.
pub(super) const EXTENDED: Format = Format { precision: 64, least: -16445, greatest: 16384 };

/// A number without its sign.
pub(super) enum Magnitude {
    /// `significand × 2^exponent`
    Finite(Natural, i64),
    /// Infinity.
    Infinite,
}

/// A number as it was read.
pub(super) struct Literal {
    pub(super) negative: bool,
    pub(super) magnitude: Magnitude,
    /// False for what became infinite by rounding, or zero: C sets `ERANGE` then.
    pub(super) in_range: bool,
}

/// Reads a number without spaces around, decimal or hexadecimal. Not `nan`.
pub(super) fn parse(text: &[u8], format: Format) -> Option<Literal> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        return Some(Literal { negative, magnitude: Magnitude::Infinite, in_range: true });
    }
    let (hexadecimal, (digits, power)) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (true, split(rest, 16, b'p')?),
        _ => (false, split(text, 10, b'e')?),
    };
    let zero = digits.is_zero();
    let magnitude = match hexadecimal {
        true => round(digits, power, format),
        false => round_decimal(digits, power, format),
    };
    let in_range = match &magnitude {
        Magnitude::Finite(significand, _) => zero || !significand.is_zero(),
        Magnitude::Infinite => false,
    };
    Some(Literal { negative, magnitude, in_range })
}

/// Splits digits with an optional point and an optional exponent into a whole number and the power to raise by:
/// of ten for decimal digits, of two for hexadecimal ones.
fn split(text: &[u8], radix: u32, mark: u8) -> Option<(Natural, i64)> {
    let end = text.iter().position(|byte| byte.eq_ignore_ascii_case(&mark)).unwrap_or(text.len());
    let (mantissa, tail) = text.split_at(end);
    let power = match tail {
        [] => 0,
        [_, exponent @ ..] => read_exponent(exponent)?,
    };
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut digits = Natural::ZERO;
    for byte in whole.iter().chain(fraction) {
        digits.mul_add(radix.into(), char::from(*byte).to_digit(radix)?.into());
    }
    let places = i64::try_from(fraction.len()).ok()?.checked_mul(if radix == 16 { 4 } else { 1 })?;
    Some((digits, power.saturating_sub(places)))
}

/// An exponent with an optional sign. One that is too great for any format stays so.
fn read_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let power = digits
        .iter()
        .fold(0_i64, |power, digit| power.saturating_mul(10).saturating_add((digit - b'0').into()));
    Some(if negative { -power } else { power })
}

/// Rounds `digits × 10^power`.
fn round_decimal(mut digits: Natural, power: i64, format: Format) -> Magnitude {
    if digits.is_zero() {
        return Magnitude::Finite(digits, 0);
    }
    // How many decimal digits stand before the point, or zeros after it; off by one at most.
    let size = power.saturating_add(digits.bits() as i64 * 1233 / 4096);
    if size > format.greatest {
        return Magnitude::Infinite;
    }
    if size < format.least {
        return Magnitude::Finite(Natural::ZERO, 0);
    }
    if power >= 0 {
        digits.scale(power.unsigned_abs());
        return round(digits, 0, format);
    }
    let mut divisor = Natural::from(1);
    divisor.scale(power.unsigned_abs());
    // Two bits more than fit, and one that says whether anything is left below them: what rounding needs.
    let shift = (format.precision + 2 + divisor.bits()).saturating_sub(digits.bits());
    digits.shl(shift);
    let (mut quotient, rest) = digits.divide(&divisor);
    quotient.mul_add(2, u64::from(rest));
    round(quotient, -(shift as i64) - 1, format)
}

/// Rounds `number × 2^exponent` to the nearest number of the format, half-way cases to the even one.
pub(super) fn round(mut number: Natural, exponent: i64, format: Format) -> Magnitude {
    let bits = number.bits() as i64;
    let lost = (bits - format.precision as i64).max(format.least.saturating_sub(exponent)).max(0);
    if number.is_zero() || lost > bits + 1 {
        return Magnitude::Finite(Natural::ZERO, 0);
    }
    number.shr_to_nearest(lost.unsigned_abs());
    let exponent = exponent.saturating_add(lost);
    if exponent.saturating_add(number.bits() as i64) > format.greatest {
        return Magnitude::Infinite;
    }
    Magnitude::Finite(number, exponent)
}

impl Literal {
    /// The number, if it was read as [`DOUBLE`].
    pub(super) fn to_f64(&self) -> f64 {
        let magnitude = match &self.magnitude {
            Magnitude::Infinite => f64::INFINITY,
            // Both factors and all between them are exact: the significand has 53 bits, and a number below
            // 2^-1022 was rounded to the bits it has left.
            Magnitude::Finite(significand, exponent) => {
                let significand = significand.to_u64().unwrap_or(0) as f64;
                let half = (*exponent / 2) as i32;
                significand * 2_f64.powi(half) * 2_f64.powi(*exponent as i32 - half)
            }
        };
        if self.negative { -magnitude } else { magnitude }
    }
}
