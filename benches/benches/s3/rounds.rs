//! What is measured.

use std::hint::black_box;

use benches::{Rounds, Subject};
use bytes::Bytes;
use credenza_core::Blob;
use credenza_core::blob::Body;
use futures_util::{StreamExt, stream};
use opendal::Operator;
use tokio::runtime::Runtime;

use crate::stores::{Kind, PART, content};

/// Objects of one size that are put and read in turns.
const COUNT: u64 = 8;

fn name(kind: Kind, operation: u64) -> String {
    format!("{}/{}", kind.name, operation % COUNT)
}

pub(crate) fn puts(runtime: &Runtime, server: &str, kind: Kind, ours: &Blob, theirs: &Operator) {
    let content = content(kind.size);
    Rounds::new(format!("put of {} on {server}, one task", kind.name)).run(&mut [
        Subject::new("credenza-blob, through Blob", |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    ours.put(name(kind, operation), content.clone()).await.expect("a put succeeds");
                }
            });
        }),
        Subject::new("OpenDAL, by hand", |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    let put = theirs.write(&name(kind, operation), content.clone()).await;
                    put.expect("a put succeeds");
                }
            });
        }),
    ]);
}

pub(crate) fn gets(runtime: &Runtime, server: &str, kind: Kind, ours: &Blob, theirs: &Operator) {
    runtime.block_on(async {
        for operation in 0..COUNT {
            let name = name(kind, operation);
            ours.put(name.as_str(), content(kind.size)).await.expect("a put succeeds");
            theirs.write(&name, content(kind.size)).await.expect("a put succeeds");
        }
    });
    Rounds::new(format!("get of {} on {server}, one task, piece by piece", kind.name)).run(&mut [
        Subject::new("credenza-blob, through Blob", |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    let object = ours.get(name(kind, operation)).await.expect("a get succeeds");
                    let mut body = object.expect("it is there").body;
                    let mut read = 0;
                    while let Some(piece) = body.next().await.expect("a get succeeds") {
                        read += black_box(piece).len();
                    }
                    assert_eq!(read, kind.size);
                }
            });
        }),
        Subject::new("OpenDAL, by hand", |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    let reader = theirs.reader(&name(kind, operation)).await.expect("a get succeeds");
                    let mut pieces = reader.into_bytes_stream(..).await.expect("a get succeeds");
                    let mut read = 0;
                    while let Some(piece) = pieces.next().await {
                        read += black_box(piece.expect("a get succeeds")).len();
                    }
                    assert_eq!(read, kind.size);
                }
            });
        }),
    ]);
}

/// A stream of 64 MiB in pieces of 256 KiB, whose length is not known.
pub(crate) fn streams(runtime: &Runtime, server: &str, ours: &Blob, theirs: &Operator) {
    let piece = content(256 << 10);
    let pieces = |piece: &Bytes| vec![piece.clone(); 256].into_iter();
    Rounds::new(format!("put of a stream of 64 MiB on {server}, in parts of 8 MiB")).run(&mut [
        Subject::new("credenza-blob, through Blob", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let body = Body::stream(stream::iter(pieces(&piece).map(Ok)), None);
                    ours.put("stream", body).await.expect("a put succeeds");
                }
            });
        }),
        Subject::new("OpenDAL, by hand", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let mut writer = theirs.writer_with("stream").chunk(PART).await.expect("a writer");
                    for piece in pieces(&piece) {
                        writer.write(piece).await.expect("a put succeeds");
                    }
                    writer.close().await.expect("a put succeeds");
                }
            });
        }),
    ]);
}
