//! [`Place`].

use bytes::Bytes;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The key.
    pub key: &'a [u8],
    /// The field of a hash. A string and an item of a list have none; items move within a list.
    pub field: Option<&'a [u8]>,
}

impl<'a> Place<'a> {
    /// What stands for every place.
    pub const ANY: Place<'static> = Place { key: &[], field: None };

    /// A string, or an item of a list.
    pub fn at(key: &'a [u8]) -> Place<'a> {
        Place { key, field: None }
    }

    /// A field of a hash.
    pub fn field(key: &'a [u8], field: &'a [u8]) -> Place<'a> {
        Place { key, field: Some(field) }
    }
}

/// The same, kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) key: Bytes,
    pub(super) field: Option<Bytes>,
}

impl Kept {
    pub(super) fn at(key: &crate::Key) -> Kept {
        Kept { key: key.as_bytes().clone(), field: None }
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place { key: &self.key, field: self.field.as_deref() }
    }
}
