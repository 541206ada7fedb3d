//! How typed values become bytes.
//!
//! The first stored byte is the id of the codec that wrote the rest, so that a reader knows what it has before it:
//!
//! | id | codec |
//! |---|---|
//! | 0 | none, ever |
//! | 1 | `Json` (feature `json`) |
//! | 2 | `Postcard` (feature `postcard`) |
//! | 3 | `Bincode` (feature `bincode`) |
//! | 4 to 127 | kept for codecs to come |
//! | 128 to 255 | codecs of applications |
//!
//! An id never changes its meaning. A codec reads what it wrote, and also what any built-in codec wrote whose
//! feature is on: an application changes its codec by naming another, and old values stay readable until they are
//! next written.

use std::fmt::Debug;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};

#[cfg(feature = "bincode")]
mod bincode;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "postcard")]
mod postcard;

#[cfg(feature = "bincode")]
pub use self::bincode::Bincode;
#[cfg(feature = "json")]
pub use self::json::Json;
#[cfg(feature = "postcard")]
pub use self::postcard::Postcard;

/// Turns values into bytes and back. Applications call [`Codec::encode`] and [`Codec::decode`]; a codec implements
/// [`Codec::write`] and [`Codec::read`], which never see the id.
pub trait Codec: Clone + Debug + Send + Sync + 'static {
    /// The first byte of everything it writes; from 128 on for a codec of an application.
    const ID: u8;

    /// Its name, for error messages.
    const NAME: &'static str;

    /// Appends the bytes of a value, without the id.
    ///
    /// # Errors
    /// `InvalidArgument` if the codec cannot write such a value, `LimitExceeded` if it would not read it back. The
    /// text must not show the value, and neither may that of a source.
    fn write<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<()>;

    /// Reads what [`Codec::write`] wrote, and all of it.
    ///
    /// # Errors
    /// `Decode` for anything else. The text must not show the bytes, and neither may that of a source.
    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T>;

    /// The bytes to store: the id, then the value.
    ///
    /// ```
    /// # #[cfg(feature = "json")] {
    /// use credenza_core::codec::{Codec, Json};
    ///
    /// let stored = Json.encode(&("visits", 3))?;
    /// assert_eq!(stored, &b"\x01[\"visits\",3]"[..]);
    /// assert_eq!(Json.decode::<(String, u32)>(&stored)?, ("visits".to_owned(), 3));
    /// # }
    /// # Ok::<(), credenza_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Codec::write`].
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes> {
        let mut out = vec![Self::ID];
        self.write(value, &mut out)?;
        Ok(Bytes::from(out))
    }

    /// Reads stored bytes: those of this codec and of every built-in one.
    ///
    /// # Errors
    /// `Decode` if there is no id, the id is unknown, or the bytes after it are not of this type, are too few or
    /// too many. The text says which codec was expected and which id was found.
    fn decode<T: DeserializeOwned>(&self, stored: &[u8]) -> Result<T> {
        let Some((id, bytes)) = stored.split_first() else {
            return Err(Error::new(
                ErrorKind::Decode,
                format!("expected {} ({}), found no bytes", Self::NAME, Self::ID),
            ));
        };
        let read = if *id == Self::ID { self.read(bytes) } else { read_built_in(*id, bytes) };
        read.map_err(|error| {
            let text = format!("expected {} ({}), found id {id}: {}", Self::NAME, Self::ID, error.message());
            Error::new(ErrorKind::Decode, text)
        })
    }
}

#[allow(unused_variables, reason = "without any codec nothing is read")]
fn read_built_in<T: DeserializeOwned>(id: u8, bytes: &[u8]) -> Result<T> {
    match id {
        #[cfg(feature = "json")]
        Json::ID => Json.read(bytes),
        #[cfg(feature = "postcard")]
        Postcard::ID => Postcard.read(bytes),
        #[cfg(feature = "bincode")]
        <Bincode as Codec>::ID => Bincode.read(bytes),
        _ => Err(undecodable("no codec of this build has that id")),
    }
}

/// Bytes that a codec did not write.
fn undecodable(why: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Decode, why)
}

/// A value that a codec cannot write. The cause is left out: its text may show the value.
#[cfg(any(feature = "json", feature = "postcard", feature = "bincode"))]
fn unwritable(codec: &'static str) -> Error {
    Error::invalid(format!("the value cannot be written as {codec}"))
}

#[cfg(any(feature = "postcard", feature = "bincode"))]
const TRAILING: &str = "bytes are left at the end";
