//! What can be set.

/// How a store is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncryptedConfig {
    /// What belongs together: each namespace has a key of its own, derived from those of the ring, and no value of one
    /// can be read in another. Empty by default.
    pub namespace: String,
    /// What becomes of the members of sets and sorted sets.
    pub members: Members,
    /// What becomes of the fields of hashes.
    pub fields: Fields,
    /// What values and contents are encrypted with. All that was ever written is read, whatever is set.
    pub cipher: Cipher,
}

/// What values and contents are encrypted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cipher {
    /// XAES-256-GCM for values and AES-256-GCM for contents: quickest where the processor has instructions for AES.
    #[default]
    Xaes256Gcm,
    /// XChaCha20-Poly1305 for values and ChaCha20-Poly1305 for contents: quicker where it has none, and without tables that
    /// could leak through caches there.
    XChaCha20Poly1305,
}

impl Cipher {
    /// Its number in what is stored.
    pub(crate) fn format(self) -> u8 {
        match self {
            Cipher::Xaes256Gcm => 1,
            Cipher::XChaCha20Poly1305 => 2,
        }
    }
}

/// What becomes of the members of sets and sorted sets. A store finds a member by its bytes, so that it cannot be
/// encrypted as a value is, differently each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Members {
    /// Commands on sets and sorted sets are refused.
    #[default]
    Refused,
    /// Members are kept as they are, readable for whoever reads the store, as keys are.
    Readable,
    /// Members are encrypted so that the same member always looks the same, with the key of
    /// [`Keyring::with_names`](crate::Keyring::with_names).
    ///
    /// Whoever reads the store learns which sets have members in common, how long members are and which scores they have;
    /// and whoever writes to it can put a member of one set into another. Members of equal scores stand in an order
    /// of their own. The commands that ask for an order of members (`ZLEXCOUNT`, `ZREMRANGEBYLEX`, `BYLEX`) are refused.
    Deterministic,
}

/// What becomes of the fields of hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fields {
    /// Fields are kept as they are, readable for whoever reads the store, as keys are.
    #[default]
    Readable,
    /// Fields are encrypted so that the same field of the same hash always looks the same, with the key of
    /// [`Keyring::with_names`](crate::Keyring::with_names).
    ///
    /// Whoever reads the store learns how long they are, and whether a field that was deleted came back.
    Deterministic,
}
