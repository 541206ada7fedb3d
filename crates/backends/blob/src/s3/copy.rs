//! Copying within the bucket.

use credenza_core::blob::{BlobKey, CopyOptions, ObjectInfo, Precondition};
use credenza_core::{Error, ErrorKind, Result};
use opendal::options;
use opendal::raw::oio::Copy;
use opendal::raw::{OpCopy, Service};

use super::client::{Asked, Verb};
use super::config::MOST_AT_ONCE;
use super::described::{tag, time};

impl Verb<'_> {
    /// Copies an object, in the service.
    pub(super) async fn copy(
        &self,
        from: &BlobKey,
        to: &BlobKey,
        options: &CopyOptions,
    ) -> Result<ObjectInfo> {
        let (from_name, to_name) = (self.client.name(from)?, self.client.name(to)?);
        if options.source != Precondition::None || options.destination != Precondition::None {
            // Services do not agree on them, and some do not look at them without saying so.
            return Err(Error::new(ErrorKind::Unsupported, "copies in a bucket have no conditions"));
        }
        let missing =
            || Error::new(ErrorKind::NotFound, "there is no object to copy").for_key(from.as_bytes());
        let (mut info, headers) = self.look(from).await?.ok_or_else(missing)?;
        if from == to {
            return Ok(info);
        }
        if info.size > MOST_AT_ONCE {
            // In parts it would lose its headers and its metadata.
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                "an object of more than 5 GiB cannot be copied",
            ));
        }
        let asked = self.ask();
        let copied = self.send_copy(&asked, &from_name, &to_name, info.size).await;
        if copied.is_err() && asked.is_missing() {
            return Err(missing());
        }
        let copied = asked.done(copied)?;
        // The time of a copy is the service's, and the original may have been another one by then.
        if copied.etag().and_then(tag).as_ref() != Some(&info.etag) || copied.last_modified().is_none() {
            return self.head(to).await?.ok_or_else(|| self.gone());
        }
        info.key = to.clone();
        let copied_at = copied.last_modified().map_or(0, |time| time.into_inner().as_second() * 1_000);
        info.uploaded = time(&to_name, &headers).unwrap_or(copied_at);
        Ok(info)
    }

    async fn send_copy(
        &self,
        asked: &Asked,
        from: &str,
        to: &str,
        size: u64,
    ) -> opendal::Result<opendal::Metadata> {
        let options = options::CopyOptions {
            // OpenDAL need not ask for it again.
            source_content_length_hint: Some(size),
            ..options::CopyOptions::default()
        };
        let args = OpCopy::from_options(&self.client.service.capability(), options)?;
        let mut copier = self.client.service.copy(&asked.context, from, to, args)?;
        while copier.next().await?.is_some() {}
        copier.close().await
    }

    /// What was just there is not any more.
    fn gone(&self) -> Error {
        Error::new(ErrorKind::Conflict, "others deleted the object at the same time")
            .with_effect(self.effect())
    }
}
