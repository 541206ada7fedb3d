//! Base64, both ways.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use bytes::Bytes;
use credenza_core::Result;
use credenza_core::blob::Body;
use futures_util::{Stream, stream};

/// Takes base64 with padding and without it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a text stands for. White space in it counts for nothing: tools break long lines.
pub(super) fn decode(text: &str) -> Option<Bytes> {
    if !text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return LENIENT.decode(text).ok().map(Bytes::from);
    }
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(dense).ok().map(Bytes::from)
}

/// A text that stands for these bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// How long the text of so many bytes is.
pub(super) const fn encoded_len(bytes: u64) -> u64 {
    bytes.div_ceil(3) * 4
}

/// The text of a body, piece by piece as it is read.
pub(super) fn stream(body: Body) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::try_unfold((Some(body), Vec::new()), |(body, mut rest): (Option<Body>, Vec<u8>)| async move {
        let Some(mut body) = body else { return Ok(None) };
        loop {
            match body.next().await? {
                Some(piece) => {
                    rest.extend_from_slice(&piece);
                    // Three bytes make four characters; what does not make three waits for the next piece.
                    let left = rest.split_off(rest.len() - rest.len() % 3);
                    if !rest.is_empty() {
                        return Ok(Some((Bytes::from(encode(&rest)), (Some(body), left))));
                    }
                    rest = left;
                }
                None if rest.is_empty() => return Ok(None),
                None => return Ok(Some((Bytes::from(encode(&rest)), (None, Vec::new())))),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;

    #[tokio::test]
    async fn pieces_make_one_text() {
        let bytes: Vec<u8> = (0..=255).collect();
        for size in [1, 2, 3, 4, 7, 100, 256] {
            for length in [0, 1, 2, 3, 4, 255, 256] {
                let bytes = &bytes[..length];
                let pieces: Vec<_> =
                    bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
                let pieces: Vec<Bytes> =
                    stream(Body::stream(stream::iter(pieces), None)).try_collect().await.unwrap();
                let text = pieces.concat();
                assert_eq!(text, encode(bytes).into_bytes());
                assert_eq!(text.len() as u64, encoded_len(length as u64));
            }
        }
    }

    #[test]
    fn texts() {
        for (text, expected) in [
            ("", Some(&b""[..])),
            ("SGVsbG8gV29ybGQh", Some(b"Hello World!")),
            ("SGVs\nbG8=\r\n", Some(b"Hello")),
            ("SGVsbG8", Some(b"Hello")),
            ("SGVsbG8==", None),
            ("SGVsbG9", None),
            ("A", None),
            ("a-b_", None),
            ("кот!", None),
        ] {
            assert_eq!(decode(text).as_deref(), expected, "{text}");
        }
    }
}
