//! XAES-256-GCM: AES-256-GCM with nonces of 192 bits, so long that random ones never meet
//! (C2SP, <https://c2sp.org/XAES-256-GCM>).

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use credenza_core::{Error, Result};
use zeroize::Zeroizing;

pub(crate) const NONCE: usize = 24;
pub(crate) const TAG: usize = 16;

/// A key whose schedule is made.
pub(crate) struct Xaes {
    cipher: Aes256,
    /// The first subkey of CMAC (NIST SP 800-38B).
    subkey: u128,
}

impl Xaes {
    pub(crate) fn new(key: &[u8; 32]) -> Xaes {
        let cipher = Aes256::new(&Array::from(*key));
        let mut block = Array::from([0; 16]);
        cipher.encrypt_block(&mut block);
        let first = u128::from_be_bytes(block.into());
        let carried = if first >> 127 == 1 { 0x87 } else { 0 };
        Xaes { cipher, subkey: first << 1 ^ carried }
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

    /// The key and the nonce for AES-256-GCM.
    fn derive(&self, nonce: &[u8; NONCE]) -> Result<(LessSafeKey, Nonce)> {
        let (head, tail) = nonce.split_at(12);
        let mut derived = Zeroizing::new([0; 32]);
        for (half, counter) in derived.chunks_exact_mut(16).zip(1..) {
            let mut message = [0; 16];
            message[1] = counter;
            message[2] = b'X';
            message[4..].copy_from_slice(head);
            let mut block = Array::from((u128::from_be_bytes(message) ^ self.subkey).to_be_bytes());
            self.cipher.encrypt_block(&mut block);
            half.copy_from_slice(&block);
        }
        let key = UnboundKey::new(&AES_256_GCM, &*derived).map_err(|_| failed())?;
        let nonce = Nonce::try_assume_unique_for_key(tail).map_err(|_| failed())?;
        Ok((LessSafeKey::new(key), nonce))
    }
}

fn failed() -> Error {
    Error::internal("the cryptographic library failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The vectors of the specification.
    #[test]
    fn it_is_the_cipher_of_the_specification() {
        let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
        let vectors = [
            ([1; 32], &b""[..], "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            ([3; 32], b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
        ];
        for (key, aad, expected) in vectors {
            let cipher = Xaes::new(&key);
            let mut text = b"XAES-256-GCM".to_vec();
            let tag = cipher.seal(nonce, aad, &mut text).unwrap();
            text.extend(tag);
            assert_eq!(hex(&text), expected);
            assert_eq!(cipher.open(nonce, aad, &mut text).unwrap(), b"XAES-256-GCM");
        }
    }
}
