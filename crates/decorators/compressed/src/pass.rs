//! What was compressed already.

/// How it begins: gzip, Zstandard, xz, bzip2, 7z, LZ4's frames, zip, PNG, JPEG, GIF, Ogg, Matroska.
const BEGINNINGS: [&[u8]; 12] = [
    &[0x1F, 0x8B],
    &[0x28, 0xB5, 0x2F, 0xFD],
    &[0xFD, b'7', b'z', b'X', b'Z'],
    b"BZh",
    &[b'7', b'z', 0xBC, 0xAF],
    &[0x04, 0x22, 0x4D, 0x18],
    b"PK\x03\x04",
    &[0x89, b'P', b'N', b'G'],
    &[0xFF, 0xD8, 0xFF],
    b"GIF8",
    b"OggS",
    &[0x1A, 0x45, 0xDF, 0xA3],
];

/// Whether a value was compressed already.
pub(crate) fn is_compressed(value: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| value.starts_with(beginning))
        || value.get(4..8).is_some_and(|kind| kind == b"ftyp")
        || value.get(8..12).is_some_and(|kind| kind == b"WEBP")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_films_and_archives_are_told_from_text() {
        for compressed in [
            &[0x1F, 0x8B, 8][..],
            &[0x28, 0xB5, 0x2F, 0xFD, 4],
            b"\x89PNG\r\n",
            b"\xFF\xD8\xFF\xE0",
            b"PK\x03\x04rest",
            b"\0\0\0\x18ftypmp42",
            b"RIFF\0\0\0\0WEBPVP8 ",
        ] {
            assert!(is_compressed(compressed), "{compressed:?}");
        }
        for other in [&b""[..], b"{\"a\":1}", b"PK", b"RIFF\0\0\0\0WAVEfmt ", b"BZ", b"GIF"] {
            assert!(!is_compressed(other), "{other:?}");
        }
    }
}
