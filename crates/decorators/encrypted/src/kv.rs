//! [`Encrypted`].

use bytes::Bytes;
use credenza_core::transform::{Place, Transform, Transformed};
use credenza_core::{
    Capabilities, CommandSet, Context, Error, ErrorKind, Execution, KvStore, Request, Result, StoreInfo,
};

use crate::commands;
use crate::config::EncryptedConfig;
use crate::envelope::OVERHEAD;
use crate::keyring::{Keyring, Sealers};
use crate::names::Names;

pub(crate) const NAME: &str = "encrypted";

/// A store whose values are encrypted on their way in and decrypted on their way out, with XAES-256-GCM or
/// [another cipher](crate::Cipher).
///
/// # What is protected
/// The values of strings, of the fields of hashes and of lists: nobody without the key reads one, changes one, or puts one in
/// the place of another, in this store or in another namespace. A value is bound to its key and its field; an item of a list to
/// the key alone, for it moves: items of one list can be exchanged, doubled and left out, and any value can be replaced
/// by an older one of the same place. Keys, times to live, the lengths of values and, if sets are allowed, scores are
/// readable, and so are fields and members, unless [`Fields::Deterministic`](crate::Fields::Deterministic) and
/// [`Members::Deterministic`](crate::Members::Deterministic) encrypt them.
///
/// The same value never looks the same: nonces are random and have 192 bits, so that no number of values endangers
/// a key. The stored form is 77 bytes longer than the value.
///
/// # What is refused
/// Commands that look into values (`STRLEN`, `GETRANGE`, `APPEND`, `INCRBY`, …), that compare them (`SETIFEQUAL`, `LREM`, …) or move them
/// to another key (`RENAME`, `COPY`, `LMOVE`); sets and sorted sets, unless [`Members`](crate::Members) allows them.
/// They leave the capabilities. Checks of values and of the lengths of strings in atomic batches are honoured, at the price of a
/// read before: what stands there is opened and compared, and the check is then that it still stands there.
///
/// # Errors
/// `Corrupt` for a value that was changed, that belongs elsewhere, is not encrypted, or whose key the ring does not have:
/// never a value that is missing.
#[derive(Debug)]
pub struct Encrypted<S>(Transformed<Names<S>, Sealed>);

impl<S: KvStore> Encrypted<S> {
    /// `inner`, encrypted with the keys of a ring.
    ///
    /// # Errors
    /// `InvalidArgument` if the store below takes no value that is long enough for an empty one, or fields or members are to be
    /// encrypted and the ring has no key for them.
    pub fn new(inner: S, keys: Keyring, config: EncryptedConfig) -> Result<Encrypted<S>> {
        if inner.capabilities().limits.value < OVERHEAD {
            return Err(Error::invalid("the store below takes no values that are long enough"));
        }
        let names = Names::new(inner, &keys, &config)?;
        let sealers = Sealers::new(&keys, &config)?;
        Ok(Encrypted(Transformed::new(
            names,
            Sealed { sealers, commands: commands::honoured(config.members) },
        )))
    }

    /// The store below, with its fields and members readable.
    pub(crate) fn inner(&self) -> &Names<S> {
        self.0.inner()
    }

    pub(crate) fn sealers(&self) -> &Sealers {
        &self.0.transform().sealers
    }
}

/// How values are encrypted.
#[derive(Debug)]
struct Sealed {
    sealers: Sealers,
    commands: CommandSet,
}

impl Transform for Sealed {
    const NAME: &'static str = NAME;
    const BOUND: bool = true;

    fn commands(&self) -> CommandSet {
        self.commands
    }

    fn longest(&self, limit: usize) -> usize {
        limit.saturating_sub(OVERHEAD)
    }

    fn store(&self, place: Place<'_>, value: &Bytes) -> Result<Bytes> {
        self.sealers.seal(place, value)
    }

    fn read(&self, place: Place<'_>, stored: &Bytes) -> Result<Bytes> {
        self.sealers.open(place, stored)
    }
}

impl<S: KvStore> KvStore for Encrypted<S> {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        self.0.execute(cx, request)
    }
}

/// An error of this layer that says that trying again may help.
pub(crate) fn busy(message: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, message)
}
