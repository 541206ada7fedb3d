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
}

/// What becomes of the members of sets and sorted sets. A store finds a member by its bytes, so that it cannot be
/// encrypted as a value is, differently each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Members {
    /// Commands on sets and sorted sets are refused.
    #[default]
    Refused,
    /// Members are kept as they are, readable for whoever reads the store, as keys and fields are.
    Readable,
}
