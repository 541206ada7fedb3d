//! What the script answers.

use bytes::Bytes;
use credenza_core::semantics::number::parse_f64;
use credenza_core::{Found, Result};

use super::compile::Call;
use crate::error::unexpected;
use crate::wire::Frame;

/// What became of a batch.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It was applied; a reply for each command.
    Done(Vec<Frame>),
    /// A check did not hold: which, and what stood there.
    Objected(usize, Found),
    /// A command failed: which, and the server's words.
    Failed(usize, Bytes),
}

impl Outcome {
    /// Reads the answer to a call.
    pub(crate) fn read(call: &Call, frame: Frame) -> Result<Outcome> {
        match frame {
            Frame::Array(replies) if replies.len() == call.shares.len() => {
                let all = replies.into_iter().zip(&call.shares);
                Ok(Outcome::Done(all.flat_map(|(reply, share)| std::iter::repeat_n(reply, *share)).collect()))
            }
            Frame::Bulk(text) => refused(&text).ok_or_else(unexpected),
            _ => Err(unexpected()),
        }
    }
}

/// Reads `check INDEX FOUND DETAIL` and `failed INDEX ERROR`.
fn refused(text: &Bytes) -> Option<Outcome> {
    let (what, rest) = word(text)?;
    let (index, rest) = word(rest)?;
    let index = std::str::from_utf8(index).ok()?.parse().ok()?;
    match what {
        b"failed" => Some(Outcome::Failed(index, text.slice_ref(rest))),
        b"check" => {
            let (found, detail) = word(rest)?;
            let number = || std::str::from_utf8(detail).ok();
            let found = match found {
                b"absent" => Found::Absent,
                b"present" => Found::Present,
                b"value" => Found::Value(text.slice_ref(detail)),
                b"score" => Found::Score(parse_f64(detail)?),
                b"length" => Found::Length(number()?.parse().ok()?),
                _ => return None,
            };
            Some(Outcome::Objected(index, found))
        }
        _ => None,
    }
}

/// What stands before the first space, and after it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| *byte == b' ')?;
    Some((&text[..end], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &'static str) -> Frame {
        Frame::Bulk(Bytes::from_static(text.as_bytes()))
    }

    fn read(shares: &[usize], frame: Frame) -> Result<Outcome> {
        let call = Call { keys: vec![], key_count: Bytes::new(), arguments: vec![], shares: shares.to_vec() };
        Outcome::read(&call, frame)
    }

    #[test]
    fn answers_are_read() {
        let ok = || Frame::Status("OK".into());
        let done = read(&[1, 2], Frame::Array(vec![Frame::Nil, ok()]));
        assert_eq!(done.unwrap(), Outcome::Done(vec![Frame::Nil, ok(), ok()]));
        let refused = |text| read(&[], bulk(text)).unwrap();
        assert_eq!(refused("check 3 absent "), Outcome::Objected(3, Found::Absent));
        assert_eq!(refused("check 3 value a b "), Outcome::Objected(3, Found::Value("a b ".into())));
        assert_eq!(refused("check 0 score 1.5"), Outcome::Objected(0, Found::Score(1.5)));
        assert_eq!(refused("check 12 length 9"), Outcome::Objected(12, Found::Length(9)));
        assert_eq!(refused("failed 1 WRONGTYPE x"), Outcome::Failed(1, "WRONGTYPE x".into()));
    }

    #[test]
    fn other_answers_are_defects() {
        assert!(read(&[1], Frame::Array(vec![])).is_err());
        assert!(read(&[], Frame::Int(1)).is_err());
        for wrong in ["", "check", "check x absent ", "check 1 absent", "check 1 gone ", "done 1 "] {
            assert!(read(&[], bulk(wrong)).is_err(), "{wrong}");
        }
    }
}
