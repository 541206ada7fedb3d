//! What is written: bytes that no other write of any key has.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The content of a write of a key: readable text of so many bytes, 64 at least.
///
/// It starts with its number and its length, so that a part of it, or one half of each of two, is never taken for a
/// whole.
pub(crate) fn content(key: &str, number: u64, size: usize) -> String {
    let size = size.max(64);
    let mut text = String::with_capacity(size + 32);
    text.push_str(&format!("{number:016x}{size:016x}"));
    let mut hasher = DefaultHasher::new();
    (key, number).hash(&mut hasher);
    let mut state = hasher.finish() | 1;
    while text.len() < size {
        // Xorshift: enough for pieces that differ, and fast without optimization.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let piece = format!("{state:016x}");
        for _ in 0..32 {
            text.push_str(&piece);
        }
    }
    text.truncate(size);
    text
}

/// The number of the write that put this, if it is all there and nothing else.
pub(crate) fn number(key: &str, found: &[u8]) -> Option<u64> {
    let head = std::str::from_utf8(found.get(..32)?).ok()?;
    let number = u64::from_str_radix(&head[..16], 16).ok()?;
    let size = usize::from_str_radix(&head[16..], 16).ok().filter(|size| *size == found.len())?;
    (content(key, number, size).as_bytes() == found).then_some(number)
}

#[test]
fn only_the_whole_is_taken_for_it() {
    for size in [0, 33, 700, 100_000] {
        let text = content("a", 7, size);
        let bytes = text.as_bytes();
        assert_eq!(number("a", bytes), Some(7));
        assert_eq!(number("b", bytes), None, "of another key");
        assert_eq!(number("a", &bytes[..bytes.len() - 1]), None, "a part");
        assert_eq!(number("a", &[bytes, b"x"].concat()), None, "with something behind it");
    }
    let (one, two) = (content("a", 1, 8_192), content("a", 2, 8_192));
    assert_eq!(number("a", &[&one.as_bytes()[..4_096], &two.as_bytes()[4_096..]].concat()), None, "halves");
    assert_eq!(number("a", &[0; 8_192]), None, "zeros");
    assert_eq!(number("a", b""), None);
}
