//! XAES-256-GCM: AES-256-GCM with nonces of 192 bits, so long that random ones never meet
//! (C2SP, <https://c2sp.org/XAES-256-GCM>).

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, Nonce, UnboundKey};
use credenza_core::Result;
use zeroize::Zeroizing;

use crate::aead::{NONCE, failed};

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

    /// The key and the nonce for AES-256-GCM.
    pub(crate) fn derive(&self, nonce: &[u8; NONCE]) -> Result<(LessSafeKey, Nonce)> {
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
