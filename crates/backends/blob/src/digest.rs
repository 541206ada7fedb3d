//! MD5.

use md5::{Digest, Md5};

/// The MD5 of what it was shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Md5Sum(Md5);

impl Md5Sum {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 16] {
        self.0.finalize().into()
    }

    pub(crate) fn of(bytes: &[u8]) -> [u8; 16] {
        Md5::digest(bytes).into()
    }
}
