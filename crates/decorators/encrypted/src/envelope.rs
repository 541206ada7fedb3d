//! What is stored in the place of a value.
//!
//! ```text
//! format: 1 byte   key: 4   commitment: 32   nonce: 24   ciphertext: as long as the value   tag: 16
//! ```
//!
//! The format is 1 for XAES-256-GCM and 2 for XChaCha20-Poly1305. The commitment is derived from the key together with the one that encrypts: neither binds a text
//! to its key, and somebody who knows two keys could make a text that both open.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use bytes::{Bytes, BytesMut};
use credenza_core::transform::Place;
use credenza_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use crate::aead::{Aead, NONCE, TAG};
use crate::config::Cipher;
use crate::secret::SecretKey;

/// The formats, in the order of their numbers, which begin with 1.
const FORMATS: [Cipher; 2] = [Cipher::Xaes256Gcm, Cipher::XChaCha20Poly1305];
const COMMITMENT: usize = 32;
const HEADER: usize = 1 + 4 + COMMITMENT;

/// How much longer an envelope is than the value in it.
pub(crate) const OVERHEAD: usize = HEADER + NONCE + TAG;

/// A key of the ring, made ready for one namespace.
pub(crate) struct Sealer {
    id: u32,
    /// What encrypts: one of the forms.
    cipher: Cipher,
    forms: [Form; FORMATS.len()],
}

/// One format under one key.
struct Form {
    header: [u8; HEADER],
    aead: Aead,
}

struct Derived;

impl KeyType for Derived {
    fn len(&self) -> usize {
        32 + COMMITMENT
    }
}

impl Form {
    /// Derives what encrypts and what commits (HKDF, RFC 5869).
    fn new(cipher: Cipher, id: u32, key: &SecretKey, namespace: &str) -> Result<Form> {
        let failed = |_| Error::internal("a key cannot be derived");
        let format = cipher.format();
        let extracted = Salt::new(HKDF_SHA256, b"credenza-encrypted").extract(key.expose());
        let info = [&[format], &id.to_be_bytes()[..], namespace.as_bytes()];
        let mut derived = Zeroizing::new([0; 32 + COMMITMENT]);
        extracted.expand(&info, Derived).and_then(|okm| okm.fill(&mut *derived)).map_err(failed)?;
        let mut header = [0; HEADER];
        header[0] = format;
        header[1..5].copy_from_slice(&id.to_be_bytes());
        header[5..].copy_from_slice(&derived[32..]);
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&derived[..32]);
        Ok(Form { header, aead: Aead::new(cipher, &key) })
    }
}

impl Sealer {
    pub(crate) fn new(cipher: Cipher, id: u32, key: &SecretKey, namespace: &str) -> Result<Sealer> {
        let [xaes, xchacha] = FORMATS.map(|cipher| Form::new(cipher, id, key, namespace));
        Ok(Sealer { id, cipher, forms: [xaes?, xchacha?] })
    }

    fn form(&self, format: u8) -> Option<&Form> {
        self.forms.get(usize::from(format).checked_sub(1)?)
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Bytes> {
        let form = self.form(self.cipher.format()).ok_or_else(no_envelope)?;
        let mut nonce = [0; NONCE];
        fill(&mut nonce);
        let mut out = BytesMut::with_capacity(OVERHEAD + value.len());
        out.extend_from_slice(&form.header);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(value);
        let tag = form.aead.seal(&nonce, &aad(form, place), &mut out[HEADER + NONCE..])?;
        out.extend_from_slice(&tag);
        Ok(out.freeze())
    }

    pub(crate) fn open(&self, place: Place<'_>, envelope: &Bytes) -> Result<Bytes> {
        let (header, rest) = envelope.split_at_checked(HEADER).ok_or_else(no_envelope)?;
        let nonce: &[u8; NONCE] = rest.first_chunk().ok_or_else(no_envelope)?;
        if rest.len() < NONCE + TAG {
            return Err(no_envelope());
        }
        let form = self.form(header[0]).ok_or_else(no_envelope)?;
        if verify_slices_are_equal(header, &form.header).is_err() {
            return Err(corrupt(
                "a value was encrypted with another key of the same number, or for another namespace",
            ));
        }
        let mut text = BytesMut::from(&rest[NONCE..]);
        let length = text.len() - TAG;
        if form.aead.open(nonce, &aad(form, place), &mut text).is_none() {
            return Err(corrupt("a value was changed, or belongs to another key or field"));
        }
        text.truncate(length);
        Ok(text.freeze())
    }
}

fn aad(form: &Form, place: Place<'_>) -> Vec<u8> {
    let mut aad = Vec::with_capacity(128);
    aad.extend_from_slice(&form.header[..5]);
    // What stands first says how long the key is, so that no two places look the same.
    aad.push(u8::from(place.field.is_some()));
    aad.extend_from_slice(&(place.key.len() as u64).to_be_bytes());
    aad.extend_from_slice(place.key);
    aad.extend_from_slice(place.field.unwrap_or_default());
    aad
}

/// Which key of the ring an envelope was made with.
pub(crate) fn key_of(envelope: &[u8]) -> Result<u32> {
    match envelope {
        [1..=2, one, two, three, four, rest @ ..] if rest.len() >= OVERHEAD - 5 => {
            Ok(u32::from_be_bytes([*one, *two, *three, *four]))
        }
        [0 | 3.., rest @ ..] if rest.len() >= OVERHEAD - 1 => Err(Error::new(
            ErrorKind::NewerFormat,
            "a value is not encrypted, or in a format that this version does not know",
        )),
        _ => Err(no_envelope()),
    }
}

#[cold]
pub(crate) fn unknown_key(what: &str, number: u32) -> Error {
    let message = format!("{what} was encrypted with key {number}, which the ring does not have");
    Error::new(ErrorKind::Corrupt, message)
}

#[cold]
fn no_envelope() -> Error {
    corrupt("a value is not encrypted, or a part of it is missing")
}

#[cold]
pub(crate) fn corrupt(message: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

/// Nonces come from the thread's generator, which is a cryptographic one that the system seeds.
#[allow(clippy::disallowed_methods, reason = "a nonce that a test could repeat would be no nonce")]
pub(crate) fn fill(nonce: &mut [u8]) {
    use rand::Rng;
    rand::rng().fill_bytes(nonce);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(id: u32, byte: u8, namespace: &str) -> Sealer {
        Sealer::new(Cipher::default(), id, &SecretKey::from_bytes([byte; 32]), namespace).unwrap()
    }

    /// The same with either cipher.
    fn both() -> [Sealer; 2] {
        FORMATS.map(|cipher| Sealer::new(cipher, 1, &SecretKey::from_bytes([7; 32]), "").unwrap())
    }

    fn at(key: &str) -> Place<'_> {
        Place::at(key.as_bytes())
    }

    #[test]
    fn what_was_sealed_is_opened_where_it_stands_and_nowhere_else() {
        let field = |key: &'static str, field: &'static str| Place::field(key.as_bytes(), field.as_bytes());
        for sealer in both() {
            for value in [&b""[..], b"v", &[0; 5000]] {
                let envelope = sealer.seal(at("k"), value).unwrap();
                assert_eq!(envelope.len(), value.len() + OVERHEAD);
                assert_eq!(sealer.open(at("k"), &envelope).unwrap(), value);
                for elsewhere in [at("l"), at(""), at("k\0"), field("k", ""), field("", "k")] {
                    assert_eq!(sealer.open(elsewhere, &envelope).unwrap_err().kind(), ErrorKind::Corrupt);
                }
            }
            let envelope = sealer.seal(field("ab", "c"), b"v").unwrap();
            assert!(sealer.open(field("a", "bc"), &envelope).is_err());
            assert_eq!(sealer.open(field("ab", "c"), &envelope).unwrap(), "v");
        }
    }

    #[test]
    fn no_bit_can_be_changed_and_no_byte_left_out() {
        for sealer in both() {
            let envelope = sealer.seal(at("k"), b"value").unwrap();
            for bit in 0..envelope.len() * 8 {
                let mut changed = envelope.to_vec();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(sealer.open(at("k"), &changed.into()).is_err(), "bit {bit}");
            }
            for length in 0..envelope.len() {
                assert!(sealer.open(at("k"), &envelope.slice(..length)).is_err(), "{length} bytes");
            }
        }
    }

    #[test]
    fn each_cipher_opens_what_the_other_sealed() {
        let [xaes, xchacha] = both();
        for (one, other) in [(&xaes, &xchacha), (&xchacha, &xaes)] {
            let envelope = one.seal(at("k"), b"value").unwrap();
            assert_eq!(other.open(at("k"), &envelope).unwrap(), "value");
        }
    }

    #[test]
    fn keys_numbers_and_namespaces_are_all_bound() {
        let envelope = sealer(1, 7, "").seal(at("k"), b"value").unwrap();
        for other in [sealer(2, 7, ""), sealer(1, 8, ""), sealer(1, 7, "n")] {
            let error = other.open(at("k"), &envelope).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert!(error.message().contains("another key"), "told before anything is decrypted");
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let sealer = sealer(1, 7, "");
        let all: std::collections::HashSet<Bytes> =
            (0..1000).map(|_| sealer.seal(at("k"), b"value").unwrap()).collect();
        assert_eq!(all.len(), 1000);
    }
}
