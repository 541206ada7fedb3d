//! Readers of objects that change under them.

use bytes::{Bytes, BytesMut};
use credenza_core::blob::{Body, Range};
use credenza_core::{Error, Result};

use super::{BlobSubject, NOTHING, Notes, content, probes, read};

const SIZE: usize = 2 << 20;

probes! { "readers":
    "a reader keeps what it reads while the object is replaced and deleted", NOTHING => keeps;
    "a reader of a range keeps it too", NOTHING => keeps_range;
    "a body that is not read to its end disturbs nobody", NOTHING => dropped;
    "many readers of one object each read all of it", NOTHING => many;
}

async fn body(subject: &BlobSubject, range: Range) -> Result<Body> {
    let object = subject.blob().get_range("k", range).await?;
    object.map(|object| object.body).ok_or_else(|| Error::internal("the object is gone"))
}

/// The first piece that is not empty.
async fn first(body: &mut Body) -> Result<Bytes> {
    while let Some(piece) = body.next().await? {
        if !piece.is_empty() {
            return Ok(piece);
        }
    }
    Ok(Bytes::new())
}

async fn rest(read: Bytes, body: Body) -> Result<Bytes> {
    let mut all = BytesMut::from(&read[..]);
    all.extend_from_slice(&body.collect(SIZE).await?);
    Ok(all.freeze())
}

async fn keeps(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let (blob, old) = (subject.blob(), content(SIZE));
    blob.put("k", old.clone()).await?;
    let (mut replaced, mut deleted, unread) = (
        body(subject, Range::Full).await?,
        body(subject, Range::Full).await?,
        body(subject, Range::Full).await?,
    );
    let (one, two) = (first(&mut replaced).await?, first(&mut deleted).await?);
    blob.put("k", vec![b'n'; SIZE]).await?;
    let whole = rest(one, replaced).await?;
    notes.check(whole == old, "a body whose object was replaced", "the object as it was", "something else");
    blob.delete("k").await?;
    for number in 0..20 {
        blob.put(format!("other/{number}"), vec![b'o'; 100_000]).await?;
    }
    let whole = rest(two, deleted).await?;
    notes.check(whole == old, "a body whose object was deleted", "the object as it was", "something else");
    let whole = rest(Bytes::new(), unread).await?;
    notes.check(
        whole == old,
        "a body that was not read until then",
        "the object as it was",
        "something else",
    );
    notes.equal("GET k", read(subject, "k").await?, None::<Bytes>);
    Ok(())
}

async fn keeps_range(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let (blob, old) = (subject.blob(), content(SIZE));
    blob.put("k", old.clone()).await?;
    let part = body(subject, Range::Between(1_000_000, 1_500_000)).await?;
    let last = body(subject, Range::Suffix(700_001)).await?;
    blob.put("k", "short").await?;
    let part = rest(Bytes::new(), part).await?;
    notes.check(part == old[1_000_000..1_500_000], "a range", "the object as it was", "something else");
    blob.delete("k").await?;
    let last = rest(Bytes::new(), last).await?;
    notes.check(last == old[SIZE - 700_001..], "the last bytes", "the object as it was", "something else");
    Ok(())
}

async fn dropped(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let (blob, old) = (subject.blob(), content(SIZE));
    blob.put("k", old.clone()).await?;
    for round in 0..50 {
        let mut body = body(subject, Range::Full).await?;
        if round % 2 == 0 {
            first(&mut body).await?;
        }
    }
    let found = read(subject, "k").await?;
    notes.check(found == Some(old), "GET k", "the object", "something else");
    blob.delete("k").await?;
    notes.equal("GET k", read(subject, "k").await?, None::<Bytes>);
    Ok(())
}

async fn many(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let (blob, old) = (subject.blob(), content(SIZE));
    blob.put("k", old.clone()).await?;
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let blob = blob.clone();
        readers.spawn(async move {
            let object = blob.get("k").await?.ok_or_else(|| Error::internal("the object is gone"))?;
            object.body.collect(SIZE).await
        });
    }
    while let Some(ended) = readers.join_next().await {
        let found = ended.map_err(|error| Error::internal(error.to_string()))??;
        notes.check(found == old, "GET k", "the object", "something else");
    }
    Ok(())
}
