//! Times as they are told.

use axum::http::HeaderValue;
use credenza_core::db::Timestamp;

/// ISO 8601 in UTC, to the millisecond, as JavaScript writes it: `2025-10-25T10:30:00.000Z`.
pub(crate) fn iso(millis: i64) -> String {
    let mut text = Timestamp::from_millis(millis).to_string();
    // Six decimals and the zone.
    text.truncate(text.len().saturating_sub("000Z".len()));
    text.push('Z');
    text
}

/// As in HTTP's headers: `Sat, 25 Oct 2025 10:30:00 GMT`.
pub(crate) fn http(millis: i64) -> Option<HeaderValue> {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = Timestamp::from_millis(millis).to_string();
    let (date, time) = text.split_once('T')?;
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?.parse::<usize>().ok()?, parts.next()?);
    let weekday = DAYS.get(usize::try_from(millis.div_euclid(86_400_000).rem_euclid(7)).ok()?)?;
    let month = MONTHS.get(month.checked_sub(1)?)?;
    HeaderValue::from_str(&format!("{weekday}, {day} {month} {year} {} GMT", time.get(..8)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(iso(1_761_388_200_000), "2025-10-25T10:30:00.000Z");
        assert_eq!(iso(1_761_388_200_007), "2025-10-25T10:30:00.007Z");
        assert_eq!(http(1_761_388_200_007).unwrap(), "Sat, 25 Oct 2025 10:30:00 GMT");
        assert_eq!(http(784_111_777_000).unwrap(), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
