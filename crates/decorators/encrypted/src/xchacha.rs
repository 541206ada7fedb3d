//! XChaCha20-Poly1305: ChaCha20-Poly1305 (RFC 8439) with nonces of 192 bits, as libsodium has it
//! (draft-irtf-cfrg-xchacha-03).

use aws_lc_rs::aead::{CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use chacha20::cipher::array::Array;
use chacha20::{R20, hchacha};
use credenza_core::Result;
use zeroize::Zeroizing;

use crate::aead::{NONCE, failed};

pub(crate) struct XChaCha(Zeroizing<[u8; 32]>);

impl XChaCha {
    pub(crate) fn new(key: &[u8; 32]) -> XChaCha {
        XChaCha(Zeroizing::new(*key))
    }

    /// The key and the nonce for ChaCha20-Poly1305.
    pub(crate) fn derive(&self, nonce: &[u8; NONCE]) -> Result<(LessSafeKey, Nonce)> {
        let (head, tail) = nonce.split_first_chunk::<16>().ok_or_else(failed)?;
        let derived: [u8; 32] = hchacha::<R20>(&Array::from(*self.0), &Array::from(*head)).into();
        let derived = Zeroizing::new(derived);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &*derived).map_err(|_| failed())?;
        let mut nonce = [0; NONCE_LEN];
        nonce[4..].copy_from_slice(tail);
        Ok((LessSafeKey::new(key), Nonce::assume_unique_for_key(nonce)))
    }
}
