//! Where values lie in the store.
//!
//! A program that embeds the store finds what clients wrote over HTTP, and the other way round:
//!
//! ```
//! # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
//! use credenza_core::command::Get;
//! use credenza_server::keys;
//!
//! let value = kv.run(Get::new(keys::value_key("app1", "user:123"))).await?;
//! # Ok(()) }
//! ```
//!
//! The value is its UTF-8 text, the metadata its JSON text at a second key. Both are written in one atomic batch with
//! the same time to live. A key without metadata has no second key.

use credenza_core::{Key, Pattern};

const VALUES: &[u8] = b"kv/v";
const METADATA: &[u8] = b"kv/m";
const PROBES: &[u8] = b"kv/p";

fn path(room: &[u8], namespace: &str, key: &str) -> Vec<u8> {
    let mut out = room.to_vec();
    out.extend_from_slice(&u32::try_from(namespace.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(namespace.as_bytes());
    out.extend_from_slice(key.as_bytes());
    out
}

/// Where the value of a key lies.
pub fn value_key(namespace: &str, key: &str) -> Key {
    path(VALUES, namespace, key).into()
}

/// Where the metadata of a key lies.
pub fn metadata_key(namespace: &str, key: &str) -> Key {
    path(METADATA, namespace, key).into()
}

/// Matches the values of a namespace whose keys start with `prefix`.
pub(crate) fn pattern(namespace: &str, prefix: &str) -> Pattern {
    let mut glob = Vec::new();
    for byte in path(VALUES, namespace, prefix) {
        if b"*?[]\\^-".contains(&byte) {
            glob.push(b'\\');
        }
        glob.push(byte);
    }
    glob.push(b'*');
    glob.into()
}

/// The key within the namespace, if `stored` is of it and is text.
pub(crate) fn name_of(namespace: &str, stored: &[u8]) -> Option<String> {
    let name = stored.strip_prefix(&*path(VALUES, namespace, ""))?;
    String::from_utf8(name.to_vec()).ok()
}

/// A key for one readiness probe.
pub(crate) fn probe(id: [u64; 2]) -> Key {
    path(PROBES, "", &format!("{:x}-{:x}", id[0], id[1])).into()
}
