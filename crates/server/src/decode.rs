//! Percent-decoding that refuses what it cannot read.

use std::borrow::Cow;

/// Decodes once. `plus_is_space` is how forms and query strings write a space; paths do not.
///
/// Returns what is wrong if a `%` is not followed by two hexadecimal digits or the bytes are not UTF-8.
pub(crate) fn percent(text: &str, plus_is_space: bool) -> Result<Cow<'_, str>, &'static str> {
    if !text.bytes().any(|byte| byte == b'%' || plus_is_space && byte == b'+') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => match (bytes.next().and_then(hex), bytes.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err("invalid percent-encoding"),
            },
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| "not UTF-8")
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (text, decoded) in [
            ("plain", Ok("plain")),
            ("", Ok("")),
            ("a%2Fb", Ok("a/b")),
            ("a%2fb", Ok("a/b")),
            ("a%252Fb", Ok("a%2Fb")),
            ("a+b", Ok("a+b")),
            ("%00", Ok("\0")),
            ("%D0%BA", Ok("к")),
            ("к%20", Ok("к ")),
            ("%", Err("invalid percent-encoding")),
            ("%4", Err("invalid percent-encoding")),
            ("%4x", Err("invalid percent-encoding")),
            ("%+1", Err("invalid percent-encoding")),
            ("%к", Err("invalid percent-encoding")),
            ("%ff", Err("not UTF-8")),
            ("%D0", Err("not UTF-8")),
            ("%ED%A0%80", Err("not UTF-8")),
        ] {
            assert_eq!(percent(text, false).as_deref(), decoded.as_deref(), "{text}");
        }
    }

    #[test]
    fn query_strings_write_a_space_as_plus() {
        assert_eq!(percent("a+b%2Bc", true).as_deref(), Ok("a b+c"));
    }
}
