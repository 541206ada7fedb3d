//! List.

use credenza_core::blob::{BlobKey, ListOptions, ListPage};
use credenza_core::{Context, Result};

use super::error::corrupt;
use super::store::Inner;
use crate::check;
use crate::listing::{Entry, Listing, Offer};

/// How many keys are asked for after many were skipped: the next may be skipped too.
const FEW: usize = 16;

impl Inner {
    pub(super) async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        let most = options.limit.saturating_add(1);
        let mut ask = if options.delimiter.is_empty() { most } else { FEW.min(most) };
        let mut listing = Listing::new(options)?;
        let until = listing.until();
        'pages: loop {
            check::deadline(cx)?;
            let keys = self.index.keys(cx, listing.start(), until.as_deref(), ask).await?;
            let more = keys.len() == ask;
            ask = most.min(2 * ask);
            for key in keys {
                let key = std::str::from_utf8(&key).map_err(|_| corrupt("a key in the index is damaged"))?;
                match listing.offer(key) {
                    Offer::Next => {}
                    Offer::Skip => {
                        ask = FEW.min(most);
                        continue 'pages;
                    }
                    Offer::Full => break 'pages,
                }
            }
            if !more {
                break;
            }
        }
        self.page(cx, listing).await
    }

    async fn page(&self, cx: &Context, listing: Listing) -> Result<ListPage> {
        let (entries, cursor) = listing.finish();
        let (mut keys, mut prefixes) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry {
                Entry::Key(key) => keys.push(key),
                Entry::Prefix(prefix) => prefixes.push(prefix),
            }
        }
        let mut objects = Vec::with_capacity(keys.len());
        let found = self.index.find_each(cx, keys.iter().map(String::as_str)).await?;
        for (key, found) in keys.into_iter().zip(found) {
            // One that was deleted since is left out.
            if let Some(found) = found {
                objects.push(found.record.into_info(BlobKey::of_any_length(key)?));
            }
        }
        Ok(ListPage { objects, prefixes, cursor })
    }
}
