//! Lists: pages of every length, and lists of what changes meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use credenza_core::blob::{ListOptions, ListPage};
use credenza_core::{Error, Result};
use tokio::task::JoinSet;

use super::{BlobSubject, NOTHING, Notes, probes, store};
use crate::blob::operation::all_pages;

probes! { "pages":
    "pages of every length make the same list", NOTHING => every_limit;
    "a page of folders and objects is in one order", NOTHING => merged;
    "more than a page", NOTHING => more_than_a_page;
    "an object that stays is listed exactly once while others come and go", NOTHING => under_change;
    "a cursor outlives the object that it stands at", NOTHING => cursor_stays;
}

const KEYS: [&str; 24] = [
    "a", "a/", "a/a", "a/b", "a/b/c", "a/b/d", "a/c", "a0", "a-", "ab", "ab/c", "b", "b/a", "b/a/x", "b/b",
    "bb", "c/1", "c/2", "c/3", "d", "é", "é/1", "é/2", "z",
];

async fn put_all(subject: &BlobSubject) -> Result<()> {
    let empty = subject.capabilities().empty_parts;
    for key in KEYS.iter().filter(|key| empty || !key.ends_with('/')) {
        subject.blob().put(*key, *key).await?;
    }
    Ok(())
}

/// The same list with pages of this length.
async fn paged(subject: &BlobSubject, options: &ListOptions, limit: usize) -> Result<ListPage> {
    all_pages(store(subject), ListOptions { limit, ..options.clone() }).await
}

async fn every_limit(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    put_all(subject).await?;
    for prefix in ["", "a", "a/", "b/a", "é", "none"] {
        for delimiter in ["", "/", "b"] {
            for start_after in ["", "a", "a/b", "ab", "b/", "zz"] {
                let (prefix, delimiter) = (prefix.to_owned(), delimiter.to_owned());
                let start_after = start_after.to_owned();
                let options = ListOptions { prefix, delimiter, start_after, ..ListOptions::default() };
                let whole = paged(subject, &options, 1_000).await?;
                for limit in 1..=whole.objects.len() + whole.prefixes.len() + 1 {
                    let pages = paged(subject, &options, limit).await?;
                    let step = format!("{options:?} in pages of {limit}");
                    let same = pages.objects == whole.objects && pages.prefixes == whole.prefixes;
                    notes.check(same, step, format!("{:?}", names(&whole)), format!("{:?}", names(&pages)));
                }
            }
        }
    }
    Ok(())
}

/// Objects and common prefixes, in the order of a page of its own.
fn names(page: &ListPage) -> Vec<&str> {
    let objects = page.objects.iter().map(|info| info.key.as_str());
    objects.chain(page.prefixes.iter().map(String::as_str)).collect()
}

async fn merged(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    put_all(subject).await?;
    let mut options = ListOptions { delimiter: "/".into(), limit: 1, ..ListOptions::default() };
    let mut entries: Vec<String> = Vec::new();
    loop {
        let page = subject.blob().list_with(options.clone()).await?;
        entries.extend(names(&page).into_iter().map(str::to_owned));
        match page.cursor {
            Some(cursor) if entries.len() < 100 => options.cursor = Some(cursor),
            _ => break,
        }
    }
    let mut sorted = entries.clone();
    sorted.sort();
    sorted.dedup();
    notes.equal("entries of pages of one", entries, sorted);
    Ok(())
}

async fn more_than_a_page(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    const COUNT: usize = 1_005;
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let blob = subject.blob();
        tasks.spawn(async move {
            for number in (task..COUNT).step_by(16) {
                blob.put(format!("{:02}/{number:04}", number % 3), "").await?;
            }
            Ok::<_, Error>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| Error::internal(error.to_string()))??;
    }
    let page = subject.blob().list("").await?;
    notes.equal("the first page", page.objects.len(), 1_000);
    notes.check(page.cursor.is_some(), "the first page", "a cursor", "none");
    let all = paged(subject, &ListOptions::default(), 1_000).await?;
    notes.equal("the whole list", all.objects.len(), COUNT);
    notes.check(all.objects.is_sorted_by_key(|info| info.key.clone()), "the whole list", "order", "none");
    let folders = ListOptions { delimiter: "/".into(), ..ListOptions::default() };
    let folders = paged(subject, &folders, 1_000).await?;
    notes.equal("the folders", folders.prefixes, ["00/", "01/", "02/"]);
    Ok(())
}

async fn under_change(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    const STAY: usize = 100;
    for number in 0..STAY {
        subject.blob().put(format!("k{number:03}"), "stays").await?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..3_usize {
        let (blob, stop) = (subject.blob(), stop.clone());
        writers.spawn(async move {
            let mut number = writer;
            while !stop.load(Ordering::Relaxed) {
                number = (number + 7) % STAY;
                let comes = format!("k{number:03}+{writer}");
                blob.put(comes.as_str(), "goes").await?;
                // One that stays is put again.
                blob.put(format!("k{number:03}"), "stays").await?;
                blob.delete(comes.as_str()).await?;
                tokio::task::yield_now().await;
            }
            Ok::<_, Error>(())
        });
    }
    let mut list = async || {
        for limit in [3, 7, 50, 1_000] {
            let list = paged(subject, &ListOptions::default(), limit).await?;
            let sorted = list.objects.is_sorted_by(|one, next| one.key < next.key);
            notes.check(
                sorted,
                format!("pages of {limit}"),
                "each once, in order",
                "some twice or in disorder",
            );
            let stay = list.objects.iter().filter(|info| info.key.len() == 4).count();
            notes.equal(format!("those that stay, in pages of {limit}"), stay, STAY);
        }
        Ok::<_, Error>(())
    };
    let listed = list().await;
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = writers.join_next().await {
        ended.map_err(|error| Error::internal(error.to_string()))??;
    }
    listed
}

async fn cursor_stays(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    for key in ["a", "b", "c", "d", "e/1", "e/2", "f"] {
        blob.put(key, "v").await?;
    }
    let options = ListOptions { limit: 2, ..ListOptions::default() };
    let cursor = blob.list_with(options.clone()).await?.cursor;
    for key in ["a", "b", "c"] {
        blob.delete(key).await?;
    }
    let page = blob.list_with(ListOptions { cursor, ..options.clone() }).await?;
    notes.equal("the page after objects that are gone", names(&page), ["d", "e/1"]);

    let options = ListOptions { delimiter: "/".into(), ..options };
    let page = blob.list_with(options.clone()).await?;
    notes.equal("a page that ends with a folder", names(&page), ["d", "e/"]);
    blob.put("e/3", "v").await?;
    let page = blob.list_with(ListOptions { cursor: page.cursor, ..options }).await?;
    notes.equal("the page after it", names(&page), ["f"]);
    Ok(())
}
