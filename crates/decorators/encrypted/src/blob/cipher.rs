//! The cipher of one object.

use aws_lc_rs::aead::{
    AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use bytes::{Bytes, BytesMut};
use credenza_core::blob::BlobKey;
use credenza_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::format::HEADER;
use crate::config::EncryptedConfig;
use crate::envelope::corrupt;
use crate::secret::SecretKey;

/// The formats, in the order of their numbers, which begin with 1.
const ALGORITHMS: [&Algorithm; 2] = [&AES_256_GCM, &CHACHA20_POLY1305];
const SALT: usize = 32;
const COMMITMENT: usize = 32;

struct Derived;

impl KeyType for Derived {
    fn len(&self) -> usize {
        32 + COMMITMENT
    }
}

/// A key of the ring, from which those of objects are derived.
pub(crate) struct ObjectKeys {
    id: u32,
    format: u8,
    namespace: Box<[u8]>,
    prk: Prk,
}

impl ObjectKeys {
    pub(crate) fn new(id: u32, key: &SecretKey, config: &EncryptedConfig) -> ObjectKeys {
        let prk = Salt::new(HKDF_SHA256, b"credenza-encrypted objects").extract(key.expose());
        ObjectKeys { id, format: config.cipher.format(), namespace: config.namespace.as_bytes().into(), prk }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// For a new object: its header, and its cipher.
    pub(crate) fn create(&self, place: &BlobKey) -> Result<(Bytes, ObjectCipher)> {
        let mut salt = [0; SALT];
        crate::envelope::fill(&mut salt);
        let (cipher, commitment) = self.derive(self.format, &salt, place)?;
        let mut header = Vec::with_capacity(HEADER as usize);
        header.push(self.format);
        header.extend_from_slice(&self.id.to_be_bytes());
        header.extend_from_slice(&salt);
        header.extend_from_slice(&*commitment);
        Ok((header.into(), cipher))
    }

    /// For the object of a header, which names this key.
    pub(crate) fn open(&self, header: &[u8], place: &BlobKey) -> Result<ObjectCipher> {
        let (format, rest) = header.split_first().ok_or_else(foreign)?;
        let (salt, committed) =
            rest.get(4..).and_then(|rest| rest.split_first_chunk()).ok_or_else(foreign)?;
        let (cipher, commitment) = self.derive(*format, salt, place)?;
        match verify_slices_are_equal(committed, &*commitment) {
            Ok(()) => Ok(cipher),
            Err(_) => Err(corrupt(
                "an object was encrypted with another key of the same number, or for another namespace",
            )),
        }
    }

    fn derive(
        &self,
        format: u8,
        salt: &[u8; SALT],
        place: &BlobKey,
    ) -> Result<(ObjectCipher, Zeroizing<[u8; COMMITMENT]>)> {
        let failed = |_| Error::internal("a key cannot be derived");
        let algorithm = usize::from(format).checked_sub(1).and_then(|index| ALGORITHMS.get(index));
        let info = [&[format], &self.id.to_be_bytes()[..], salt, &self.namespace];
        let mut derived = Zeroizing::new([0; 32 + COMMITMENT]);
        self.prk.expand(&info, Derived).and_then(|okm| okm.fill(&mut *derived)).map_err(failed)?;
        let mut commitment = Zeroizing::new([0; COMMITMENT]);
        commitment.copy_from_slice(&derived[32..]);
        let key = UnboundKey::new(algorithm.ok_or_else(foreign)?, &derived[..32]).map_err(failed)?;
        let mut aad = vec![format];
        aad.extend_from_slice(&self.id.to_be_bytes());
        aad.extend_from_slice(place.as_str().as_bytes());
        Ok((ObjectCipher { key: LessSafeKey::new(key), aad }, commitment))
    }
}

/// Which key of the ring an object was encrypted with.
pub(crate) fn key_of(header: &[u8]) -> Result<u32> {
    match header {
        [1..=2, one, two, three, four, ..] if header.len() == HEADER as usize => {
            Ok(u32::from_be_bytes([*one, *two, *three, *four]))
        }
        _ if header.len() == HEADER as usize => Err(Error::new(
            ErrorKind::NewerFormat,
            "an object is not encrypted, or in a format that this version does not know",
        )),
        _ => Err(foreign()),
    }
}

/// Encrypts and decrypts the blocks of one object.
pub(crate) struct ObjectCipher {
    key: LessSafeKey,
    aad: Vec<u8>,
}

impl ObjectCipher {
    /// Encrypts a block in place, and puts its tag at the end.
    pub(crate) fn seal(&self, block: u64, last: bool, text: &mut BytesMut) -> Result<()> {
        let tag = self.key.seal_in_place_separate_tag(nonce(block, last), Aad::from(&self.aad), text);
        text.extend_from_slice(tag.map_err(|_| Error::internal("a block cannot be encrypted"))?.as_ref());
        Ok(())
    }

    /// Decrypts a block with its tag.
    pub(crate) fn open(&self, block: u64, last: bool, mut sealed: BytesMut) -> Result<Bytes> {
        let opened = self.key.open_in_place(nonce(block, last), Aad::from(&self.aad), &mut sealed);
        let length =
            opened.map_err(|_| corrupt("an object was changed or cut off, or belongs to another key"))?.len();
        sealed.truncate(length);
        Ok(sealed.freeze())
    }
}

fn nonce(block: u64, last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[3..11].copy_from_slice(&block.to_be_bytes());
    nonce[11] = u8::from(last);
    Nonce::assume_unique_for_key(nonce)
}

#[cold]
pub(crate) fn foreign() -> Error {
    corrupt("an object is not encrypted, or a part of it is missing")
}

impl std::fmt::Debug for ObjectKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectKeys").field("id", &self.id).finish_non_exhaustive()
    }
}
