//! The stores beside the key-value store: what namespaces are in them.

use std::fmt::Write;
use std::sync::Arc;

use credenza_core::blob::{BlobKey, ObjectInfo};
use credenza_core::db::{Databases, Table};
use credenza_core::{Blob, Context, Result};

use crate::decode;

/// The stores beside the key-value store, as far as there are any.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    pub(crate) databases: Option<Arc<dyn Databases>>,
    pub(crate) blob: Option<Blob>,
    /// Whether the registry is changed together with each object.
    pub(crate) followed: bool,
}

impl Stores {
    /// The same with a deadline.
    pub(crate) fn within(&self, context: &Context) -> Stores {
        let blob = self.blob.clone().map(|blob| blob.with_context(context.clone()));
        Stores { databases: self.databases.clone(), blob, followed: self.followed }
    }

    /// What is known of an object, if there is one.
    pub(crate) async fn head(&self, namespace: &str, key: &str) -> Result<Option<ObjectInfo>> {
        match &self.blob {
            Some(blob) => blob.head(&object_key(namespace, key)?).await,
            None => Ok(None),
        }
    }

    /// The tables and views of a namespace.
    pub(crate) async fn tables(&self, namespace: &str) -> Result<Vec<Table>> {
        let Some(databases) = &self.databases else { return Ok(Vec::new()) };
        match databases.open_existing(namespace).await? {
            Some(db) => db.tables().await,
            None => Ok(Vec::new()),
        }
    }
}

/// What the keys of a namespace's objects start with in the store: the namespace and a slash. The bytes of the namespace
/// that are no letter, digit, `-` or `_` are written as `%` and two digits, so that no two namespaces share a key.
pub(crate) fn object_prefix(namespace: &str) -> String {
    let mut prefix = String::with_capacity(namespace.len() + 1);
    for byte in namespace.bytes() {
        match byte {
            b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => prefix.push(char::from(byte)),
            // Writing to a string does not fail.
            other => drop(write!(prefix, "%{other:02X}")),
        }
    }
    prefix.push('/');
    prefix
}

/// The key of an object in the store.
///
/// # Errors
/// `InvalidArgument` if the key is none.
pub(crate) fn object_key(namespace: &str, key: &str) -> Result<BlobKey> {
    // What is wrong with a key is wrong without the namespace too: an empty key, above all.
    BlobKey::of_any_length(key)?;
    BlobKey::of_any_length(object_prefix(namespace) + key)
}

/// The namespace and the key of what [`object_key`] gives.
pub(crate) fn of_object_key(stored: &BlobKey) -> Option<(String, &str)> {
    let (prefix, key) = stored.as_str().split_once('/')?;
    let namespace = decode::percent(prefix, false).ok()?;
    // What is written otherwise is not of this server.
    let ours = object_prefix(&namespace).strip_suffix('/') == Some(prefix) && !key.is_empty();
    ours.then(|| (namespace.into_owned(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_namespace_has_a_place_of_its_own() {
        for (namespace, key, expected) in [
            ("app1", "file.txt", "app1/file.txt"),
            ("a/b", "c", "a%2Fb/c"),
            ("a", "b/c", "a/b/c"),
            ("..", "/x", "%2E%2E//x"),
            ("\0", "x", "%00/x"),
            ("к", "к", "%D0%BA/к"),
        ] {
            let stored = object_key(namespace, key).unwrap();
            assert_eq!(stored.as_str(), expected);
            assert_eq!(of_object_key(&stored), Some((namespace.to_owned(), key)));
        }
        for other in ["file.txt", "a.b/c", "%61/c", "%2e/c", "%zz/c", "a/"] {
            assert_eq!(of_object_key(&BlobKey::new(other).unwrap()), None, "{other}");
        }
        for key in ["", "..", "a/../b", "a\\b", "a\0"] {
            assert!(object_key("a", key).is_err(), "{key}");
        }
    }
}
