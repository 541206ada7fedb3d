//! Random operations, the same for the same seed.

use bytes::Bytes;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, CopyOptions, DeleteOptions, ETag, GetOptions, ListOptions, Precondition,
    PutOptions, Range,
};
use credenza_core::{Random, SeededRandom};
use md5::{Digest, Md5};

use super::super::operation::{Need, Operation};

/// A few keys, so that they collide.
const KEYS: [&str; 16] = [
    "a", "a/", "a//b", "a/b", "a/b/c", "a/b/d", "a/c", "ab", "A", "b", "b/1", "b/2", "é", "é/1", "z%_", "/a",
];

const PREFIXES: [&str; 10] = ["", "", "a", "a/", "a/b", "b/", "é", "z%", "none", "/"];

const AFTER: [&str; 8] = ["", "", "", "a", "a/b", "a/b/", "b", "é"];

const TYPES: [&str; 3] = ["text/plain", "text/html; charset=utf-8", ""];

/// What stands for the tag of this content in operations, whatever tag a store gives it.
pub(super) fn symbol(content: &Bytes) -> ETag {
    ETag::of_md5(Md5::digest([b"symbol", &content[..]].concat()).into())
}

pub(super) struct Generator {
    random: SeededRandom,
    keys: Vec<BlobKey>,
    contents: Vec<Bytes>,
    can: BlobCapabilities,
}

impl Generator {
    pub(super) fn new(seed: u64, can: &BlobCapabilities) -> Generator {
        let keys = KEYS.iter().filter_map(|key| BlobKey::new(*key).ok());
        let can_have = |key: &BlobKey| {
            can.empty_parts || !Operation::Head { key: key.clone() }.needs().contains(&Need::EmptyParts)
        };
        let short = ["", "x", "y", "0123456789"].map(|text| Bytes::from_static(text.as_bytes()));
        let long = [vec![b'l'; 5_000], vec![b'L'; 70_000]].map(Bytes::from);
        Generator {
            random: SeededRandom::new(seed),
            keys: keys.filter(can_have).collect(),
            contents: short.into_iter().chain(long).collect(),
            can: can.clone(),
        }
    }

    /// So many operations, and then those that read everything.
    pub(super) fn take(mut self, count: usize) -> Vec<Operation> {
        let mut operations: Vec<Operation> = (0..count).map(|_| self.next()).collect();
        for key in &self.keys {
            operations.push(Operation::Head { key: key.clone() });
            operations.push(Operation::Get { key: key.clone(), options: GetOptions::default() });
        }
        operations.push(Operation::ListAll(ListOptions::default()));
        operations
    }

    fn below(&self, bound: usize) -> usize {
        self.random.below(bound as u64) as usize
    }

    fn one_in(&self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<T: Clone>(&self, pool: &[T]) -> T {
        pool[self.below(pool.len())].clone()
    }

    fn next(&mut self) -> Operation {
        match self.below(20) {
            0..=5 => self.put(),
            6..=9 => {
                let options = GetOptions { range: self.range(), precondition: self.condition_of_get() };
                Operation::Get { key: self.pick(&self.keys), options }
            }
            10 | 11 => Operation::Head { key: self.pick(&self.keys) },
            12..=14 => self.delete(),
            15 | 16 => {
                let can = self.can.copy_preconditions;
                let options = CopyOptions { source: self.condition(can), destination: self.condition(can) };
                Operation::Copy { from: self.pick(&self.keys), to: self.pick(&self.keys), options }
            }
            17 => Operation::List(self.list()),
            _ => Operation::ListAll(self.list()),
        }
    }

    fn put(&self) -> Operation {
        let content = self.pick(&self.contents);
        let mut options =
            PutOptions { precondition: self.condition(self.can.preconditions), ..PutOptions::default() };
        if self.one_in(3) {
            options.content_type = Some(self.pick(&TYPES).to_owned());
            options.cache_control = self.one_in(2).then(|| "no-cache".to_owned());
        }
        if self.one_in(3) {
            options
                .metadata
                .insert(self.pick(&["color", "Color", "ü"]).to_owned(), self.pick(&TYPES).to_owned());
        }
        if self.one_in(5) {
            let of = if self.one_in(3) { self.pick(&self.contents) } else { content.clone() };
            options.md5 = Some(Md5::digest(&of).into());
            // What is said of two things that are wrong is a matter of taste.
            options.precondition = Precondition::None;
        }
        Operation::Put { key: self.pick(&self.keys), content, options }
    }

    fn delete(&self) -> Operation {
        let mut keys: Vec<BlobKey> = (0..1 + self.below(3)).map(|_| self.pick(&self.keys)).collect();
        // What is said of a key that is given twice is a matter of taste.
        keys.sort();
        keys.dedup();
        let precondition = match self.condition(self.can.delete_preconditions) {
            condition @ (Precondition::Exists | Precondition::Match(_)) => condition,
            _ => Precondition::None,
        };
        Operation::Delete { keys, options: DeleteOptions { precondition } }
    }

    fn range(&self) -> Range {
        let at = || self.pick(&[0_u64, 0, 1, 2, 5, 9, 10, 11, 4_999, 5_000, 66_000, u64::MAX]);
        match self.below(6) {
            0 => Range::Between(at(), at()),
            1 => Range::From(at()),
            2 => Range::Suffix(at()),
            _ => Range::Full,
        }
    }

    fn tags(&self) -> Vec<ETag> {
        (0..1 + self.below(2)).map(|_| symbol(&self.pick(&self.contents))).collect()
    }

    fn condition(&self, can: bool) -> Precondition {
        match self.below(if can { 10 } else { 1 }) {
            6 => Precondition::Absent,
            7 => Precondition::Exists,
            8 => Precondition::Match(self.tags()),
            9 => Precondition::NoneMatch(self.tags()),
            _ => Precondition::None,
        }
    }

    fn condition_of_get(&self) -> Precondition {
        match self.below(6) {
            4 => Precondition::Match(self.tags()),
            5 => Precondition::NoneMatch(self.tags()),
            _ => Precondition::None,
        }
    }

    fn list(&self) -> ListOptions {
        ListOptions {
            prefix: self.pick(&PREFIXES).to_owned(),
            delimiter: self.pick(&["", "/", "/", "b"]).to_owned(),
            start_after: self.pick(&AFTER).to_owned(),
            cursor: None,
            limit: self.pick(&[1, 2, 3, 5, 1_000]),
        }
    }
}
