//! `Range`.

use axum::http::header::{HeaderMap, RANGE};
use credenza_core::blob::Range;

/// The range that is asked for. What is no range, is of another unit, or is several at once counts as not asked for, as
/// HTTP allows.
pub(super) fn asked(headers: &HeaderMap) -> Range {
    let given = headers.get(RANGE).and_then(|given| given.to_str().ok());
    given.and_then(parse).unwrap_or_default()
}

fn parse(given: &str) -> Option<Range> {
    let (first, last) = given.trim().strip_prefix("bytes=")?.trim().split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    match (first.is_empty(), last.is_empty()) {
        (false, false) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| Range::Between(first, last.saturating_add(1)))
        }
        (false, true) => number(first).map(Range::From),
        (true, false) => number(last).map(Range::Suffix),
        (true, true) => None,
    }
}

/// Digits alone. More than fit are as good as the greatest number.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (given, expected) in [
            ("bytes=0-0", Some(Range::Between(0, 1))),
            ("bytes=5-9", Some(Range::Between(5, 10))),
            ("bytes=5-", Some(Range::From(5))),
            ("bytes=-5", Some(Range::Suffix(5))),
            ("bytes=0-99999999999999999999999", Some(Range::Between(0, u64::MAX))),
            ("bytes=9-5", None),
            ("bytes=-", None),
            ("bytes=0-1,3-4", None),
            ("bytes=+1-2", None),
            ("lines=1-2", None),
            ("bytes=a-b", None),
            ("", None),
        ] {
            assert_eq!(parse(given), expected, "{given}");
        }
    }
}
