//! Scans: one step each; the engine knows where a cursor stands.

use bytes::Bytes;
use credenza_core::command::{HScan, SScan, Scan, ZScan};
use credenza_core::semantics::glob::{literal_prefix, matches};
use credenza_core::{Kind, Page, Pattern, Reply, Result};

use crate::keyspace::{Keyspace, ScanKeys};
use crate::step::Step;

/// How many elements a step looks at if it is not told.
const COUNT: u64 = 10;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn scan(&mut self, c: Scan) -> Result<Reply> {
        let prefix = c.pattern.as_ref().map(|pattern| literal_prefix(pattern)).unwrap_or_default();
        let (count, now) = (self.page_len(c.count), self.now());
        let page = self.space.scan(&ScanKeys { cursor: &c.cursor, count, prefix: &prefix, now })?;
        let found = page.items.into_iter().filter(|(_, kind)| c.kind.is_none_or(|wanted| wanted == *kind));
        let items = found.map(|(key, _)| key).filter(|key| fits(&c.pattern, key)).collect();
        Ok(Reply::KeyPage(Box::new(Page { next: page.next, items })))
    }

    pub(crate) fn hscan(&mut self, c: HScan) -> Result<Reply> {
        let count = self.page_len(c.count);
        let page = match self.peek_kind(&c.key, Kind::Hash)? {
            Some(hash) => self.space.hash_scan(hash.at, &c.cursor, count)?,
            None => nothing(),
        };
        Ok(Reply::EntryPage(Box::new(only(page, |(field, _)| fits(&c.pattern, field)))))
    }

    pub(crate) fn sscan(&mut self, c: SScan) -> Result<Reply> {
        let count = self.page_len(c.count);
        let page = match self.peek_kind(&c.key, Kind::Set)? {
            Some(set) => self.space.set_scan(set.at, &c.cursor, count)?,
            None => nothing(),
        };
        Ok(Reply::MemberPage(Box::new(only(page, |member| fits(&c.pattern, member)))))
    }

    pub(crate) fn zscan(&mut self, c: ZScan) -> Result<Reply> {
        let count = self.page_len(c.count);
        let page = match self.peek_kind(&c.key, Kind::SortedSet)? {
            Some(zset) => self.space.zset_scan(zset.at, &c.cursor, count)?,
            None => nothing(),
        };
        Ok(Reply::ScoredPage(Box::new(only(page, |(member, _)| fits(&c.pattern, member)))))
    }

    fn page_len(&self, count: Option<u64>) -> usize {
        usize::try_from(count.unwrap_or(COUNT)).unwrap_or(usize::MAX).min(self.limits.page).max(1)
    }
}

fn fits(pattern: &Option<Pattern>, name: &Bytes) -> bool {
    pattern.as_ref().is_none_or(|pattern| matches(pattern, name))
}

fn nothing<T>() -> Page<T> {
    Page { next: None, items: Vec::new() }
}

fn only<T>(mut page: Page<T>, wanted: impl FnMut(&T) -> bool) -> Page<T> {
    page.items.retain(wanted);
    page
}
