//! Authenticated encryption under nonces that are drawn at random: they have 192 bits, so no two are ever the same.

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use credenza_core::{Error, Result};

use crate::config::Cipher;
use crate::xaes::Xaes;
use crate::xchacha::XChaCha;

pub(crate) const NONCE: usize = 24;
pub(crate) const TAG: usize = 16;

/// A key for one cipher. Each derives a key of its library's cipher for every nonce.
pub(crate) enum Aead {
    Xaes(Box<Xaes>),
    XChaCha(XChaCha),
}

impl Aead {
    pub(crate) fn new(cipher: Cipher, key: &[u8; 32]) -> Aead {
        match cipher {
            Cipher::Xaes256Gcm => Aead::Xaes(Box::new(Xaes::new(key))),
            Cipher::XChaCha20Poly1305 => Aead::XChaCha(XChaCha::new(key)),
        }
    }

    fn derive(&self, nonce: &[u8; NONCE]) -> Result<(LessSafeKey, Nonce)> {
        match self {
            Aead::Xaes(cipher) => cipher.derive(nonce),
            Aead::XChaCha(cipher) => cipher.derive(nonce),
        }
    }

    /// Encrypts in place; gives the tag.
    pub(crate) fn seal(&self, nonce: &[u8; NONCE], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG]> {
        let (key, nonce) = self.derive(nonce)?;
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), text).map_err(|_| failed())?;
        tag.as_ref().try_into().map_err(|_| failed())
    }

    /// Decrypts a text with its tag at the end in place; `None` if it is not what was encrypted.
    pub(crate) fn open<'a>(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        text: &'a mut [u8],
    ) -> Option<&'a mut [u8]> {
        let (key, nonce) = self.derive(nonce).ok()?;
        key.open_in_place(nonce, Aad::from(aad), text).ok()
    }
}

#[cold]
pub(crate) fn failed() -> Error {
    Error::internal("the cryptographic library failed")
}

#[cfg(test)]
mod tests;
