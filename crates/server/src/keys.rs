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
//! The value is its text in UTF-8. What is known of it, its metadata above all, is in the registry, below `registry#`,
//! and written in the same atomic batch. What a program writes or removes by itself is read and listed as any other key,
//! but the registry does not hear of it.

use credenza_core::semantics::glob;
use credenza_core::{Key, KeyPath, Pattern};

/// The path of a namespace: `kv#app1#`.
pub fn namespace(name: &str) -> KeyPath {
    KeyPath::new().push("kv").push(name)
}

/// Where the value of a key lies: `kv#app1#v#user:123`.
pub fn value_key(namespace: &str, key: &str) -> Key {
    values(namespace).key(key)
}

fn values(namespace: &str) -> KeyPath {
    self::namespace(namespace).push("v")
}

/// Matches the values of a namespace whose keys start with `prefix`.
pub(crate) fn pattern(namespace: &str, prefix: &str) -> Pattern {
    Pattern::from(glob::escape_prefix(&values(namespace).prefix_of(prefix)))
}

/// The key of a value, as the client knows it; `None` if it is of another namespace or no text.
pub(crate) fn name_of(namespace: &str, stored: &[u8]) -> Option<String> {
    let parts = KeyPath::decode(values(namespace).strip(stored)?).ok()?;
    let [name] = <[_; 1]>::try_from(parts).ok()?;
    String::from_utf8(name.to_vec()).ok()
}

/// A key for one readiness probe, apart from all namespaces.
pub(crate) fn probe(id: [u64; 2]) -> Key {
    let [high, low] = id;
    KeyPath::new().push("server").push("probe").key(format!("{high:x}-{low:x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_fixed() {
        assert_eq!(&value_key("app1", "user:123")[..], b"kv#app1#v#user:123");
        assert_eq!(&value_key("a#b", "50 %")[..], b"kv#a%23b#v#50%20%25");
        assert_eq!(&namespace("app1").prefix()[..], b"kv#app1#");
        assert_eq!(&probe([255, 1])[..], b"server#probe#ff-1");
    }

    #[test]
    fn names_are_found_again() {
        for (namespace, key) in
            [("a", "k"), ("a", "a#b"), ("#", "#"), ("", " "), ("a", "\0\u{1}*?[]"), ("к", "кот")]
        {
            let stored = value_key(namespace, key);
            assert_eq!(name_of(namespace, &stored).as_deref(), Some(key));
            assert_eq!(name_of("other", &stored), None);
            assert!(glob::matches(&pattern(namespace, ""), &stored));
            assert!(glob::matches(&pattern(namespace, key), &stored));
            assert!(!glob::matches(&pattern(namespace, &format!("{key}x")), &stored));
        }
        assert_eq!(name_of("a", b"kv#a#v#x#y"), None, "a level below is no key of ours");
        assert_eq!(name_of("a", b"kv#a#v#\xff"), None, "no text");
    }
}
