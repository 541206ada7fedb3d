//! The roles bytes play in a command. Each is a [`Bytes`] that knows what it is, so that a decorator can find
//! all keys or all values of any command, and no store can take one for the other.

use std::fmt;

use bytes::Bytes;

macro_rules! role {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// Made from text and byte strings alike; its `Debug` shows the length only.
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Bytes);

        impl $name {
            /// Takes bytes that live as long as the program, without copying.
            pub const fn from_static(bytes: &'static [u8]) -> $name {
                $name(Bytes::from_static(bytes))
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &Bytes {
                &self.0
            }

            /// The bytes, without copying.
            pub fn into_bytes(self) -> Bytes {
                self.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = [u8];
            fn deref(&self) -> &[u8] {
                &self.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl std::borrow::Borrow<[u8]> for $name {
            fn borrow(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }

        impl From<Bytes> for $name {
            fn from(bytes: Bytes) -> $name {
                $name(bytes)
            }
        }

        impl From<$name> for Bytes {
            fn from(part: $name) -> Bytes {
                part.0
            }
        }

        impl From<&$name> for $name {
            fn from(part: &$name) -> $name {
                part.clone()
            }
        }

        impl From<&Bytes> for $name {
            fn from(bytes: &Bytes) -> $name {
                $name(bytes.clone())
            }
        }

        impl From<Vec<u8>> for $name {
            fn from(bytes: Vec<u8>) -> $name {
                $name(Bytes::from(bytes))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> $name {
                $name(Bytes::from(text))
            }
        }

        impl From<&String> for $name {
            fn from(text: &String) -> $name {
                $name(Bytes::copy_from_slice(text.as_bytes()))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name(Bytes::copy_from_slice(text.as_bytes()))
            }
        }

        impl From<&[u8]> for $name {
            fn from(bytes: &[u8]) -> $name {
                $name(Bytes::copy_from_slice(bytes))
            }
        }

        impl<const N: usize> From<&[u8; N]> for $name {
            fn from(bytes: &[u8; N]) -> $name {
                $name(Bytes::copy_from_slice(bytes))
            }
        }
    };
}

role!(/// The name of an entry in a store.
    Key);
role!(/// What an application stores: a string, a list's element, a hash's value.
    Value);
role!(/// The name of a field inside of a hash.
    Field);
role!(/// A member of a set or a sorted set.
    Member);
role!(/// A glob pattern as in Redis: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a character that is meant literally.
    Pattern);

impl From<i64> for Value {
    /// The decimal text, as `INCRBY` reads it.
    fn from(number: i64) -> Value {
        Value::from(number.to_string())
    }
}

/// The kind of value a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Bytes.
    String,
    /// Fields with values.
    Hash,
    /// Members, unordered.
    Set,
    /// Values in order.
    List,
    /// Members ordered by score, then by bytes.
    SortedSet,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 5] = [Kind::String, Kind::Hash, Kind::Set, Kind::List, Kind::SortedSet];

    /// The name Redis gives it in the reply of `TYPE`.
    pub fn redis_name(self) -> &'static str {
        match self {
            Kind::String => "string",
            Kind::Hash => "hash",
            Kind::Set => "set",
            Kind::List => "list",
            Kind::SortedSet => "zset",
        }
    }

    /// The kind of that Redis name.
    pub fn from_redis_name(name: &[u8]) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| name.eq_ignore_ascii_case(kind.redis_name().as_bytes()))
    }
}

/// The stamp of the commit that last changed a key.
///
/// Opaque: stamps can be compared for equality, and a later change of the same key has a greater one. A store
/// never gives the same stamp twice, not even after the key was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(u64);

impl Version {
    /// Wraps a stamp. For stores, and for reading back [`Version::get`].
    pub const fn new(stamp: u64) -> Version {
        Version(stamp)
    }

    /// The number inside, for writing it down (an entity tag, a cookie).
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Where a scan stands. Opaque: only the store that gave it can read it, and only for the same scan.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Cursor(Bytes);

impl Cursor {
    /// Where every scan starts.
    pub const START: Cursor = Cursor(Bytes::new());

    /// Wraps a position. For stores, and for reading back [`Cursor::as_bytes`]. No bytes mean [`Cursor::START`].
    pub fn new(position: impl Into<Bytes>) -> Cursor {
        Cursor(position.into())
    }

    /// The position, for writing it down.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// Whether this is the start; as a reply it means that the scan is complete.
    pub fn is_start(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} bytes)", self.0.len())
    }
}

/// One step of a scan.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// Where the next step starts; `None` when the scan is complete.
    pub next: Option<Cursor>,
    /// What was found. May be empty although the scan goes on.
    pub items: Vec<T>,
}
