//! The settings of `encrypted`.

use credenza_core::{Blob, Error, Kv, Result};
use credenza_encrypted::{Cipher, EncryptedConfig, Fields, Keyring, Members};
use serde::Deserialize;

use super::super::keys::{KeySource, NumberedKey};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Encrypted {
    /// The first encrypts.
    keys: Vec<NumberedKey>,
    names: Option<KeySource>,
    #[serde(default)]
    namespace: String,
    members: Option<MembersName>,
    fields: Option<FieldsName>,
    cipher: Option<CipherName>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MembersName {
    Refused,
    Readable,
    Deterministic,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FieldsName {
    Readable,
    Deterministic,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum CipherName {
    #[serde(rename = "xaes-256-gcm")]
    Xaes256Gcm,
    #[serde(rename = "xchacha20-poly1305")]
    XChaCha20Poly1305,
}

impl Encrypted {
    fn config(&self) -> EncryptedConfig {
        let mut config = EncryptedConfig::default();
        config.namespace.clone_from(&self.namespace);
        super::said!(config;
            members = self.members.map(|members| match members {
                MembersName::Refused => Members::Refused,
                MembersName::Readable => Members::Readable,
                MembersName::Deterministic => Members::Deterministic,
            }),
            fields = self.fields.map(|fields| match fields {
                FieldsName::Readable => Fields::Readable,
                FieldsName::Deterministic => Fields::Deterministic,
            }),
            cipher = self.cipher.map(|cipher| match cipher {
                CipherName::Xaes256Gcm => Cipher::Xaes256Gcm,
                CipherName::XChaCha20Poly1305 => Cipher::XChaCha20Poly1305,
            }),
        );
        config
    }

    fn ring(&self) -> Result<Keyring> {
        let [active, old @ ..] = &self.keys[..] else {
            return Err(Error::invalid("who encrypts has a key"));
        };
        let mut ring = Keyring::new(active.number, active.key.read()?);
        for key in old {
            ring = ring.with_old(key.number, key.key.read()?)?;
        }
        Ok(match &self.names {
            Some(names) => ring.with_names(names.read()?),
            None => ring,
        })
    }

    pub(in super::super) fn on(&self, kv: Kv) -> Result<Kv> {
        let ring = self.ring()?;
        kv.layer(|store| credenza_encrypted::Encrypted::new(store, ring, self.config()))
    }

    pub(in super::super) fn on_blob(&self, blob: Blob) -> Result<Blob> {
        let ring = self.ring()?;
        blob.layer(|store| credenza_encrypted::EncryptedBlob::new(store, ring, self.config()))
    }
}
