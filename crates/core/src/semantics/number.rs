//! Numbers as Redis reads and writes them.

use bytes::Bytes;

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

/// Reads a score or an increment: decimal or `inf`, never `nan`, no spaces around.
///
/// ```
/// use credenza_core::semantics::number::parse_f64;
///
/// assert_eq!(parse_f64(b"1.5e3"), Some(1500.0));
/// assert_eq!(parse_f64(b"-inf"), Some(f64::NEG_INFINITY));
/// assert_eq!(parse_f64(b"nan"), None);
/// assert_eq!(parse_f64(b" 1"), None);
/// ```
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!number.is_nan()).then_some(number)
}

/// The shortest text that reads back as the same score: no fraction for whole numbers, `inf` and `-inf`.
///
/// ```
/// use credenza_core::semantics::number::format_f64;
///
/// assert_eq!(format_f64(3.0), "3");
/// assert_eq!(format_f64(0.1), "0.1");
/// assert_eq!(format_f64(f64::INFINITY), "inf");
/// ```
pub fn format_f64(number: f64) -> Bytes {
    if number == 0.0 {
        return Bytes::from_static(if number.is_sign_negative() { b"-0" } else { b"0" });
    }
    // Redis changes to an exponent where printf's %.17g does.
    let text = match number.abs() {
        magnitude if magnitude.is_infinite() => number.to_string(),
        magnitude if !(1e-5..1e17).contains(&magnitude) => exponent(number),
        _ => number.to_string(),
    };
    Bytes::from(text)
}

/// Rust writes `1e21`, C writes `1e+21`, with two digits of exponent at least.
fn exponent(number: f64) -> String {
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}
