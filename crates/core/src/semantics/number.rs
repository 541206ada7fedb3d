//! Numbers as Redis reads and writes them.

use bytes::Bytes;

use super::literal::{self, DOUBLE};

/// Redis writes a whole number up to this, 2^62, with all its digits.
const WHOLE: f64 = 4_611_686_018_427_387_904.0;

/// A hexadecimal number has fewer bytes than this: reading one takes time that grows with the square of its length.
const LONGEST: usize = 5 * 1024;

/// Reads a 64-bit integer in its one canonical form: no sign but `-`, no leading zeros, no spaces.
///
/// ```
/// use credenza_core::semantics::number::parse_i64;
///
/// assert_eq!(parse_i64(b"-12"), Some(-12));
/// for wrong in ["", "+1", "01", " 1", "1.0", "-0", "9223372036854775808"] {
///     assert_eq!(parse_i64(wrong.as_bytes()), None, "{wrong}");
/// }
/// ```
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let canonical = match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if canonical { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

/// The canonical form of an integer.
pub fn format_i64(number: i64) -> Bytes {
    Bytes::from(number.to_string())
}

/// Reads a score or an increment as C's `strtod` does: decimal or hexadecimal, `inf` or `infinity`, no spaces.
///
/// ```
/// use credenza_core::semantics::number::parse_f64;
///
/// assert_eq!(parse_f64(b"1.5e3"), Some(1500.0));
/// assert_eq!(parse_f64(b"0x1.8p1"), Some(3.0));
/// assert_eq!(parse_f64(b"-inf"), Some(f64::NEG_INFINITY));
/// // Not a number, spaces, and what an `f64` cannot tell from infinity or zero.
/// for wrong in ["nan", " 1", "", "1e", "1e400", "1e-400"] {
///     assert_eq!(parse_f64(wrong.as_bytes()), None, "{wrong}");
/// }
/// ```
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    read_f64(text).filter(|(_, in_range)| *in_range).map(|(number, _)| number)
}

/// Whether `INCRBYFLOAT` can count with a value: what changes values into another form leaves numbers as they are.
///
/// ```
/// use credenza_core::semantics::number::is_number;
///
/// assert!(is_number(b"10") && is_number(b"-1.5e300") && is_number(b"0x1p4"));
/// assert!(!is_number(b"") && !is_number(b"10 apples") && !is_number(b" 10"));
/// ```
pub fn is_number(value: &[u8]) -> bool {
    super::long_double::is_number(value)
}

/// Reads an end of a range of scores: as [`parse_f64`], but what is beyond an `f64` counts as infinity or zero.
/// (Redis also takes spaces before it, no text for 0, and anything after a zero byte; here they are refused.)
pub fn parse_bound(text: &[u8]) -> Option<f64> {
    read_f64(text).map(|(number, _)| number)
}

/// A number, and whether it is neither infinite nor zero by rounding alone.
fn read_f64(text: &[u8]) -> Option<(f64, bool)> {
    // The standard library reads the same decimal numbers and words, faster.
    let Ok(number) = std::str::from_utf8(text).ok()?.parse::<f64>() else {
        let hexadecimal = Some(text).filter(|text| text.len() < LONGEST)?;
        return literal::parse(hexadecimal, DOUBLE).map(|number| (number.to_f64(), number.in_range));
    };
    let mut mantissa = text.iter().take_while(|byte| !matches!(byte, b'e' | b'E'));
    let in_range = match number {
        0.0 => !mantissa.any(|byte| matches!(byte, b'1'..=b'9')),
        _ => number.is_finite() || !text.iter().any(u8::is_ascii_digit),
    };
    (!number.is_nan()).then_some((number, in_range))
}

/// The shortest text that reads back as the same score, in the form that Redis writes since 7.2.
///
/// ```
/// use credenza_core::semantics::number::format_f64;
///
/// assert_eq!(format_f64(3.0), "3");
/// assert_eq!(format_f64(0.1), "0.1");
/// assert_eq!(format_f64(1e-7), "1e-7");
/// assert_eq!(format_f64(f64::INFINITY), "inf");
/// ```
pub fn format_f64(number: f64) -> Bytes {
    if number == 0.0 || number.is_infinite() {
        return Bytes::from(number.to_string());
    }
    if number.fract() == 0.0 && number.abs() <= WHOLE {
        return format_i64(number as i64);
    }
    let scientific = format!("{:e}", number.abs());
    let parts = scientific
        .split_once('e')
        .and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)));
    let Some((mantissa, exponent)) = parts else { return Bytes::from(scientific) };
    let places = mantissa.len().saturating_sub(2) as i32;
    // The digits are a whole number times ten to this power.
    let power = exponent - places;
    let plain = match power {
        0.. => exponent.abs() < places + 8,
        _ => power > -7 || exponent.abs() < 4,
    };
    Bytes::from(match plain {
        true => number.to_string(),
        false => {
            let sign = if number < 0.0 { "-" } else { "" };
            format!("{sign}{mantissa}e{exponent:+}")
        }
    })
}
