//! Servers and stores on them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use credenza_blob::{S3BlobStore, S3Config, S3Credentials, S3Dialect};
use credenza_core::Blob;
use credenza_testkit::servers;

pub(crate) use credenza_testkit::servers::S3Dialect::{Moto, R2};

/// A server of this dialect; `None` where there is none.
#[track_caller]
pub(crate) fn start(dialect: servers::S3Dialect) -> Option<servers::S3> {
    servers::S3::start(dialect)
}

/// How a store on it is set up, with a prefix that nobody else has.
pub(crate) fn config(server: &servers::S3) -> S3Config {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut config = S3Config::bucket(server.bucket());
    config.prefix = format!("test-{}/", NEXT.fetch_add(1, Ordering::Relaxed));
    config.endpoint = Some(server.endpoint());
    config.region = Some(server.region().to_owned());
    config.credentials = Some(S3Credentials::new(server.access_key(), server.secret_key()));
    if server.endpoint().contains("/r2/") {
        config.dialect = Some(S3Dialect::R2);
    }
    config
}

/// The same behind a wire.
pub(crate) fn behind(server: &servers::S3, wire: &servers::Wire) -> S3Config {
    let mut config = config(server);
    config.endpoint =
        Some(server.endpoint().replace(&server.port().to_string(), &wire.address().port().to_string()));
    config
}

pub(crate) fn blob(config: S3Config) -> Blob {
    Blob::new(S3BlobStore::new(config).unwrap())
}

/// How many uploads are under way in the bucket. Moto answers without a signature.
pub(crate) async fn uploads(server: &servers::S3) -> usize {
    let url = format!("{}/{}?uploads", server.endpoint(), server.bucket());
    let answer = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(answer.contains("ListMultipartUploadsResult"), "{answer}");
    answer.matches("<Upload>").count()
}

/// Waits until no upload is under way.
pub(crate) async fn no_uploads(server: &servers::S3) {
    for _ in 0..400 {
        if uploads(server).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(uploads(server).await, 0, "uploads under way");
}

/// Bytes of which no part is like another.
pub(crate) fn content(size: usize) -> Bytes {
    let words =
        (0..size.div_ceil(8) as u64).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    let mut content: Vec<u8> = words.collect();
    content.truncate(size);
    content.into()
}
