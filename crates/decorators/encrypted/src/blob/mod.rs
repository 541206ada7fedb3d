//! Objects.

mod cipher;
mod format;
mod open;
mod rotate;
mod seal;
mod store;

pub use rotate::RotatedObjects;
pub use store::EncryptedBlob;
