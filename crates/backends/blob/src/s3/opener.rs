//! [`S3Opener`].

use async_trait::async_trait;
use credenza_core::url::{StoreUrl, boolean, byte_size, duration};
use credenza_core::{Blob, Error, ErrorKind, OpenStore, Opener, Result};

use super::config::{S3Config, S3Credentials, S3Dialect};
use super::store::S3BlobStore;

/// Opens `s3://bucket` and `s3://bucket/prefix` as a blob store.
///
/// Credentials may stand before the bucket, `s3://key:secret@bucket/prefix`; without, they are the environment's. A
/// prefix gets a slash at its end.
///
/// Parameters: `endpoint` (`https://…`; Amazon's), `region`, `dialect` (`aws` or `r2`; told from the endpoint),
/// `virtual_host_style` (`true` or `false`), `part_size` (`8MiB`), `connect_timeout` (`5s`), `idle_timeout` (`30s`).
#[derive(Clone, Copy, Debug, Default)]
pub struct S3Opener;

impl S3Opener {
    fn config(mut url: StoreUrl) -> Result<S3Config> {
        let text = |text: &str| Ok(text.to_owned());
        let mut config = S3Config::bucket("");
        config.endpoint = url.take("endpoint", text)?;
        config.region = url.take("region", text)?;
        config.dialect = url.take("dialect", |text| match text {
            "aws" => Ok(S3Dialect::Aws),
            "r2" => Ok(S3Dialect::R2),
            _ => Err("aws or r2"),
        })?;
        config.virtual_host_style = url.take("virtual_host_style", boolean)?.unwrap_or(false);
        if let Some(bytes) = url.take("part_size", byte_size)? {
            config.part_size = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
        config.connect_timeout = url.take("connect_timeout", duration)?.unwrap_or(config.connect_timeout);
        config.idle_timeout = url.take("idle_timeout", duration)?.unwrap_or(config.idle_timeout);
        let location = url.finish()?;
        let place = "an s3: URL names a bucket: s3://photos, s3://photos/holidays";
        let Some(bucket) = location.host.filter(|_| location.port.is_none()) else {
            return Err(Error::invalid(place));
        };
        config.bucket = bucket;
        config.prefix = match location.path.strip_prefix('/').unwrap_or_default() {
            "" => String::new(),
            path if path.ends_with('/') => path.to_owned(),
            path => format!("{path}/"),
        };
        config.credentials = match (location.user, location.password) {
            (Some(user), Some(password)) => Some(S3Credentials::new(user, password)),
            (None, None) => None,
            _ => return Err(Error::invalid("an s3: URL has a key and its secret, key:secret@, or neither")),
        };
        Ok(config)
    }
}

#[async_trait]
impl Opener for S3Opener {
    async fn open(&self, _: StoreUrl) -> Result<OpenStore> {
        Err(Error::new(ErrorKind::Unsupported, "the scheme s3 has no key-value store"))
    }

    async fn open_blob(&self, url: StoreUrl) -> Result<Blob> {
        Ok(Blob::new(S3BlobStore::open(S3Opener::config(url)?).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Result<S3Config> {
        S3Opener::config(url.parse()?)
    }

    #[test]
    fn what_a_url_says() {
        let config = config(
            "s3://key:se%2Fcret@photos/a/b?endpoint=http://127.0.0.1:9000/r2&region=auto&dialect=r2&part_size=5MiB\
             &idle_timeout=2s",
        )
        .unwrap();
        assert_eq!((config.bucket.as_str(), config.prefix.as_str()), ("photos", "a/b/"));
        assert_eq!(config.credentials, Some(S3Credentials::new("key", "se/cret")));
        assert_eq!(config.endpoint.as_deref(), Some("http://127.0.0.1:9000/r2"));
        assert_eq!((config.dialect, config.part_size), (Some(S3Dialect::R2), 5 << 20));
        assert!(config.check().is_ok());
    }

    #[test]
    fn a_bucket_alone() {
        let config = config("s3://photos").unwrap();
        assert_eq!((config.bucket.as_str(), config.prefix.as_str()), ("photos", ""));
        assert_eq!((config.credentials, config.endpoint), (None, None));
    }

    #[test]
    fn what_makes_no_sense_is_refused_without_its_secrets() {
        for url in [
            "s3:photos",
            "s3://",
            "s3://photos:80/a",
            "s3://very-private@photos",
            "s3://photos?dialect=very-private",
            "s3://photos?access_key=very-private",
            "s3://photos?part_size=very-private",
        ] {
            let refused = config(url).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidArgument, "{url}");
            assert!(!format!("{refused} {refused:?}").contains("very-private"), "{refused}");
        }
    }
}
