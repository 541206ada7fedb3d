//! Bincode.

use bincode::config::{Configuration, Limit, standard};
use bincode::error::DecodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, TRAILING, undecodable, unwritable};
use crate::error::{Error, ErrorKind, Result};

/// What a reader may claim at most: a length in damaged bytes allocates no more.
const LIMIT: usize = 256 << 20;

/// A byte can claim at most so many: the widest number is as long, and one byte may stand for it.
const CLAIM: usize = 16;

const CONFIG: Configuration<bincode::config::LittleEndian, bincode::config::Varint, Limit<LIMIT>> =
    standard().with_limit::<LIMIT>();

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
        let written =
            bincode::serde::encode_into_std_write(value, out, CONFIG).map_err(|_| unwritable(Self::NAME))?;
        if written > LIMIT / CLAIM {
            let message = format!("the value has {written} bytes as bincode; the limit is {}", LIMIT / CLAIM);
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        match bincode::serde::decode_from_slice(bytes, CONFIG) {
            Ok((value, read)) if read == bytes.len() => Ok(value),
            Ok(_) => Err(undecodable(TRAILING)),
            Err(DecodeError::UnexpectedEnd { .. }) => Err(undecodable("it ends too early")),
            Err(DecodeError::LimitExceeded) => Err(undecodable("it claims more than the limit")),
            Err(_) => Err(undecodable("it is not of this type")),
        }
    }
}
