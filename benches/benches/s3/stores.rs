//! The subjects.

use bytes::Bytes;
use credenza_blob::{S3BlobStore, S3Config, S3Credentials, S3Dialect};
use credenza_core::Blob;
use credenza_testkit::servers::S3;
use opendal::{Operator, services};

/// Objects of one size.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
}

pub(crate) const KINDS: [Kind; 3] = [
    Kind { name: "4 KiB", size: 4 << 10 },
    Kind { name: "1 MiB", size: 1 << 20 },
    Kind { name: "64 MiB", size: 64 << 20 },
];

/// So large are the parts of a stream.
pub(crate) const PART: usize = 8 << 20;

pub(crate) fn content(size: usize) -> Bytes {
    vec![0xa5; size].into()
}

pub(crate) fn credenza(server: &S3) -> Blob {
    let mut config = S3Config::bucket(server.bucket());
    config.prefix = "ours/".to_owned();
    config.endpoint = Some(server.endpoint());
    config.region = Some(server.region().to_owned());
    config.credentials = Some(S3Credentials::new(server.access_key(), server.secret_key()));
    config.part_size = PART;
    if server.endpoint().contains("/r2/") {
        config.dialect = Some(S3Dialect::R2);
    }
    Blob::new(S3BlobStore::new(config).expect("a store opens"))
}

pub(crate) fn opendal(server: &S3) -> Operator {
    opendal::install_default();
    let builder = services::S3::default()
        .bucket(server.bucket())
        .root("/theirs")
        .endpoint(&server.endpoint())
        .region(server.region())
        .access_key_id(server.access_key())
        .secret_access_key(server.secret_key())
        .disable_config_load()
        .disable_ec2_metadata();
    Operator::new(builder).expect("an operator")
}
