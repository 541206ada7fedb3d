//! A page of a list, from keys in their order.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credenza_core::blob::ListOptions;
use credenza_core::{Error, Result};

use crate::digest::Md5Sum;

/// How many objects and common prefixes a page may have.
const MAX_PAGE: usize = 1_000;
/// The first byte of a cursor.
const FORMAT: u8 = 1;

/// A page that is being filled. It says where the next keys are to be looked for, and is offered each key from
/// there on, until it has enough.
#[derive(Debug)]
pub(crate) struct Listing {
    options: ListOptions,
    place: Place,
    entries: Vec<Entry>,
    /// Whether there is another page.
    more: bool,
}

/// What a page has, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Key(String),
    Prefix(String),
}

/// After what the keys are that were not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Key(String),
    /// Every key that starts with this.
    Prefix(String),
}

/// Where keys are to be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seek {
    /// This key, or what follows it.
    At(Vec<u8>),
    /// What follows this key.
    After(Vec<u8>),
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Go on with the next key.
    Next,
    /// Go on where [`Listing::start`] says: many keys can be skipped.
    Skip,
    /// The page is full, or there is nothing more to be listed.
    Full,
}

impl Listing {
    /// Checks the options.
    pub(crate) fn new(options: ListOptions) -> Result<Listing> {
        if !(1..=MAX_PAGE).contains(&options.limit) {
            return Err(Error::invalid("the limit of a list is 1 to 1,000"));
        }
        let place = match &options.cursor {
            None => Place::Start,
            Some(cursor) => {
                read(cursor, &options).ok_or_else(|| Error::invalid("the cursor is of another list"))?
            }
        };
        Ok(Listing { options, place, entries: Vec::new(), more: false })
    }

    /// Where to look for the next key.
    pub(crate) fn start(&self) -> Seek {
        let (prefix, after) = (self.options.prefix.as_bytes(), self.options.start_after.as_bytes());
        match &self.place {
            Place::Start if after >= prefix && !after.is_empty() => Seek::After(after.to_vec()),
            Place::Start => Seek::At(prefix.to_vec()),
            Place::Key(key) => Seek::After(key.clone().into_bytes()),
            Place::Prefix(prefix) => Seek::At(beyond(prefix)),
        }
    }

    /// Before where to look for keys; `None` if to the end.
    pub(crate) fn until(&self) -> Option<Vec<u8>> {
        (!self.options.prefix.is_empty()).then(|| beyond(&self.options.prefix))
    }

    /// Looks at the next key.
    pub(crate) fn offer(&mut self, key: &str) -> Offer {
        let Some(rest) = key.strip_prefix(&self.options.prefix) else { return Offer::Full };
        let delimiter = &self.options.delimiter;
        let folded = match delimiter.is_empty() {
            true => None,
            false => rest.find(delimiter.as_str()).map(|at| {
                let end = self.options.prefix.len() + at + delimiter.len();
                key[..end].to_owned()
            }),
        };
        let listed = folded.as_ref().is_none_or(|prefix| *prefix > self.options.start_after);
        if listed && self.entries.len() == self.options.limit {
            self.more = true;
            return Offer::Full;
        }
        match folded {
            None => {
                self.entries.push(Entry::Key(key.to_owned()));
                self.place = Place::Key(key.to_owned());
                Offer::Next
            }
            Some(prefix) => {
                if listed {
                    self.entries.push(Entry::Prefix(prefix.clone()));
                }
                self.place = Place::Prefix(prefix);
                Offer::Skip
            }
        }
    }

    /// What the page has, and the cursor to the next if there is one.
    pub(crate) fn finish(self) -> (Vec<Entry>, Option<String>) {
        let cursor = self.more.then(|| write(&self.place, &self.options));
        (self.entries, cursor)
    }
}

/// The first text of bytes after everything that starts with this.
fn beyond(prefix: &str) -> Vec<u8> {
    let mut beyond = prefix.as_bytes().to_vec();
    // No byte of UTF-8 is the greatest one.
    if let Some(last) = beyond.last_mut() {
        *last += 1;
    }
    beyond
}

fn write(place: &Place, options: &ListOptions) -> String {
    let (kind, text) = match place {
        Place::Start => (b's', ""),
        Place::Key(key) => (b'k', key.as_str()),
        Place::Prefix(prefix) => (b'p', prefix.as_str()),
    };
    let mut cursor = vec![FORMAT, kind];
    cursor.extend_from_slice(&list_id(options));
    cursor.extend_from_slice(text.as_bytes());
    URL_SAFE_NO_PAD.encode(cursor)
}

fn read(cursor: &str, options: &ListOptions) -> Option<Place> {
    let cursor = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let [FORMAT, kind, rest @ ..] = &cursor[..] else { return None };
    let text = std::str::from_utf8(rest.strip_prefix(&list_id(options))?).ok()?;
    // What a caller made up itself may name any place in the list, and none outside.
    let inside = text.starts_with(&options.prefix) && !text.is_empty();
    match kind {
        b'k' if inside => Some(Place::Key(text.to_owned())),
        b'p' if inside && !options.delimiter.is_empty() => Some(Place::Prefix(text.to_owned())),
        _ => None,
    }
}

/// Tells lists apart: the same for the same prefix, delimiter and start.
fn list_id(options: &ListOptions) -> [u8; 8] {
    let mut sum = Md5Sum::default();
    for text in [&options.prefix, &options.delimiter, &options.start_after] {
        sum.update(&(text.len() as u64).to_le_bytes());
        sum.update(text.as_bytes());
    }
    let [a, b, c, d, e, f, g, h, ..] = sum.finish();
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
#[path = "listing/tests.rs"]
mod tests;
