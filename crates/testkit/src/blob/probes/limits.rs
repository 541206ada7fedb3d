//! Limits: what is larger than the store says is refused before anything happens; what is as large is taken.

use credenza_core::blob::{BlobKey, Body, CopyOptions, DeleteOptions, GetOptions, PutOptions};
use credenza_core::{Context, ErrorKind, Result};

use super::{BlobSubject, NOTHING, Notes, content, furnish, key, probes, seen, store};
use crate::blob::operation::Operation;
use crate::blob::pieces::Pieces;
use crate::script::Answer;

/// What a test makes at most, in bytes; a greater limit is not tried.
const LARGE: u64 = 64 << 20;

probes! { "limits":
    "a key up to the limit is taken, a longer one is refused by every verb", NOTHING => keys;
    "metadata and headers up to the limit are taken, a byte more is refused", NOTHING => metadata;
    "an object up to the limit is taken, a byte more is refused", NOTHING => size;
    "keys of one DELETE up to the limit are taken, one more is refused", NOTHING => batch;
}

async fn keys(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let limit = subject.capabilities().limits.key;
    let longest = BlobKey::of_any_length("k".repeat(limit))?;
    let (cx, store) = (&Context::new(), store(subject));
    store.put(cx, &longest, "longest".into(), PutOptions::default()).await?;
    // Not by the handle, which knows no longer keys than S3 has.
    let found = Operation::Get { key: longest.clone(), options: GetOptions::default() }.run(store).await;
    notes.equal("GET the longest key", found, Answer::Bulk("longest".into()));
    store.copy(cx, &key("a")?, &longest, CopyOptions::default()).await?;

    let before = seen(subject).await;
    let long = &BlobKey::of_any_length("k".repeat(limit + 1))?;
    let kind = ErrorKind::LimitExceeded;
    notes.fails("PUT", kind, &store.put(cx, long, "v".into(), PutOptions::default()).await);
    notes.fails("GET", kind, &store.get(cx, long, GetOptions::default()).await);
    notes.fails("HEAD", kind, &store.head(cx, long).await);
    let two = [key("a")?, long.clone()];
    notes.fails("DELETE", kind, &store.delete(cx, &two, DeleteOptions::default()).await);
    notes.fails("COPY from", kind, &store.copy(cx, long, &key("x")?, CopyOptions::default()).await);
    notes.fails("COPY to", kind, &store.copy(cx, &key("a")?, long, CopyOptions::default()).await);
    notes.unchanged("too long a key", &before, &seen(subject).await);
    Ok(())
}

async fn metadata(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.metadata;
    if limit as u64 > LARGE || limit < 100 {
        notes.skip("the limit on metadata is too great to try");
        return Ok(());
    }
    furnish(subject).await?;
    let blob = subject.blob();
    let with = |name: usize, value: usize, header: usize| {
        let mut options = PutOptions { content_type: Some("t".repeat(header)), ..PutOptions::default() };
        options.metadata.insert("n".repeat(name), "v".repeat(value));
        options
    };
    blob.put_with("a", "v", with(10, limit - 40, 30)).await?;
    let before = seen(subject).await;
    for (what, options) in [
        ("a value", with(10, limit - 39, 30)),
        ("a name", with(limit - 39, 10, 30)),
        ("a header", with(10, 10, limit - 19)),
        ("very much", with(10, limit * 4, 10)),
    ] {
        for key in ["a", "new"] {
            let put = blob.put_with(key, "w", options.clone()).await;
            notes.fails(format!("PUT {key} with too long {what}"), ErrorKind::LimitExceeded, &put);
        }
    }
    notes.unchanged("too much metadata", &before, &seen(subject).await);
    Ok(())
}

async fn size(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.size;
    furnish(subject).await?;
    let blob = subject.blob();
    let before = seen(subject).await;
    // A body that says that it is too long is refused before it is read.
    if let Some(beyond) = limit.checked_add(1) {
        let never = Body::stream(Pieces::new([]), Some(beyond));
        notes.fails(
            "PUT of what says that it is too long",
            ErrorKind::LimitExceeded,
            &blob.put("a", never).await,
        );
        notes.unchanged("PUT of what says that it is too long", &before, &seen(subject).await);
    }
    if limit > LARGE {
        notes.skip("the limit on objects is too great to try");
        return Ok(());
    }
    let all = content(limit as usize + 1);
    let long = Pieces::of(&all, 1 << 20).body(None);
    notes.fails("PUT of a stream that is too long", ErrorKind::LimitExceeded, &blob.put("a", long).await);
    notes.unchanged("PUT of a stream that is too long", &before, &seen(subject).await);
    for (key, length) in [("known", Some(limit)), ("unknown", None)] {
        let largest = Pieces::of(&all.slice(..limit as usize), 1 << 20).body(length);
        notes.equal(format!("PUT {key}"), blob.put(key, largest).await?.size, limit);
    }
    Ok(())
}

async fn batch(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.batch;
    if limit > 20_000 {
        notes.skip("the limit on keys of a DELETE is too great to try");
        return Ok(());
    }
    furnish(subject).await?;
    let before = seen(subject).await;
    let mut keys = vec![key("a")?];
    for number in 0..limit {
        keys.push(key(&format!("missing/{number}"))?);
    }
    let blob = subject.blob();
    let deleted = blob.delete_with(&keys, DeleteOptions::default()).await;
    notes.fails("DELETE of too many keys", ErrorKind::LimitExceeded, &deleted);
    notes.unchanged("DELETE of too many keys", &before, &seen(subject).await);
    keys.pop();
    let deleted = blob.delete_with(&keys, DeleteOptions::default()).await?;
    notes.equal("DELETE of as many keys as may be", deleted.len(), limit);
    notes.equal("those that were there", deleted.iter().filter(|deleted| **deleted).count(), 1);
    Ok(())
}
