//! Glob patterns as Redis matches them (`SCAN … MATCH`, `PSUBSCRIBE`).

/// Whether `text` matches `pattern`: `*` any bytes, `?` one byte, `[abc]`, `[a-z]`, `[^a]` one byte of a class,
/// `\` takes the next byte literally.
///
/// A class may lack its closing bracket; `[]` matches nothing and `[^]` any byte; the ends of a range may stand in
/// either order. No text at all matches no pattern but the empty one and `*`. Ranges compare bytes without a sign;
/// Redis does so on ARM, and with a sign on x86.
///
/// Works in time proportional to the product of the lengths, whatever the pattern: it goes back to the last `*`
/// only.
///
/// ```
/// use credenza_core::semantics::glob::matches;
///
/// assert!(matches(b"user:*", b"user:17"));
/// assert!(matches(b"h[^e]llo", b"hallo"));
/// assert!(!matches(b"h[^e]llo", b"hello"));
/// assert!(matches(br"a\*", b"a*"));
/// ```
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return matches!(pattern, b"" | b"*");
    }
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
            continue;
        }
        if p >= pattern.len() && t >= text.len() {
            return true;
        }
        let step = match (text.get(t), p < pattern.len()) {
            (Some(byte), true) => one(&pattern[p..], *byte),
            _ => None,
        };
        if let Some(width) = step {
            p += width;
            t += 1;
            continue;
        }
        match star {
            // Let the last star take one byte more.
            Some((after, from)) if from < text.len() => {
                star = Some((after, from + 1));
                p = after;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

/// Whether the first element of `pattern`, which is not a star, matches `byte`; its width in the pattern if so.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [b'[', class @ ..] => {
            let (matched, width) = in_class(class, byte);
            matched.then_some(width + 1)
        }
        [literal, ..] => (*literal == byte).then_some(1),
        [] => None,
    }
}

/// Whether `byte` is in the class whose text follows the bracket, and the width of that text with the closing
/// bracket. A class that is never closed ends with the pattern, as in Redis.
fn in_class(class: &[u8], byte: u8) -> (bool, usize) {
    let negated = class.first() == Some(&b'^');
    let mut at = usize::from(negated);
    let mut found = false;
    loop {
        match class.get(at..).unwrap_or_default() {
            [] => break,
            [b'\\', literal, ..] => {
                found |= *literal == byte;
                at += 2;
            }
            [b']', ..] => {
                at += 1;
                break;
            }
            [low, b'-', high, ..] => {
                found |= (*low.min(high)..=*low.max(high)).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                found |= *literal == byte;
                at += 1;
            }
        }
    }
    (found != negated, at)
}

/// The bytes that every match starts with: what an ordered store can seek to.
///
/// ```
/// use credenza_core::semantics::glob::literal_prefix;
///
/// assert_eq!(literal_prefix(b"user:*:name"), b"user:");
/// assert_eq!(literal_prefix(br"a\*b?"), b"a*b");
/// ```
pub fn literal_prefix(pattern: &[u8]) -> Vec<u8> {
    let mut prefix = Vec::new();
    let mut rest = pattern;
    loop {
        match rest {
            [b'\\', literal, tail @ ..] => {
                prefix.push(*literal);
                rest = tail;
            }
            [b'*' | b'?' | b'[', ..] | [] => return prefix,
            [literal, tail @ ..] => {
                prefix.push(*literal);
                rest = tail;
            }
        }
    }
}

/// The pattern that matches exactly what starts with `prefix`.
pub fn escape_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(prefix.len() + 1);
    for byte in prefix {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^' | b'-') {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern.push(b'*');
    pattern
}
