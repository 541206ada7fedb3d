//! Requests that nobody waits for any more: whole or not at all, and the store goes on.

use std::collections::BTreeSet;

use bytes::Bytes;
use credenza_core::blob::{BlobStore, PutOptions};
use credenza_core::{Context, Result};

use super::{BlobSubject, NOTHING, Notes, content, every_verb, furnish, key, probes, read, seen, store};
use crate::blob::pieces::Pieces;
use crate::cancel::poll_times;

/// Requests are polled up to so many times before they are dropped.
const POLLS: usize = 12;

probes! { "drops":
    "a put that is dropped left the old object or the new, whole", NOTHING => puts;
    "a verb that is dropped was carried out or was not", NOTHING => verbs;
    "a body that is dropped at any point disturbs nobody", NOTHING => bodies;
}

async fn puts(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let (old, new) = (Bytes::from_static(b"old"), content(300_000));
    for polls in 0..POLLS {
        for (name, before) in [("k", Some(old.clone())), ("new", None)] {
            match &before {
                Some(content) => drop(subject.blob().put(name, content.clone()).await?),
                None => drop(subject.blob().delete(name).await?),
            }
            let body = Pieces::of(&new, 60_000).slow().body(None);
            let (cx, name_key) = (Context::new(), key(name)?);
            let put = subject.store().put(&cx, &name_key, body, PutOptions::default());
            drop(poll_times(put, polls).await);
            let mut there = false;
            // What was still on its way may come, but then it stays.
            for look in 0..3 {
                let found = read(subject, name).await?;
                let step = format!("PUT {name}, dropped after {polls} polls, look {look}");
                let whole = found.as_ref() == Some(&new);
                notes.check(
                    whole || (found == before && !there),
                    step,
                    "the old object or the new",
                    "another",
                );
                there |= whole;
                subject.blob().put("after", look.to_string()).await?;
            }
        }
    }
    Ok(())
}

async fn verbs(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    for operation in every_verb()? {
        for polls in 0..POLLS {
            let keys = ["a", "a/b", "c", "new"].map(key).into_iter().collect::<Result<Vec<_>>>()?;
            subject.blob().delete_with(&keys, Default::default()).await?;
            furnish(subject).await?;
            let before = contents(subject).await;
            let dropped = poll_times(operation.run(store(subject)), polls).await;
            let left: Vec<BTreeSet<String>> = vec![contents(subject).await, contents(subject).await];

            subject.blob().delete_with(&keys, Default::default()).await?;
            furnish(subject).await?;
            operation.run(store(subject)).await;
            let after = contents(subject).await;
            let fits = left.iter().all(|left| *left == before || *left == after);
            let step = format!("{operation}, dropped after {polls} polls");
            notes.check(fits, step, format!("{before:?} or {after:?}"), format!("{left:?}"));
            if dropped.is_some() {
                break;
            }
        }
    }
    Ok(())
}

/// All objects, without their times, and without tags that are another each time.
async fn contents(subject: &BlobSubject) -> BTreeSet<String> {
    let stable = subject.capabilities().content_tags;
    let without = |line: &String| {
        let (key, rest) = line.split_once(" put at ").unwrap_or((line, ""));
        let rest = rest.split_once(": ").map_or(rest, |(_, rest)| rest);
        match rest.split_once("\"etag\", \"") {
            Some((before, tag)) if !stable => {
                format!("{key}: {before}{}", tag.split_once('"').map_or(tag, |(_, after)| after))
            }
            _ => format!("{key}: {rest}"),
        }
    };
    seen(subject).await.iter().map(without).collect()
}

async fn bodies(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let content = content(1 << 20);
    subject.blob().put("k", content.clone()).await?;
    for polls in 0..POLLS {
        if let Some(mut object) = subject.blob().get("k").await? {
            // The future is dropped, and asked for anew: nothing is lost by that.
            let mut read = 0;
            while let Some(piece) = match poll_times(object.body.next(), polls).await {
                Some(piece) => piece?,
                None => object.body.next().await?,
            } {
                let here = content.get(read..read + piece.len());
                notes.check(
                    here == Some(&piece[..]),
                    format!("a piece at {read}"),
                    "what was put",
                    "another",
                );
                read += piece.len();
            }
            notes.equal("a body whose futures were dropped", read, content.len());
        }
        if let Some(mut object) = subject.blob().get("k").await? {
            for _ in 0..polls {
                drop(poll_times(object.body.next(), 1).await);
            }
        }
    }
    let found = read(subject, "k").await?;
    notes.check(found == Some(content), "GET k", "the object", "something else");
    Ok(())
}
