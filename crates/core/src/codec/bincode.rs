//! Bincode.

use bincode::config::standard;
use bincode::error::DecodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, TRAILING, undecodable, unwritable};
use crate::error::{Error, ErrorKind, Result};

/// What a reader may claim at most: a length in damaged bytes allocates no more.
const LIMIT: usize = 256 << 20;

/// A byte can claim at most so many: the widest number is as long, and one byte may stand for it.
const CLAIM: usize = 16;

/// Bincode 2 in its standard configuration (id 3): for data and applications that have it already; prefer
/// `Postcard`, which is as compact and maintained.
///
/// The bytes do not describe themselves, as with `Postcard`. Values of more than 16 MiB are not written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bincode;

impl Codec for Bincode {
    const ID: u8 = 3;
    const NAME: &'static str = "bincode";

    fn write<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<()> {
        write::<LIMIT, T>(value, out)
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        read::<LIMIT, T>(bytes)
    }
}

/// Writes only what [`read`] accepts with the same limit.
fn write<const LIMIT: usize, T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    let written = bincode::serde::encode_into_std_write(value, out, standard())
        .map_err(|_| unwritable(Bincode::NAME))?;
    if written > LIMIT / CLAIM {
        let message = format!("the value has {written} bytes as bincode; the limit is {}", LIMIT / CLAIM);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(())
}

fn read<const LIMIT: usize, T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match bincode::serde::decode_from_slice(bytes, standard().with_limit::<LIMIT>()) {
        Ok((value, read)) if read == bytes.len() => Ok(value),
        Ok(_) => Err(undecodable(TRAILING)),
        Err(DecodeError::UnexpectedEnd { .. }) => Err(undecodable("it ends too early")),
        Err(DecodeError::LimitExceeded) => Err(undecodable("it claims more than the limit")),
        Err(_) => Err(undecodable("it is not of this type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: usize = 1600;

    #[test]
    fn what_is_written_is_read_up_to_the_limit() {
        // The widest claims: numbers of 16 bytes in one each; two bytes of length and its mark.
        for length in 1..150 {
            let mut out = Vec::new();
            match write::<SMALL, _>(&vec![1_u128; length], &mut out) {
                Ok(()) => assert_eq!(read::<SMALL, Vec<u128>>(&out).unwrap().len(), length),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
                    assert!(out.len() > SMALL / CLAIM);
                }
            }
            assert_eq!(length >= 100, out.len() > SMALL / CLAIM);
        }
    }

    #[test]
    fn a_claim_beyond_the_limit_is_refused_before_it_is_allocated() {
        let bytes = [&[253][..], &(1_u64 << 40).to_le_bytes()].concat();
        let error = read::<SMALL, String>(&bytes).unwrap_err();
        assert_eq!(error.message(), "it claims more than the limit");
    }
}
