//! Listing.

use credenza_core::blob::{BlobKey, ListOptions, ListPage};
use credenza_core::{Error, ErrorKind, Result};
use opendal::options;
use opendal::raw::oio::List;
use opendal::raw::{OpList, Service};

use super::client::Verb;
use super::page::Page;
use crate::listing::{Entry, Listing, Offer, Seek};

/// How many names a request asks for at most: S3's limit.
const NAMES: usize = 1_000;
/// The one delimiter that the service folds by itself; by others it is done here.
const SLASH: &str = "/";
/// After every name that starts with what stands before it, but for those that go on with it.
const LAST: char = char::MAX;

impl Verb<'_> {
    /// A page of a list. S3 lists names; what else is known of the objects is asked for one by one.
    pub(super) async fn list(&self, options: ListOptions) -> Result<ListPage> {
        let prefix = options.prefix.clone();
        let folds = options.delimiter == SLASH;
        let limit = if folds || options.delimiter.is_empty() { options.limit } else { NAMES };
        let mut listing = Listing::new(options)?;
        // Names that start with a slash are no keys without a prefix in the bucket.
        let is_empty = self.client.config.prefix.is_empty() && prefix.starts_with(SLASH);
        if !is_empty {
            self.fill(&mut listing, &prefix, folds, limit).await?;
        }
        let (entries, cursor) = listing.finish();
        let mut page = ListPage { objects: Vec::new(), prefixes: Vec::new(), cursor };
        let mut keys = Vec::new();
        for entry in entries {
            match entry {
                Entry::Key(key) => keys.push(BlobKey::of_any_length(key)?),
                Entry::Prefix(prefix) => page.prefixes.push(prefix),
            }
        }
        let found = self.together(keys.iter().map(|key| self.head(key)).collect()).await?;
        // Those that are gone meanwhile are not there.
        page.objects = found.into_iter().flatten().collect();
        Ok(page)
    }

    async fn fill(&self, listing: &mut Listing, prefix: &str, folds: bool, limit: usize) -> Result<()> {
        let (mut asked, mut seen): (Option<Option<String>>, Option<String>) = (None, None);
        loop {
            let after = self.after(prefix, &listing.start(), seen.as_deref());
            if asked.as_ref() == Some(&after) {
                return Err(Error::new(ErrorKind::Unavailable, "the service answers the same page again"));
            }
            let Page { names, more } = self.names(prefix, after.as_deref(), folds, limit).await?;
            for name in &names {
                let Some(key) = name.strip_prefix(&self.client.config.prefix) else { continue };
                let passed = match listing.start() {
                    Seek::At(seek) => key.as_bytes() < &seek[..],
                    Seek::After(seek) => key.as_bytes() <= &seek[..],
                };
                if !passed && self.is_key(key, folds && key != prefix) && listing.offer(key) == Offer::Full {
                    return Ok(());
                }
            }
            if !more {
                return Ok(());
            }
            let last = names.last().and_then(|name| name.strip_prefix(&self.client.config.prefix));
            seen = after.clone().max(last.map(str::to_owned));
            asked = Some(after);
        }
    }

    /// The names that come next, in order.
    async fn names(&self, prefix: &str, after: Option<&str>, folds: bool, limit: usize) -> Result<Page> {
        let asked = self.ask();
        let own = &self.client.config.prefix;
        let options = options::ListOptions {
            // One more tells whether there is another page.
            limit: Some((limit + 1).min(NAMES)),
            start_after: after.map(|after| format!("{own}{after}")),
            recursive: !folds,
            ..options::ListOptions::default()
        };
        let path = format!("{own}{prefix}");
        // The name of nothing is the root of the bucket to OpenDAL.
        let path = if path.is_empty() { SLASH } else { &path };
        let mut lister = asked.done(self.client.service.list(&asked.context, path, OpList::from(options)))?;
        asked.done(lister.next().await)?;
        let broken = || Error::new(ErrorKind::Unavailable, "the answer is not a page of a list");
        asked.call.take_page().ok_or_else(broken)
    }

    /// A text before the keys to be listed, and after as many others as can be.
    fn after(&self, prefix: &str, from: &Seek, seen: Option<&str>) -> Option<String> {
        let text = match from {
            Seek::After(key) => String::from_utf8(key.clone()).ok(),
            Seek::At(key) if *key == prefix.as_bytes() => None,
            Seek::At(key) => beyond(key),
        };
        let text = text.max(seen.map(str::to_owned))?;
        // Without a prefix in the bucket OpenDAL takes no name that starts with a slash, and none is a key.
        let slash = self.client.config.prefix.is_empty() && text.starts_with(SLASH);
        Some(if slash { format!(".{LAST}") } else { text })
    }

    /// Whether a name in the bucket is a key of this store; or the start of some, where it may be a common prefix.
    fn is_key(&self, name: &str, folded: bool) -> bool {
        let parts = if folded { name.strip_suffix(SLASH).unwrap_or(name) } else { name };
        let whole = !self.client.config.prefix.is_empty();
        (whole || !parts.split('/').any(str::is_empty)) && BlobKey::of_any_length(name).is_ok()
    }
}

/// A text after those that start with a common prefix. Its last byte was raised by one to seek behind it.
fn beyond(seek: &[u8]) -> Option<String> {
    let mut prefix = seek.to_vec();
    *prefix.last_mut()? -= 1;
    let mut text = String::from_utf8(prefix).ok()?;
    text.push(LAST);
    Some(text)
}
