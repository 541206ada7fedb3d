use std::collections::BTreeSet;

use super::*;

fn list(keys: &[&str], options: &ListOptions) -> (Vec<String>, Option<String>) {
    let keys: BTreeSet<&str> = keys.iter().copied().collect();
    let mut listing = Listing::new(options.clone()).unwrap();
    let until = listing.until();
    'seek: loop {
        let start = listing.start();
        let reached = |key: &str| match &start {
            Seek::At(start) => key.as_bytes() >= &start[..],
            Seek::After(start) => key.as_bytes() > &start[..],
        };
        for key in keys.iter().filter(|key| reached(key)) {
            if until.as_ref().is_some_and(|until| key.as_bytes() >= &until[..]) {
                break 'seek;
            }
            match listing.offer(key) {
                Offer::Next => {}
                Offer::Skip => continue 'seek,
                Offer::Full => break 'seek,
            }
        }
        break;
    }
    let (entries, cursor) = listing.finish();
    let text = |entry| match entry {
        Entry::Key(key) => key,
        Entry::Prefix(prefix) => format!("{prefix}*"),
    };
    (entries.into_iter().map(text).collect(), cursor)
}

/// All pages of a list.
fn all(keys: &[&str], mut options: ListOptions) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let (page, cursor) = list(keys, &options);
        assert!(page.len() <= options.limit);
        assert!(!page.is_empty() || cursor.is_none(), "an empty page that is not the last");
        all.extend(page);
        match cursor {
            Some(cursor) => options.cursor = Some(cursor),
            None => return all,
        }
    }
}

/// What a list is, by its definition.
fn expected(keys: &[&str], options: &ListOptions) -> Vec<String> {
    let keys: BTreeSet<&str> = keys.iter().copied().collect();
    let mut found = BTreeSet::new();
    for key in keys {
        let Some(rest) = key.strip_prefix(&options.prefix) else { continue };
        match rest.find(&options.delimiter).filter(|_| !options.delimiter.is_empty()) {
            None => found.insert((key.to_owned(), false)),
            Some(at) => {
                let end = options.prefix.len() + at + options.delimiter.len();
                found.insert((key[..end].to_owned(), true))
            }
        };
    }
    let after = found.into_iter().filter(|(text, _)| *text > options.start_after);
    after.map(|(text, folded)| if folded { text + "*" } else { text }).collect()
}

const KEYS: &[&str] = &[
    "a",
    "a/",
    "a/b",
    "a/b/c",
    "a/b/d",
    "a/c",
    "a0",
    "b//c",
    "b/",
    "b/c",
    "c",
    "c/d",
    "кот/а",
    "кот/б",
    "коты",
];

#[test]
fn pages_of_any_size_are_the_list_by_its_definition() {
    for prefix in ["", "a", "a/", "a/b", "a/b/", "b/", "к", "кот/", "zz"] {
        for delimiter in ["", "/", "//", "b"] {
            for start_after in ["", "a", "a/", "a/b", "a/b/cc", "b", "b/", "кот", "кот/", "кот/а", "zzz"]
            {
                for limit in [1, 2, 3, 1_000] {
                    let options = ListOptions {
                        prefix: prefix.into(),
                        delimiter: delimiter.into(),
                        start_after: start_after.into(),
                        cursor: None,
                        limit,
                    };
                    assert_eq!(all(KEYS, options.clone()), expected(KEYS, &options), "{options:?}");
                }
            }
        }
    }
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let options = ListOptions { prefix: "a".into(), limit: 1, ..ListOptions::default() };
    let cursor = list(KEYS, &options).1;
    assert!(cursor.is_some());
    let mut same = ListOptions { cursor: cursor.clone(), ..options.clone() };
    assert!(Listing::new(same.clone()).is_ok());
    same.limit = 7;
    assert!(Listing::new(same.clone()).is_ok(), "the size of the pages may change");
    for other in [
        ListOptions { prefix: "b".into(), ..same.clone() },
        ListOptions { prefix: String::new(), ..same.clone() },
        ListOptions { delimiter: "/".into(), ..same.clone() },
        ListOptions { start_after: "a".into(), ..same.clone() },
    ] {
        assert!(Listing::new(other.clone()).is_err(), "{other:?}");
    }
    for cursor in ["", "x", "!", "AAAA", &"A".repeat(2_000)] {
        assert!(
            Listing::new(ListOptions { cursor: Some(cursor.into()), ..options.clone() }).is_err(),
            "{cursor}"
        );
    }
    for limit in [0, 1_001, usize::MAX] {
        assert!(Listing::new(ListOptions { limit, ..ListOptions::default() }).is_err());
    }
}
