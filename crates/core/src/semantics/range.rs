//! Indexes that count from either end.

/// Turns a first and a last index, inclusive, negative from the end, into a start and a length within
/// `len` elements (`LRANGE`, `LTRIM`, `ZRANGE`). Nothing in common gives a length of 0.
///
/// ```
/// use credenza_core::semantics::range::slice;
///
/// assert_eq!(slice(0, -1, 5), (0, 5));
/// assert_eq!(slice(-2, 100, 5), (3, 2));
/// assert_eq!(slice(3, 1, 5), (0, 0));
/// ```
pub fn slice(start: i64, stop: i64, len: u64) -> (u64, u64) {
    let signed = i64::try_from(len).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { signed.saturating_add(index) } else { index };
    let start = from_end(start).max(0);
    let stop = from_end(stop).min(signed - 1);
    if start > stop {
        return (0, 0);
    }
    (start as u64, (stop - start + 1) as u64)
}

/// Turns an index, negative from the end, into one within `len` elements.
pub fn index(index: i64, len: u64) -> Option<u64> {
    let index = if index < 0 { i64::try_from(len).ok()?.checked_add(index)? } else { index };
    u64::try_from(index).ok().filter(|index| *index < len)
}

/// The part of `len` bytes between two positions, inclusive, negative from the end, as `GETRANGE` counts: an end
/// before the start of the string stands for its first byte, unless both are out there in the wrong order.
pub fn substring(start: i64, end: i64, len: u64) -> std::ops::Range<usize> {
    let signed = i64::try_from(len).unwrap_or(i64::MAX);
    if len == 0 || (start < 0 && end < 0 && start > end) {
        return 0..0;
    }
    let from_end = |at: i64| if at < 0 { signed.saturating_add(at).max(0) } else { at };
    let (start, end) = (from_end(start), from_end(end).min(signed - 1));
    if start > end { 0..0 } else { start as usize..end as usize + 1 }
}
