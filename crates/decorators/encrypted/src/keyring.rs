//! [`Keyring`].

use std::collections::BTreeMap;

use bytes::Bytes;
use credenza_core::transform::Place;
use credenza_core::{Error, Result};

use crate::config::EncryptedConfig;
use crate::envelope::{Sealer, key_of, unknown_key};
use crate::secret::SecretKey;

/// Keys by their numbers: one that encrypts, and others that only open what they encrypted before.
///
/// A number is stored with every value, so a key keeps its number for ever and a number is never given to another key.
#[derive(Clone, Debug)]
pub struct Keyring {
    active: u32,
    keys: BTreeMap<u32, SecretKey>,
    names: Option<SecretKey>,
}

impl Keyring {
    /// A ring whose only key encrypts.
    pub fn new(number: u32, key: SecretKey) -> Keyring {
        Keyring { active: number, keys: BTreeMap::from([(number, key)]), names: None }
    }

    /// The same with a key that only opens.
    ///
    /// # Errors
    /// `InvalidArgument` if the ring has a key of that number.
    pub fn with_old(mut self, number: u32, key: SecretKey) -> Result<Keyring> {
        match self.keys.insert(number, key) {
            None => Ok(self),
            Some(_) => Err(Error::invalid(format!("the ring has a key of the number {number} already"))),
        }
    }

    /// The same with the key for fields and members, if they are encrypted ([`Members::Deterministic`](crate::Members::Deterministic),
    /// [`Fields::Deterministic`](crate::Fields::Deterministic)).
    ///
    /// It is another than those of the ring and is never changed: a name that was written under another key would not be found. To
    /// change it, copy everything into a store that has the new one.
    #[must_use]
    pub fn with_names(mut self, key: SecretKey) -> Keyring {
        self.names = Some(key);
        self
    }

    pub(crate) fn names(&self) -> Option<&SecretKey> {
        self.names.as_ref()
    }

    /// The one that encrypts, and the others.
    pub(crate) fn split(&self) -> Result<(Numbered<'_>, Vec<Numbered<'_>>)> {
        let key = self.keys.get(&self.active).ok_or_else(|| Error::internal("a ring without its key"))?;
        let old = self.keys.iter().filter(|(number, _)| **number != self.active);
        Ok(((self.active, key), old.map(|(number, key)| (*number, key)).collect()))
    }
}

/// A key and its number.
pub(crate) type Numbered<'a> = (u32, &'a SecretKey);

/// A ring made ready for one namespace.
pub(crate) struct Sealers {
    active: Sealer,
    old: Vec<Sealer>,
}

impl Sealers {
    pub(crate) fn new(ring: &Keyring, config: &EncryptedConfig) -> Result<Sealers> {
        let sealer =
            |number: u32, key: &SecretKey| Sealer::new(config.cipher, number, key, &config.namespace);
        let ((number, key), old) = ring.split()?;
        let old = old.into_iter().map(|(number, key)| sealer(number, key));
        Ok(Sealers { active: sealer(number, key)?, old: old.collect::<Result<_>>()? })
    }

    #[inline]
    pub(crate) fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Bytes> {
        self.active.seal(place, value)
    }

    #[inline]
    pub(crate) fn open(&self, place: Place<'_>, envelope: &Bytes) -> Result<Bytes> {
        let number = key_of(envelope)?;
        let sealer = std::iter::once(&self.active).chain(&self.old).find(|sealer| sealer.id() == number);
        sealer.ok_or_else(|| unknown_key("a value", number))?.open(place, envelope)
    }

    /// Whether it was made with a key that only opens.
    pub(crate) fn is_old(&self, envelope: &[u8]) -> bool {
        key_of(envelope).is_ok_and(|number| number != self.active.id())
    }
}

impl std::fmt::Debug for Sealers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let old: Vec<u32> = self.old.iter().map(Sealer::id).collect();
        f.debug_struct("Sealers").field("active", &self.active.id()).field("old", &old).finish()
    }
}
