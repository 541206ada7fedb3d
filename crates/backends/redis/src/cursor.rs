//! Where scans stand: the server's cursor, and which run of the server gave it. Another server, or the same after a
//! restart, has its keys in another order; there the scan starts over, so that it misses nothing.

use bytes::Bytes;
use credenza_core::Cursor;

/// The cursor that a caller gets; `None` at the end of the scan.
pub(crate) fn for_caller(server: &[u8], identity: u32) -> Option<Cursor> {
    if server == b"0" {
        return None;
    }
    Some(Cursor::new([&identity.to_be_bytes()[..], server].concat()))
}

/// The cursor that the server gets.
pub(crate) fn for_server(cursor: &Cursor, identity: u32) -> Bytes {
    let bytes = cursor.as_bytes();
    match bytes.split_first_chunk() {
        Some((of, _)) if *of == identity.to_be_bytes() => bytes.slice(of.len()..),
        _ => Bytes::from_static(b"0"),
    }
}

/// Whether it may be a cursor of this store.
pub(crate) fn is_valid(cursor: &Cursor) -> bool {
    let digits = cursor.as_bytes().get(4..).unwrap_or_default();
    let number =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    cursor.is_start() || number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// In a cluster: the slot whose master is being scanned, and where that stands.
pub(crate) fn for_caller_in_cluster(slot: u16, inner: &Cursor) -> Cursor {
    Cursor::new([&slot.to_be_bytes()[..], inner.as_bytes()].concat())
}

/// The slot whose master is being scanned, and where that stands; `None` if it is no cursor of this store.
pub(crate) fn in_cluster(cursor: &Cursor) -> Option<(u16, Cursor)> {
    if cursor.is_start() {
        return Some((0, Cursor::START));
    }
    let bytes = cursor.as_bytes();
    let (slot, _) = bytes.split_first_chunk()?;
    let inner = Cursor::new(bytes.slice(slot.len()..));
    is_valid(&inner).then_some((u16::from_be_bytes(*slot), inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_to_the_run_that_gave_it() {
        let cursor = for_caller(b"17", 5).unwrap();
        assert!(is_valid(&cursor));
        assert_eq!(for_server(&cursor, 5), "17");
        assert_eq!(for_server(&cursor, 6), "0");
        assert_eq!(for_server(&Cursor::START, 5), "0");
        assert_eq!(for_caller(b"0", 5), None);
    }

    #[test]
    fn what_is_no_cursor_is_known() {
        for wrong in [&b"1"[..], b"1234", b"12345x", b"\0\0\0\x05123456789012345678901"] {
            assert!(!is_valid(&Cursor::new(wrong)), "{wrong:?}");
            assert_eq!(in_cluster(&Cursor::new([&b"\0\0"[..], wrong].concat())), None);
        }
        assert_eq!(in_cluster(&Cursor::new(&b"\0"[..])), None);
    }

    #[test]
    fn in_a_cluster_it_knows_the_master() {
        let inner = for_caller(b"17", 5).unwrap();
        let cursor = for_caller_in_cluster(5461, &inner);
        assert_eq!(in_cluster(&cursor), Some((5461, inner)));
        assert_eq!(in_cluster(&for_caller_in_cluster(1, &Cursor::START)), Some((1, Cursor::START)));
    }
}
