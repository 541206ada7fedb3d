//! Choosing a page of resources, newest first, with no more in memory than a page and what is skipped before it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use bytes::Bytes;
use credenza_core::command::{
    HScan, Scan, ScoreBound, ScoreRange, ZCard, ZCount, ZMScore, ZRange, ZRangeBy, ZScan,
};
use credenza_core::semantics::glob;
use credenza_core::{Batch, Cursor, Kv, Pattern, Result};

use super::record::Kind;
use super::{Registry, layout};

/// How many of a scan are looked at in one step, and how many namespaces are asked in one batch.
const STEP: usize = 1000;
/// How many resources are skipped one by one. Beyond it the score that comes there is sought first.
const SKIP: u64 = 2000;

/// A type with a namespace.
pub(super) type Space = (Kind, String);

/// A resource with the time it changed. The newest is the greatest; those of the same moment are in the order of keys,
/// so that pages do not overlap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) updated_at: i64,
    pub(super) key: Bytes,
    /// The position of its type and namespace in the list of those.
    pub(super) space: usize,
}

/// The greatest entries below a bound, up to a number.
struct Greatest {
    heap: BinaryHeap<Reverse<Entry>>,
    room: usize,
    below: Option<Entry>,
}

impl Greatest {
    fn new(room: usize, below: Option<Entry>) -> Greatest {
        Greatest { heap: BinaryHeap::new(), room, below }
    }

    /// The time below which an entry cannot be among them.
    fn least(&self) -> f64 {
        match self.heap.peek() {
            Some(Reverse(least)) if self.heap.len() >= self.room => least.updated_at as f64,
            _ => f64::NEG_INFINITY,
        }
    }

    fn offer(&mut self, entry: Entry) {
        if self.below.as_ref().is_some_and(|below| entry >= *below) {
            return;
        }
        self.heap.push(Reverse(entry));
        if self.heap.len() > self.room {
            self.heap.pop();
        }
    }

    /// From the greatest.
    fn into_sorted(self) -> Vec<Entry> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(entry)| entry).collect()
    }
}

impl Registry {
    /// The types and namespaces that have resources, with the sum of their sizes.
    pub(super) async fn spaces(&self, kv: &Kv) -> Result<Vec<(Space, i64)>> {
        let (mut spaces, mut seen, mut cursor) = (Vec::new(), HashSet::new(), Cursor::START);
        loop {
            let page = kv.run(HScan::new(layout::sizes(), cursor).count(STEP as u64)).await?;
            for (field, size) in page.items {
                let size = std::str::from_utf8(&size).ok().and_then(|size| size.parse().ok());
                if let (Some(space), Some(size)) = (layout::of_size_field(&field), size)
                    && seen.insert(field)
                {
                    spaces.push((space, size));
                }
            }
            match page.next {
                Some(next) => cursor = next,
                None => return Ok(spaces),
            }
            tokio::task::yield_now().await;
        }
    }

    /// How many resources each of them has.
    pub(super) async fn counts(&self, kv: &Kv, spaces: &[Space]) -> Result<Vec<u64>> {
        let mut counts = Vec::with_capacity(spaces.len());
        for chunk in spaces.chunks(STEP) {
            let mut batch = Batch::pipelined();
            let asked: Vec<_> = chunk
                .iter()
                .map(|(kind, namespace)| batch.push(ZCard::new(layout::index(*kind, namespace))))
                .collect();
            let mut replies = kv.batch(batch).await?;
            for ticket in asked {
                counts.push(replies.take(ticket)?);
            }
        }
        Ok(counts)
    }

    /// A page of one index: by rank.
    pub(super) async fn page_of_one(
        &self,
        kv: &Kv,
        (kind, namespace): &Space,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let start = i64::try_from(offset).unwrap_or(i64::MAX);
        let stop = start.saturating_add(limit as i64 - 1);
        let by = ZRangeBy::rank(start, stop).rev();
        let found = kv.run(ZRange::new(layout::index(*kind, namespace), by)).await?;
        Ok(found.into_iter().map(|(key, at)| Entry { updated_at: at as i64, key, space: 0 }).collect())
    }

    /// A page of several indexes, merged.
    pub(super) async fn page_of_many(
        &self,
        kv: &Kv,
        spaces: &[Space],
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let (mut skip, mut newest) = (offset, f64::INFINITY);
        if offset > SKIP {
            newest = self.score_at(kv, spaces, offset).await?;
            skip = offset - self.newer_than(kv, spaces, newest).await?.min(offset);
        }
        let mut below = None;
        loop {
            let room = skip.min(SKIP) as usize + limit;
            let step = room.min(STEP);
            let mut greatest = Greatest::new(room, below.take());
            for (space, (kind, namespace)) in spaces.iter().enumerate() {
                // Of one index more than fit are never needed, unless they are as old as the bound.
                let mut from = 0;
                loop {
                    let newest = greatest.below.as_ref().map_or(newest, |below| below.updated_at as f64);
                    let scores = greatest.least()..=newest;
                    let by = ZRangeBy::score(scores).rev().limit(from, step as i64);
                    let found = kv.run(ZRange::new(layout::index(*kind, namespace), by)).await?;
                    let count = found.len();
                    let last = found.last().map_or(f64::NEG_INFINITY, |(_, at)| *at);
                    for (key, at) in found {
                        greatest.offer(Entry { updated_at: at as i64, key, space });
                    }
                    if count < step || last < greatest.least() {
                        break;
                    }
                    from += step as i64;
                }
            }
            let found = greatest.into_sorted();
            if skip <= SKIP || found.len() < room {
                return Ok(found.into_iter().skip(skip as usize).take(limit).collect());
            }
            skip -= found.len() as u64;
            below = found.into_iter().next_back();
        }
    }

    /// The time of the resource at an offset, or an earlier one where no resource is.
    async fn score_at(&self, kv: &Kv, spaces: &[Space], offset: u64) -> Result<f64> {
        let (mut low, mut high) = (0_i64, self.now().saturating_add(1 << 40));
        // The least time that at most `offset` resources are newer than.
        while low < high {
            let middle = low + (high - low) / 2;
            match self.newer_than(kv, spaces, middle as f64).await? <= offset {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        Ok(low as f64)
    }

    async fn newer_than(&self, kv: &Kv, spaces: &[Space], at: f64) -> Result<u64> {
        let newer = ScoreRange { min: ScoreBound::Exclusive(at), max: ScoreBound::Inclusive(f64::INFINITY) };
        let mut sum = 0;
        for chunk in spaces.chunks(STEP) {
            let mut batch = Batch::pipelined();
            let asked: Vec<_> = chunk
                .iter()
                .map(|(kind, namespace)| batch.push(ZCount::new(layout::index(*kind, namespace), newer)))
                .collect();
            let mut replies = kv.batch(batch).await?;
            for ticket in asked {
                sum += replies.take(ticket)?;
            }
        }
        Ok(sum)
    }

    /// A page of the resources whose keys start with a prefix, and how many there are.
    pub(super) async fn page_with_prefix(
        &self,
        kv: &Kv,
        spaces: &[Space],
        prefix: &str,
        offset: u64,
        limit: usize,
    ) -> Result<(Vec<Entry>, u64)> {
        let (mut skip, mut below) = (offset, None);
        loop {
            let room = skip.min(SKIP) as usize + limit;
            let mut greatest = Greatest::new(room, below.take());
            let mut total = 0;
            for (space, at) in spaces.iter().enumerate() {
                total += self.walk(kv, at, space, prefix, &mut greatest).await?;
            }
            let found = greatest.into_sorted();
            if skip <= SKIP || found.len() < room {
                let page = found.into_iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(limit);
                return Ok((page.collect(), total));
            }
            skip -= found.len() as u64;
            below = found.into_iter().next_back();
        }
    }

    /// Offers all resources of an index whose keys start with a prefix; says how many there are.
    async fn walk(
        &self,
        kv: &Kv,
        (kind, namespace): &Space,
        space: usize,
        prefix: &str,
        greatest: &mut Greatest,
    ) -> Result<u64> {
        let index = layout::index(*kind, namespace);
        let (mut total, mut cursor) = (0, Cursor::START);
        loop {
            let (found, next) = if self.ordered {
                let scan = Scan::new(cursor).pattern(layout::pattern(*kind, namespace, prefix));
                let page = kv.run(scan.count(STEP as u64)).await?;
                let names = page.items.iter().filter_map(|key| layout::name_of(*kind, namespace, key));
                let names: Vec<_> = names.map(Bytes::from).collect();
                let times = match names.is_empty() {
                    true => Vec::new(),
                    false => kv.run(ZMScore::new(&index, &names)).await?,
                };
                let found = names.into_iter().zip(times).filter_map(|(name, at)| Some((name, at?)));
                (found.collect::<Vec<_>>(), page.next)
            } else {
                let scan = ZScan::new(&index, cursor);
                let scan = scan.pattern(Pattern::from(glob::escape_prefix(prefix.as_bytes())));
                let page = kv.run(scan.count(STEP as u64)).await?;
                (page.items, page.next)
            };
            for (key, at) in found {
                total += 1;
                greatest.offer(Entry { updated_at: at as i64, key, space });
            }
            match next {
                Some(next) => cursor = next,
                None => return Ok(total),
            }
            tokio::task::yield_now().await;
        }
    }
}
