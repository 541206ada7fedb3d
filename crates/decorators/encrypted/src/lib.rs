//! A decorator that encrypts the values of a store: whoever reads or changes what the store keeps learns no value, and
//! cannot exchange one for another unnoticed.
//!
//! ```
//! # fn example(store: impl credenza_core::KvStore) -> credenza_core::Result<()> {
//! use credenza_core::Kv;
//! use credenza_encrypted::{Encrypted, EncryptedConfig, Keyring, SecretKey};
//!
//! // 32 bytes in base64, as `openssl rand -base64 32` prints them.
//! let keys = Keyring::new(2, SecretKey::from_env("STORAGE_KEY")?).with_old(1, SecretKey::from_env("OLD_KEY")?)?;
//! let kv = Kv::new(Encrypted::new(store, keys, EncryptedConfig::default())?);
//! # Ok(()) }
//! ```
//!
//! Decision 016 of the project says why it is built as it is.

mod aead;
mod blob;
mod commands;
mod config;
mod envelope;
mod keyring;
mod kv;
mod names;
mod rotate;
mod secret;
mod xaes;
mod xchacha;

pub use blob::{EncryptedBlob, RotatedObjects};
pub use config::{Cipher, EncryptedConfig, Fields, Members};
pub use keyring::Keyring;
pub use kv::Encrypted;
pub use rotate::Rotated;
pub use secret::SecretKey;
