//! A hash table in small segments: it grows a segment at a time, and a scan walks it in the order of the hashes,
//! which no growth changes.

use hashbrown::HashTable;

use crate::slot::Slot;

/// A segment splits when it would have more entries: seven eighths of 512 buckets, the fullest hashbrown fills them.
const SPLIT: usize = 448;
/// Hashes that agree in so many bits after those of the shard are not split further: the directory doubles with every
/// level. Segments are full at this depth with some hundred million entries in a shard, and grow then.
const MAX_DEPTH: u8 = 20;

/// The order of a scan, and the bits that choose shard and segment. hashbrown itself uses the low bits and the
/// seven highest, so these are neither.
pub(crate) fn position(hash: u64) -> u64 {
    hash.rotate_left(7)
}

/// Extendible hashing: a directory over the next bits of the position after those of the shard.
pub(crate) struct Table {
    shard_bits: u32,
    depth: u8,
    directory: Vec<u32>,
    segments: Vec<Segment>,
    len: usize,
}

struct Segment {
    slots: HashTable<Slot>,
    depth: u8,
    /// No entry expires before this.
    soonest: i64,
}

impl Segment {
    fn new(depth: u8) -> Segment {
        Segment { slots: HashTable::new(), depth, soonest: i64::MAX }
    }
}

impl Table {
    pub(crate) fn new(shard_bits: u32) -> Table {
        Table { shard_bits, depth: 0, directory: vec![0], segments: vec![Segment::new(0)], len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn index(&self, position: u64) -> usize {
        let bits = position << self.shard_bits;
        if self.depth == 0 { 0 } else { (bits >> (64 - u32::from(self.depth))) as usize }
    }

    fn segment(&self, hash: u64) -> &Segment {
        &self.segments[self.directory[self.index(position(hash))] as usize]
    }

    fn segment_mut(&mut self, hash: u64) -> &mut Segment {
        let index = self.directory[self.index(position(hash))];
        &mut self.segments[index as usize]
    }

    pub(crate) fn get(&self, hash: u64, key: &[u8]) -> Option<&Slot> {
        self.segment(hash).slots.find(hash, |slot| slot.key() == key)
    }

    pub(crate) fn get_mut(&mut self, hash: u64, key: &[u8]) -> Option<&mut Slot> {
        self.segment_mut(hash).slots.find_mut(hash, |slot| slot.key() == key)
    }

    /// Tells the table that an entry under this hash expires then.
    pub(crate) fn expires(&mut self, hash: u64, at: Option<i64>) {
        if let Some(at) = at {
            let segment = self.segment_mut(hash);
            segment.soonest = segment.soonest.min(at);
        }
    }

    /// Adds an entry; its key must not be in the table.
    pub(crate) fn insert(&mut self, hash: u64, slot: Slot, rehash: impl Fn(&[u8]) -> u64) {
        while self.segment(hash).slots.len() >= SPLIT && self.segment(hash).depth < MAX_DEPTH {
            self.split(hash, &rehash);
        }
        let expires_at = slot.expires_at();
        self.segment_mut(hash).slots.insert_unique(hash, slot, |slot| rehash(slot.key()));
        self.expires(hash, expires_at);
        self.len += 1;
    }

    pub(crate) fn remove(&mut self, hash: u64, key: &[u8]) -> Option<Slot> {
        let found = self.segment_mut(hash).slots.find_entry(hash, |slot| slot.key() == key).ok()?;
        let (slot, _) = found.remove();
        self.len -= 1;
        Some(slot)
    }

    /// Splits the segment of a hash in two by the next bit of the position.
    fn split(&mut self, hash: u64, rehash: &impl Fn(&[u8]) -> u64) {
        let old = self.directory[self.index(position(hash))];
        let depth = self.segments[old as usize].depth;
        if depth == self.depth {
            self.directory = self.directory.iter().flat_map(|index| [*index, *index]).collect();
            self.depth += 1;
        }
        let bit = 63 - self.shard_bits - u32::from(depth);
        let upper = |hash: u64| position(hash) >> bit & 1 == 1;
        let slots = std::mem::take(&mut self.segments[old as usize].slots);
        let soonest = self.segments[old as usize].soonest;
        let mut halves = [Segment::new(depth + 1), Segment::new(depth + 1)];
        for slot in slots {
            let hash = rehash(slot.key());
            let half = &mut halves[usize::from(upper(hash))];
            half.slots.insert_unique(hash, slot, |slot| rehash(slot.key()));
        }
        let [mut low, mut high] = halves;
        (low.soonest, high.soonest) = (soonest, soonest);
        let new = self.segments.len() as u32;
        self.segments[old as usize] = low;
        self.segments.push(high);
        // The entries of the directory that point to the old segment are a run; its upper half goes to the new one.
        let run = 1 << (self.depth - depth);
        let start = self.index(position(hash)) / run * run;
        for entry in &mut self.directory[start + run / 2..start + run] {
            *entry = new;
        }
    }

    /// Shows every entry whose position is `from` or later, in the order of positions, a segment at a time, until
    /// `enough` entries were shown and all of the same position with them. Returns where to go on.
    pub(crate) fn scan(
        &self,
        from: u64,
        enough: usize,
        rehash: impl Fn(&[u8]) -> u64,
        mut see: impl FnMut(&Slot),
    ) -> Option<u64> {
        let mut seen = 0;
        let mut index = self.index(from);
        while let Some(segment) = self.directory.get(index).map(|at| &self.segments[*at as usize]) {
            let mut slots: Vec<(u64, &Slot)> = segment
                .slots
                .iter()
                .map(|slot| (position(rehash(slot.key())), slot))
                .filter(|(position, _)| *position >= from)
                .collect();
            slots.sort_unstable_by_key(|(position, _)| *position);
            let mut last = None;
            for (position, slot) in slots {
                if seen >= enough && last != Some(position) {
                    return Some(position);
                }
                see(slot);
                seen += 1;
                last = Some(position);
            }
            let run = 1 << (self.depth - segment.depth);
            index = index / run * run + run;
        }
        None
    }

    /// Shows every entry.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.segments.iter().flat_map(|segment| segment.slots.iter())
    }

    /// Takes out what `expired` is true for, looking only at segments where something can be. At most `budget` segments
    /// are looked at, from segment `from` on; returns the entries and the segment to go on with.
    pub(crate) fn sweep(&mut self, from: usize, mut budget: usize, now: i64) -> (Vec<Slot>, Option<usize>) {
        let mut taken = Vec::new();
        for (index, segment) in self.segments.iter_mut().enumerate().skip(from) {
            if segment.soonest > now {
                continue;
            }
            if budget == 0 {
                self.len -= taken.len();
                return (taken, Some(index));
            }
            budget -= 1;
            let expired = |slot: &mut Slot| slot.expires_at().is_some_and(|at| at <= now);
            taken.extend(segment.slots.extract_if(expired));
            segment.soonest = segment.slots.iter().filter_map(Slot::expires_at).min().unwrap_or(i64::MAX);
        }
        self.len -= taken.len();
        (taken, None)
    }

    /// Up to `count` entries of one segment, beginning somewhere in it: the sample that eviction chooses from.
    pub(crate) fn sample(&self, random: u64, count: usize) -> Vec<&Slot> {
        let start = (random >> 32) as usize % self.segments.len();
        let filled =
            self.segments.iter().cycle().skip(start).take(self.segments.len()).find(|s| !s.slots.is_empty());
        let Some(segment) = filled else { return Vec::new() };
        let skip = random as u32 as usize % segment.slots.len();
        segment.slots.iter().cycle().skip(skip).take(count.min(segment.slots.len())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bytes::Bytes;
    use credenza_core::{Random, SeededRandom};

    use super::*;
    use crate::slot::Stamp;

    fn hash(key: &[u8]) -> u64 {
        let seed = key.iter().fold(1, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        SeededRandom::new(seed).next_u64()
    }

    fn slot(key: &str, expires_at: Option<i64>) -> Slot {
        Slot::string(key.as_bytes(), Bytes::new(), Stamp { version: 1, expires_at, access: 0 })
    }

    fn filled(count: usize) -> Table {
        let mut table = Table::new(0);
        for i in 0..count {
            let key = format!("key {i}");
            table.insert(hash(key.as_bytes()), slot(&key, (i % 2 == 0).then_some(i as i64)), hash);
        }
        table
    }

    #[test]
    fn every_key_is_found_after_many_splits() {
        let mut table = filled(20_000);
        assert!(table.segments.len() > 40, "{} segments", table.segments.len());
        for i in 0..20_000 {
            let key = format!("key {i}");
            assert_eq!(table.get(hash(key.as_bytes()), key.as_bytes()).map(Slot::key), Some(key.as_bytes()));
        }
        for i in 0..20_000 {
            let key = format!("key {i}");
            assert!(table.remove(hash(key.as_bytes()), key.as_bytes()).is_some());
        }
        assert_eq!((table.len(), table.iter().count()), (0, 0));
    }

    #[test]
    fn a_scan_sees_every_key_that_stays_while_others_come_and_go() {
        let mut table = filled(3_000);
        let mut seen = BTreeSet::new();
        let (mut from, mut round) = (0, 0);
        loop {
            let next = table.scan(from, 10, hash, |slot| {
                seen.insert(slot.key().to_vec());
            });
            // Between two steps the table grows and shrinks, and its segments split.
            for i in 0..20 {
                let key = format!("new {round} {i}");
                table.insert(hash(key.as_bytes()), slot(&key, None), hash);
            }
            let key = format!("key {}", 2_000 + round);
            table.remove(hash(key.as_bytes()), key.as_bytes());
            round += 1;
            match next {
                Some(next) => from = next,
                None => break,
            }
        }
        let missed = (0..2_000).filter(|i| !seen.contains(format!("key {i}").as_bytes())).count();
        assert_eq!(missed, 0);
    }

    #[test]
    fn entries_with_one_hash_do_not_blow_up_the_directory() {
        let mut table = Table::new(6);
        let same = |_: &[u8]| 7;
        let keys: Vec<String> = (0..1_000).map(|i| format!("key {i}")).collect();
        for key in &keys {
            table.insert(7, slot(key, None), same);
        }
        assert!(table.directory.len() <= 1 << MAX_DEPTH);
        assert!(keys.iter().all(|key| table.get(7, key.as_bytes()).is_some()));
        let mut seen = 0;
        assert_eq!(table.scan(0, 10, same, |_| seen += 1), None);
        assert_eq!(seen, 1_000);
    }

    #[test]
    fn a_sweep_takes_what_is_due_and_nothing_else() {
        let mut table = filled(5_000);
        let (mut taken, mut from) = (0, Some(0));
        while let Some(start) = from {
            let (slots, next) = table.sweep(start, 3, 999);
            taken += slots.len();
            from = next;
        }
        assert_eq!((taken, table.len()), (500, 4_500));
        assert_eq!(table.sweep(0, usize::MAX, 999).0.len(), 0);
        assert_eq!(table.sweep(0, usize::MAX, i64::MAX).0.len(), 2_000);
    }
}
