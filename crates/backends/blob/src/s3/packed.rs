//! What headers of S3 cannot carry, in one header that can.
//!
//! Metadata of S3 is headers: names are not told apart by case, values are ASCII, and what is empty or starts with a
//! space may be lost on the way. Whatever could be changed so goes into one value, in base64, as pairs of a name and a
//! value with their lengths before them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Packs names and values; nothing is an empty text.
pub(super) fn pack<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut bytes = Vec::new();
    for text in pairs.into_iter().flat_map(|(name, value)| [name, value]) {
        let mut length = text.len();
        while length > 0x7f {
            bytes.push(0x80 | (length & 0x7f) as u8);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend_from_slice(text.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The names and values; `None` if nobody packed that.
pub(super) fn unpack(text: &str) -> Option<Vec<(String, String)>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut rest = &bytes[..];
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        pairs.push((take(&mut rest)?, take(&mut rest)?));
    }
    Some(pairs)
}

fn take(rest: &mut &[u8]) -> Option<String> {
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        match byte & 0x80 {
            0 => break,
            _ if shift > 28 => return None,
            _ => {}
        }
    }
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let long = "é".repeat(20_000);
        let pairs = [("", ""), ("a", "b\n"), ("Color", " red "), ("é🦀", "\0"), ("long", long.as_str())];
        let packed = pack(pairs);
        assert!(packed.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
        let back = unpack(&packed).unwrap();
        assert!(back.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(pairs));
        assert_eq!(pack([]), "");
        assert_eq!(unpack("").unwrap(), []);
    }

    #[test]
    fn what_nobody_packed_is_told() {
        let whole = pack([("name", "value")]);
        for end in 1..whole.len() {
            assert!(unpack(&whole[..end]).is_none(), "{end}");
        }
        for wrong in ["!", "____________", "BA", "ÄÖ"] {
            assert!(unpack(wrong).is_none(), "{wrong}");
        }
    }
}
