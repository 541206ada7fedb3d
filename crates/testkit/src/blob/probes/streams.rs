//! Content that comes as a stream.

use bytes::Bytes;
use credenza_core::blob::PutOptions;
use credenza_core::{Error, ErrorKind, Result};

use super::{BlobSubject, CONTENT_TAGS, NOTHING, Notes, content, probes, read, seen};
use crate::blob::pieces::Pieces;

probes! { "streams":
    "a stream of known and of unknown length is put whole", NOTHING => lengths;
    "tiny, empty and late pieces are put whole", NOTHING => pieces;
    "a stream without a piece is an empty object", NOTHING => nothing;
    "a stream that is shorter or longer than it says changes nothing", NOTHING => wrong_length;
    "a stream that fails changes nothing, and its error is the answer", NOTHING => failing;
    "the MD5 of a stream is checked", NOTHING => md5;
    "what is put as a stream and as bytes is the same", CONTENT_TAGS => same;
}

async fn lengths(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    for size in [1, 4_095, 65_536, 65_537, 3 << 20] {
        let content = content(size);
        for length in [None, Some(size as u64)] {
            let step = format!("PUT a stream of {size} bytes, announced as {length:?}");
            let put = blob.put("k", Pieces::of(&content, 60_000).body(length)).await?;
            notes.equal(&step, put.size, size as u64);
            let found = read(subject, "k").await?;
            notes.check(found.as_ref() == Some(&content), step, "the same content", "another");
        }
    }
    Ok(())
}

async fn pieces(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let content = content(20_000);
    blob.put("tiny", Pieces::of(&content, 1).body(None)).await?;
    blob.put("late", Pieces::of(&content, 1_000).slow().body(Some(20_000))).await?;
    let empty = || Ok(Bytes::new());
    let between = content.chunks(7_000).map(|piece| Ok(Bytes::copy_from_slice(piece)));
    let with_empty = between.flat_map(|piece| [empty(), piece, empty(), empty()]);
    blob.put("empty", Pieces::new(with_empty).slow().body(None)).await?;
    for key in ["tiny", "late", "empty"] {
        let found = read(subject, key).await?;
        notes.check(found.as_ref() == Some(&content), key, "the same content", "another");
    }
    Ok(())
}

async fn nothing(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    for (key, length) in [("a", None), ("b", Some(0))] {
        let put = blob.put(key, Pieces::new([]).body(length)).await?;
        notes.equal(format!("PUT {key}"), put.size, 0);
        notes.equal(format!("GET {key}"), read(subject, key).await?, Some(Bytes::new()));
    }
    blob.put("c", Pieces::new([Ok(Bytes::new()), Ok(Bytes::new())]).slow().body(None)).await?;
    notes.equal("GET c", read(subject, "c").await?, Some(Bytes::new()));
    Ok(())
}

async fn wrong_length(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    blob.put("there", "as it was").await?;
    let before = seen(subject).await;
    for size in [1, 1_000, 300_000] {
        let content = content(size);
        let size = size as u64;
        for announced in [size - 1, size + 1, size * 2, u64::from(size == 1) * 1_000] {
            for key in ["there", "new"] {
                let step = format!("PUT {key}: {size} bytes, announced as {announced}");
                let put = blob.put(key, Pieces::of(&content, 50_000).slow().body(Some(announced))).await;
                notes.fails(&step, ErrorKind::InvalidArgument, &put);
                notes.unchanged(&step, &before, &seen(subject).await);
            }
        }
    }
    Ok(())
}

async fn failing(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    blob.put("there", "as it was").await?;
    let before = seen(subject).await;
    for (size, what) in [(0, "at once"), (100, "in the middle"), (300_000, "after much")] {
        // Nobody need ask a stream for more that says that it has nothing.
        let lengths = [None, Some(size as u64).filter(|length| *length > 0), Some(size as u64 + 1)];
        for length in lengths {
            for key in ["there", "new"] {
                let step = format!("PUT {key}: a stream that fails {what}, announced as {length:?}");
                let failure = Err(Error::new(ErrorKind::Decode, "the stream broke"));
                let content = content(size);
                let pieces = content.chunks(50_000).map(|piece| Ok(Bytes::copy_from_slice(piece)));
                let put = blob.put(key, Pieces::new(pieces.chain([failure])).slow().body(length)).await;
                notes.fails(&step, ErrorKind::Decode, &put);
                notes.unchanged(&step, &before, &seen(subject).await);
            }
        }
    }
    Ok(())
}

async fn md5(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    use md5::{Digest, Md5};
    let blob = subject.blob();
    let content = content(200_000);
    let right: [u8; 16] = Md5::digest(&content).into();
    let wrong: [u8; 16] = Md5::digest(b"something else").into();
    let with = |md5| PutOptions { md5: Some(md5), ..PutOptions::default() };
    blob.put_with("k", Pieces::of(&content, 30_000).body(None), with(right)).await?;
    let before = seen(subject).await;
    for key in ["k", "new"] {
        let put = blob.put_with(key, Pieces::of(&content, 30_000).slow().body(None), with(wrong)).await;
        notes.fails(format!("PUT {key} with another MD5"), ErrorKind::InvalidArgument, &put);
        notes.unchanged("a PUT with another MD5", &before, &seen(subject).await);
    }
    Ok(())
}

async fn same(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let content = content(150_000);
    let bytes = blob.put("bytes", content.clone()).await?;
    let stream = blob.put("stream", Pieces::of(&content, 1_234).slow().body(None)).await?;
    notes.equal("the size of a stream", stream.size, bytes.size);
    notes.equal("the tag of a stream", stream.etag, bytes.etag);
    Ok(())
}
