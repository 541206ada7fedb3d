//! What the script answers.

use bytes::Bytes;
use credenza_core::semantics::number::parse_f64;
use credenza_core::{Found, Result};

use super::compile::Call;
use crate::decode::int;
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
        let Frame::Array(parts) = frame else { return Err(unexpected()) };
        let mut parts = parts.into_iter();
        let mut next = || parts.next().ok_or_else(unexpected);
        let Frame::Bulk(what) = next()? else { return Err(unexpected()) };
        match &what[..] {
            b"done" => {
                let Frame::Array(replies) = next()? else { return Err(unexpected()) };
                if replies.len() != call.shares.len() {
                    return Err(unexpected());
                }
                let all = replies.into_iter().zip(&call.shares);
                Ok(Outcome::Done(all.flat_map(|(reply, share)| std::iter::repeat_n(reply, *share)).collect()))
            }
            b"check" => {
                let index = index(&next()?)?;
                let Frame::Bulk(found) = next()? else { return Err(unexpected()) };
                let detail = next()?;
                Ok(Outcome::Objected(index, stood(&found, detail)?))
            }
            b"failed" => {
                let index = index(&next()?)?;
                let Frame::Bulk(text) = next()? else { return Err(unexpected()) };
                Ok(Outcome::Failed(index, text))
            }
            _ => Err(unexpected()),
        }
    }
}

fn index(frame: &Frame) -> Result<usize> {
    usize::try_from(int(frame)?).map_err(|_| unexpected())
}

fn stood(found: &[u8], detail: Frame) -> Result<Found> {
    Ok(match (found, detail) {
        (b"absent", _) => Found::Absent,
        (b"present", _) => Found::Present,
        (b"value", Frame::Bulk(value)) => Found::Value(value),
        (b"score", Frame::Bulk(score)) => Found::Score(parse_f64(&score).ok_or_else(unexpected)?),
        (b"length", length) => Found::Length(int(&length)?.try_into().map_err(|_| unexpected())?),
        _ => return Err(unexpected()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &'static str) -> Frame {
        Frame::Bulk(Bytes::from_static(text.as_bytes()))
    }

    fn read(shares: &[usize], parts: Vec<Frame>) -> Result<Outcome> {
        let call = Call { keys: vec![], key_count: Bytes::new(), arguments: vec![], shares: shares.to_vec() };
        Outcome::read(&call, Frame::Array(parts))
    }

    #[test]
    fn answers_are_read() {
        let ok = || Frame::Status("OK".into());
        let done = read(&[1, 2], vec![bulk("done"), Frame::Array(vec![Frame::Nil, ok()])]);
        assert_eq!(done.unwrap(), Outcome::Done(vec![Frame::Nil, ok(), ok()]));
        let check =
            |found, detail| read(&[], vec![bulk("check"), Frame::Int(3), bulk(found), detail]).unwrap();
        assert_eq!(check("absent", bulk("")), Outcome::Objected(3, Found::Absent));
        assert_eq!(check("value", bulk("v")), Outcome::Objected(3, Found::Value("v".into())));
        assert_eq!(check("score", bulk("1.5")), Outcome::Objected(3, Found::Score(1.5)));
        assert_eq!(check("length", Frame::Int(9)), Outcome::Objected(3, Found::Length(9)));
        let failed = read(&[], vec![bulk("failed"), Frame::Int(1), bulk("WRONGTYPE x")]);
        assert_eq!(failed.unwrap(), Outcome::Failed(1, "WRONGTYPE x".into()));
    }

    #[test]
    fn other_answers_are_defects() {
        assert!(read(&[1], vec![bulk("done"), Frame::Array(vec![])]).is_err());
        assert!(read(&[], vec![bulk("check"), Frame::Int(-1), bulk("absent"), bulk("")]).is_err());
        assert!(read(&[], vec![]).is_err());
    }
}
