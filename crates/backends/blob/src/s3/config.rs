//! How a store in a bucket is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::blob::{BlobKey, BlobLimits};
use credenza_core::{Clock, Error, Result, SystemClock};

/// The least that a part of an upload may have, but for the last one.
const LEAST_PART: usize = 5 << 20;
/// The most that goes in one piece, a part or an object: S3's limit.
pub(super) const MOST_AT_ONCE: u64 = 5 << 30;
/// How many bytes of metadata an object may have, names and values: S3's limit. R2 has more by its documents, and as much
/// in its own simulator.
pub(super) const METADATA: usize = 2 << 10;
/// How many parts an upload may have.
const PARTS: u64 = 10_000;

/// What a service does of S3, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum S3Dialect {
    /// Amazon S3, and what does all that it does: conditions of uploads in parts and of deletes.
    Aws,
    /// Cloudflare R2: conditions of puts in one piece, none of deletes; at most 700 keys a delete.
    R2,
}

impl S3Dialect {
    /// How many keys a request may delete. R2 takes a thousand by its documents, and 700 by experience.
    pub(super) fn delete_batch(self) -> usize {
        match self {
            S3Dialect::Aws => 1_000,
            S3Dialect::R2 => 700,
        }
    }
}

/// A key and its secret. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    /// The access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The token of a session, for credentials that are valid for a while.
    pub session_token: Option<String>,
}

impl S3Credentials {
    /// A key and its secret.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> S3Credentials {
        S3Credentials { access_key: access_key.into(), secret_key: secret_key.into(), session_token: None }
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Credentials(***)")
    }
}

/// How a [`S3BlobStore`](super::S3BlobStore) is opened.
///
/// ```
/// use credenza_blob::{S3Config, S3Credentials};
///
/// let mut config = S3Config::bucket("photos");
/// config.prefix = "holidays/".into();
/// config.region = Some("eu-central-1".into());
/// config.credentials = Some(S3Credentials::new("AKIA…", "wJal…"));
/// assert!(!format!("{config:?}").contains("wJal"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct S3Config {
    /// The bucket. It must exist.
    pub bucket: String,
    /// What stands before each key in the bucket. With a prefix every key is one; without, those with empty parts
    /// (`/a`, `a//b`, `a/`) are not. It does not start with a slash.
    pub prefix: String,
    /// The address of the service, `https://…`; Amazon's by default.
    pub endpoint: Option<String>,
    /// The region; by default `AWS_REGION` or `AWS_DEFAULT_REGION` of the environment, and `auto` on R2.
    pub region: Option<String>,
    /// Who asks. By default what the environment says as for Amazon's own tools: its variables, their files, the role
    /// of the machine.
    pub credentials: Option<S3Credentials>,
    /// What the service does; by default told from the endpoint.
    pub dialect: Option<S3Dialect>,
    /// Whether the bucket is a part of the host's name; in the path by default, which every service knows.
    pub virtual_host_style: bool,
    /// What comes as a stream is put in parts of so many bytes: 8 MiB by default, 5 MiB at least. A put holds two of
    /// them in memory, and an object has at most 10,000.
    pub part_size: usize,
    /// How many requests a list or a delete has under way at most: 32 by default.
    pub concurrency: usize,
    /// How long a connection may take: 5 seconds by default.
    pub connect_timeout: Duration,
    /// How long a connection may stand still in the middle of a request or of a body: 30 seconds by default.
    pub idle_timeout: Duration,
    /// What tells when an object was put.
    pub clock: Arc<dyn Clock>,
}

impl S3Config {
    /// A bucket, with the defaults.
    pub fn bucket(bucket: impl Into<String>) -> S3Config {
        S3Config {
            bucket: bucket.into(),
            prefix: String::new(),
            endpoint: None,
            region: None,
            credentials: None,
            dialect: None,
            virtual_host_style: false,
            part_size: 8 << 20,
            concurrency: 32,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(30),
            clock: Arc::new(SystemClock),
        }
    }

    /// What the service does.
    pub(super) fn dialect(&self) -> S3Dialect {
        let is_r2 = |endpoint: &String| endpoint.contains(".r2.cloudflarestorage.com");
        match self.dialect {
            Some(dialect) => dialect,
            None if self.endpoint.as_ref().is_some_and(is_r2) => S3Dialect::R2,
            None => S3Dialect::Aws,
        }
    }

    /// How large things may be.
    pub(super) fn limits(&self) -> BlobLimits {
        let mut limits = BlobLimits::default();
        limits.key = BlobKey::MAX.saturating_sub(self.prefix.len());
        limits.size = (PARTS * self.part_size as u64).min(5 << 40);
        // Metadata of any text takes up to a half more when it is written in ASCII.
        limits.metadata = METADATA / 2;
        limits
    }

    /// Refuses what makes no sense.
    pub(super) fn check(&self) -> Result<()> {
        let bucket = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if self.bucket.is_empty() || self.bucket.len() > 255 || !self.bucket.bytes().all(bucket) {
            return Err(Error::invalid("the name of the bucket has other than letters, digits, - . and _"));
        }
        if !self.prefix.is_empty() {
            BlobKey::new(self.prefix.clone())?;
            if self.prefix.starts_with('/') || self.prefix.len() > BlobKey::MAX / 2 {
                return Err(Error::invalid("the prefix starts with a slash or is longer than 512 bytes"));
            }
        }
        if let Some(endpoint) = &self.endpoint {
            check_endpoint(endpoint)?;
        }
        if !(LEAST_PART as u64..=MOST_AT_ONCE).contains(&(self.part_size as u64)) {
            return Err(Error::invalid("the size of a part is 5 MiB to 5 GiB"));
        }
        if !(1..=1_000).contains(&self.concurrency) {
            return Err(Error::invalid("the concurrency is 1 to 1,000"));
        }
        if self.idle_timeout.is_zero() || self.connect_timeout.is_zero() {
            return Err(Error::invalid("a time-out is longer than nothing"));
        }
        Ok(())
    }
}

fn check_endpoint(endpoint: &str) -> Result<()> {
    let wrong = |why| Err(Error::invalid(format!("the endpoint {why}")));
    let Ok(url) = reqwest::Url::parse(endpoint) else {
        return wrong("is no URL, as in https://s3.example.com");
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return wrong("does not start with http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("has credentials: they have a place of their own");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a query or a fragment");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let with = |change: fn(&mut S3Config)| {
            let mut config = S3Config::bucket("b");
            change(&mut config);
            config.check()
        };
        assert!(with(|_| ()).is_ok());
        assert!(with(|it| it.endpoint = Some("http://127.0.0.1:9000/r2/s3".into())).is_ok());
        assert!(with(|it| it.bucket.clear()).is_err());
        assert!(with(|it| it.bucket = "a/b".into()).is_err());
        assert!(with(|it| it.prefix = "/a".into()).is_err());
        assert!(with(|it| it.prefix = "a/../b".into()).is_err());
        assert!(with(|it| it.endpoint = Some("s3.example.com".into())).is_err());
        assert!(with(|it| it.endpoint = Some("ftp://s3.example.com".into())).is_err());
        assert!(with(|it| it.endpoint = Some("https://a:b@s3.example.com".into())).is_err());
        assert!(with(|it| it.part_size = 1 << 20).is_err());
        assert!(with(|it| it.concurrency = 0).is_err());
    }

    #[test]
    fn the_dialect_is_told_from_the_endpoint() {
        let mut config = S3Config::bucket("b");
        assert_eq!(config.dialect(), S3Dialect::Aws);
        config.endpoint = Some("https://account.r2.cloudflarestorage.com".into());
        assert_eq!(config.dialect(), S3Dialect::R2);
        config.dialect = Some(S3Dialect::Aws);
        assert_eq!(config.dialect(), S3Dialect::Aws);
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut config = S3Config::bucket("b");
        config.credentials = Some(S3Credentials::new("very-private-key", "very-private-secret"));
        assert!(!format!("{config:?}").contains("very-private"));
    }
}
