//! Where the registry lies in the store: all of it below `registry#`.

use credenza_core::{Field, Key, KeyPath, Member, Pattern, semantics::glob};
use twox_hash::XxHash3_64;

use super::record::{Id, Kind};

fn root() -> KeyPath {
    KeyPath::new().push("registry")
}

fn records(kind: Kind, namespace: &str) -> KeyPath {
    root().push("record").push(kind.name()).push(namespace)
}

/// The record of a resource: `registry#record#kv#app1#user:123`.
pub(crate) fn record(id: Id<'_>) -> Key {
    records(id.kind, id.namespace).key(id.key)
}

/// Matches the records whose keys start with `prefix`.
pub(super) fn pattern(kind: Kind, namespace: &str, prefix: &str) -> Pattern {
    Pattern::from(glob::escape_prefix(&records(kind, namespace).prefix_of(prefix)))
}

/// The key of a resource by that of its record.
pub(super) fn name_of(kind: Kind, namespace: &str, record: &[u8]) -> Option<String> {
    let parts = KeyPath::decode(records(kind, namespace).strip(record)?).ok()?;
    let [name] = <[_; 1]>::try_from(parts).ok()?;
    String::from_utf8(name.to_vec()).ok()
}

/// The index of a namespace: `registry#index#kv#app1`.
pub(super) fn index(kind: Kind, namespace: &str) -> Key {
    root().push("index").push(kind.name()).key(namespace)
}

/// The hash of sizes.
pub(super) fn sizes() -> Key {
    root().key("sizes")
}

/// The field of a namespace in it.
pub(super) fn size_field(kind: Kind, namespace: &str) -> Field {
    Field::from(KeyPath::new().push(kind.name()).key(namespace).into_bytes())
}

/// The type and the namespace of a field.
pub(super) fn of_size_field(field: &[u8]) -> Option<(Kind, String)> {
    let [kind, namespace] = <[_; 2]>::try_from(KeyPath::decode(field).ok()?).ok()?;
    Some((Kind::parse(&kind)?, String::from_utf8(namespace.to_vec()).ok()?))
}

/// The sorted set of what expires.
pub(super) fn expiry() -> Key {
    root().key("expiry")
}

/// The sorted set of intents.
pub(super) fn intents() -> Key {
    root().key("intents")
}

/// So many that resources which change at once rarely share one.
const ROUNDS: u64 = 4096;

/// What tells the round in which a resource is brought in order: `registry#round#1240`, which others share.
pub(super) fn round(id: Id<'_>) -> Key {
    let hash = XxHash3_64::oneshot(&member("", id));
    root().push("round").key(format!("{:04}", hash % ROUNDS))
}

/// A resource as a member of one of them; `tag` comes first, and tells two intents for the same resource apart.
pub(super) fn member(tag: &str, id: Id<'_>) -> Member {
    let path = KeyPath::new().push(tag).push(id.kind.name()).push(id.namespace);
    Member::from(path.key(id.key).into_bytes())
}

/// The type, the namespace and the key of a member.
pub(super) fn of_member(member: &[u8]) -> Option<(Kind, String, String)> {
    let [_, kind, namespace, key] = <[_; 4]>::try_from(KeyPath::decode(member).ok()?).ok()?;
    let text = |part: bytes::Bytes| String::from_utf8(part.to_vec()).ok();
    Some((Kind::parse(&kind)?, text(namespace)?, text(key)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_fixed() {
        let id = Id::new(Kind::Kv, "app1", "user:123");
        assert_eq!(&record(id)[..], b"registry#record#kv#app1#user:123");
        assert_eq!(&index(Kind::R2, "a#b")[..], b"registry#index#r2#a%23b");
        assert_eq!(&sizes()[..], b"registry#sizes");
        assert_eq!(&size_field(Kind::D1, "app1")[..], b"d1#app1");
        assert_eq!(&member("7", id)[..], b"7#kv#app1#user:123");
        assert_eq!(&round(id)[..], b"registry#round#1240");
    }

    #[test]
    fn names_are_found_again() {
        for (namespace, key) in [("a", "k"), ("a", "a#b"), ("#", "#"), ("\0", " "), ("к", "кот*?[")] {
            let id = Id::new(Kind::R2, namespace, key);
            assert_eq!(name_of(Kind::R2, namespace, &record(id)).as_deref(), Some(key));
            assert!(glob::matches(&pattern(Kind::R2, namespace, key), &record(id)));
            let owned = (Kind::R2, namespace.to_owned(), key.to_owned());
            assert_eq!(of_member(&member("x", id)), Some(owned));
            let pair = (Kind::R2, namespace.to_owned());
            assert_eq!(of_size_field(&size_field(Kind::R2, namespace)), Some(pair));
        }
        assert_eq!(of_member(b"x#zz#a#b"), None);
    }
}
