//! One entry of the table: 16 bytes, and one allocation behind them.

use bytes::Bytes;

/// Values up to this size are copied in and out; larger ones are shared.
pub(crate) const SMALL: usize = 512;

/// In place of "never" among times of expiry.
const NEVER: i64 = i64::MIN;

const VERSION: usize = 0;
const EXPIRES: usize = 8;
const ACCESS: usize = 16;
const KEY_LEN: usize = 20;
const KEY: usize = 24;

/// What a key holds.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    /// A small string: version, time of expiry, last access, length of the key, key and value in one allocation.
    Small(Box<[u8]>),
    /// Anything else.
    Large(Box<Record>),
}

/// An entry that is not a small string.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) key: Bytes,
    version: u64,
    expires_at: i64,
    access: u32,
    pub(crate) data: Data,
}

/// What a [`Record`] holds.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    /// A string that is not small.
    String(Bytes),
    /// The place of a collection in its shard.
    Collection(u32),
}

/// The parts of an entry that all kinds have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) version: u64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) access: u32,
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|word| word.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn half(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_le_bytes)
}

impl Slot {
    /// An entry with a string.
    pub(crate) fn string(key: &[u8], value: Bytes, stamp: Stamp) -> Slot {
        if value.len() > SMALL || key.len() > SMALL {
            let key = Bytes::copy_from_slice(key);
            return Slot::record(key, Data::String(value), stamp);
        }
        let mut bytes = Vec::with_capacity(KEY + key.len() + value.len());
        bytes.extend_from_slice(&stamp.version.to_le_bytes());
        bytes.extend_from_slice(&stamp.expires_at.unwrap_or(NEVER).to_le_bytes());
        bytes.extend_from_slice(&stamp.access.to_le_bytes());
        bytes.extend_from_slice(&(key.len() as u32).to_le_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(&value);
        Slot::Small(bytes.into_boxed_slice())
    }

    /// An entry with anything else.
    pub(crate) fn record(key: Bytes, data: Data, stamp: Stamp) -> Slot {
        let Stamp { version, expires_at, access } = stamp;
        Slot::Large(Box::new(Record { key, version, expires_at: expires_at.unwrap_or(NEVER), access, data }))
    }

    /// Begins to read where the value ends, as its start comes with the key.
    pub(crate) fn warm(&self) {
        if let Slot::Small(bytes) = self {
            std::hint::black_box(bytes.last());
        }
    }

    /// Replaces the value in place, if it has the same size and the entry is small.
    pub(crate) fn overwrite(&mut self, value: &[u8], stamp: Stamp) -> bool {
        let Slot::Small(bytes) = self else { return false };
        let start = KEY + half(bytes, KEY_LEN) as usize;
        match bytes.get_mut(start..) {
            Some(old) if old.len() == value.len() => old.copy_from_slice(value),
            _ => return false,
        }
        self.set_version(stamp.version);
        self.set_expires_at(stamp.expires_at);
        self.set_access(stamp.access);
        true
    }

    pub(crate) fn key(&self) -> &[u8] {
        match self {
            Slot::Small(bytes) => bytes.get(KEY..KEY + half(bytes, KEY_LEN) as usize).unwrap_or_default(),
            Slot::Large(record) => &record.key,
        }
    }

    /// The string, if it is one. A small one is copied.
    pub(crate) fn value(&self) -> Option<Bytes> {
        match self {
            Slot::Small(bytes) => {
                bytes.get(KEY + half(bytes, KEY_LEN) as usize..).map(Bytes::copy_from_slice)
            }
            Slot::Large(record) => match &record.data {
                Data::String(value) => Some(value.clone()),
                Data::Collection(_) => None,
            },
        }
    }

    /// The length of the string, if it is one.
    pub(crate) fn value_len(&self) -> Option<usize> {
        match self {
            Slot::Small(bytes) => Some(bytes.len() - KEY - half(bytes, KEY_LEN) as usize),
            Slot::Large(record) => match &record.data {
                Data::String(value) => Some(value.len()),
                Data::Collection(_) => None,
            },
        }
    }

    /// The place of the collection, if it is one.
    pub(crate) fn collection(&self) -> Option<u32> {
        match self {
            Slot::Large(record) => match record.data {
                Data::Collection(place) => Some(place),
                Data::String(_) => None,
            },
            Slot::Small(_) => None,
        }
    }

    pub(crate) fn version(&self) -> u64 {
        match self {
            Slot::Small(bytes) => word(bytes, VERSION),
            Slot::Large(record) => record.version,
        }
    }

    pub(crate) fn set_version(&mut self, version: u64) {
        match self {
            Slot::Small(bytes) => put(bytes, VERSION, &version.to_le_bytes()),
            Slot::Large(record) => record.version = version,
        }
    }

    pub(crate) fn expires_at(&self) -> Option<i64> {
        let time = match self {
            Slot::Small(bytes) => word(bytes, EXPIRES) as i64,
            Slot::Large(record) => record.expires_at,
        };
        (time != NEVER).then_some(time)
    }

    pub(crate) fn set_expires_at(&mut self, expires_at: Option<i64>) {
        let time = expires_at.unwrap_or(NEVER);
        match self {
            Slot::Small(bytes) => put(bytes, EXPIRES, &time.to_le_bytes()),
            Slot::Large(record) => record.expires_at = time,
        }
    }

    pub(crate) fn access(&self) -> u32 {
        match self {
            Slot::Small(bytes) => half(bytes, ACCESS),
            Slot::Large(record) => record.access,
        }
    }

    pub(crate) fn set_access(&mut self, access: u32) {
        match self {
            Slot::Small(bytes) => put(bytes, ACCESS, &access.to_le_bytes()),
            Slot::Large(record) => record.access = access,
        }
    }

    /// About how many bytes of memory it takes, without the collection.
    pub(crate) fn size(&self) -> usize {
        // A place in the table, at its usual load, and what an allocator adds.
        const TABLE: usize = 28;
        const ALLOCATION: usize = 16;
        TABLE
            + ALLOCATION
            + match self {
                Slot::Small(bytes) => bytes.len(),
                Slot::Large(record) => {
                    size_of::<Record>()
                        + record.key.len()
                        + self.value_len().map_or(0, |len| len + ALLOCATION)
                }
            }
    }
}

fn put(bytes: &mut [u8], at: usize, word: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + word.len()) {
        place.copy_from_slice(word);
    }
}

const _: () = assert!(size_of::<Slot>() == 16, "a place in the table");

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp { version: 7, expires_at: Some(99), access: 3 };

    #[test]
    fn a_small_string_keeps_its_parts() {
        let mut slot = Slot::string(b"key", Bytes::from_static(b"value"), STAMP);
        assert!(matches!(slot, Slot::Small(_)));
        assert_eq!((slot.key(), slot.value().as_deref()), (&b"key"[..], Some(&b"value"[..])));
        assert_eq!((slot.version(), slot.expires_at(), slot.access()), (7, Some(99), 3));
        slot.set_expires_at(None);
        slot.set_version(u64::MAX);
        assert_eq!((slot.version(), slot.expires_at()), (u64::MAX, None));
        assert_eq!((slot.key(), slot.value().as_deref()), (&b"key"[..], Some(&b"value"[..])));
    }

    #[test]
    fn a_string_is_overwritten_in_place_only_at_the_same_size() {
        let mut slot = Slot::string(b"k", Bytes::from_static(b"abc"), STAMP);
        let other = Stamp { version: 8, expires_at: None, access: 4 };
        assert!(!slot.overwrite(b"abcd", other));
        assert_eq!(slot.version(), 7);
        assert!(slot.overwrite(b"xyz", other));
        assert_eq!(
            (slot.value().as_deref(), slot.version(), slot.expires_at()),
            (Some(&b"xyz"[..]), 8, None)
        );
    }

    #[test]
    fn a_large_string_is_shared_not_copied() {
        let value = Bytes::from(vec![1; SMALL + 1]);
        let slot = Slot::string(b"k", value.clone(), STAMP);
        assert_eq!(slot.value().map(|found| found.as_ptr()), Some(value.as_ptr()));
        assert_eq!(slot.value_len(), Some(SMALL + 1));
    }
}
