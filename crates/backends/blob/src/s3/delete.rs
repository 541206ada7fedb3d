//! Deleting.

use std::collections::{HashMap, HashSet};

use credenza_core::blob::{BlobKey, DeleteOptions, ETag, Precondition};
use credenza_core::{Error, ErrorKind, Result};
use opendal::options;
use opendal::raw::oio::Delete;
use opendal::raw::{OpDelete, Service};

use super::client::Verb;
use super::config::S3Dialect;
use super::error::{in_the_way, not_so};
use crate::check;

/// How often a delete starts anew when the object changes under it.
const TRIES: usize = 16;

impl Verb<'_> {
    /// Deletes objects. S3 does not say whether there was one, so that is asked before.
    pub(super) async fn delete(&self, keys: &[BlobKey], options: &DeleteOptions) -> Result<Vec<bool>> {
        check::keys(&self.client.limits, keys)?;
        let is_aws = self.client.dialect == S3Dialect::Aws;
        let conditional = options.precondition != Precondition::None;
        if conditional && !is_aws {
            return Err(Error::new(ErrorKind::Unsupported, "R2 has no conditions of deletes"));
        }
        keys.iter().try_for_each(|key| self.client.name(key).map(drop))?;
        if let [key] = keys
            && is_aws
        {
            return Ok(vec![self.delete_one(key, &options.precondition).await?]);
        }
        let mut seen = HashSet::new();
        let once: Vec<bool> = keys.iter().map(|key| seen.insert(key)).collect();
        let found = self.find(keys, &once).await?;
        for (key, etag) in keys.iter().zip(&found) {
            options.precondition.check(etag.as_ref()).map_err(|error| error.for_key(key.as_bytes()))?;
        }
        let there: Vec<(&BlobKey, &ETag)> = keys
            .iter()
            .zip(&found)
            .zip(&once)
            .filter(|(_, once)| **once)
            .filter_map(|((key, etag), _)| Some((key, etag.as_ref()?)))
            .collect();
        if conditional {
            self.delete_each(&there).await?;
        } else {
            self.delete_all(there.into_iter().map(|(key, _)| key)).await?;
        }
        Ok(found.iter().zip(once).map(|(etag, once)| etag.is_some() && once).collect())
    }

    /// What stands under each key. One that comes again has what it had before.
    async fn find(&self, keys: &[BlobKey], once: &[bool]) -> Result<Vec<Option<ETag>>> {
        let wanted: Vec<&BlobKey> =
            keys.iter().zip(once).filter(|(_, once)| **once).map(|(key, _)| key).collect();
        let heads = self.together(wanted.iter().map(|key| self.head(key)).collect()).await?;
        let found: HashMap<&BlobKey, ETag> =
            wanted.into_iter().zip(heads).filter_map(|(key, info)| Some((key, info?.etag))).collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    /// Deletes what stands there, and that alone: of several who do it at once, one finds something.
    async fn delete_one(&self, key: &BlobKey, precondition: &Precondition) -> Result<bool> {
        for _ in 0..TRIES {
            let current = self.head(key).await?.map(|info| info.etag);
            precondition.check(current.as_ref())?;
            let Some(etag) = current else { return Ok(false) };
            if self.delete_if(key, Some(&etag)).await? {
                return Ok(true);
            }
        }
        Err(in_the_way())
    }

    /// Deletes objects that were found, if they are still the same.
    async fn delete_each(&self, there: &[(&BlobKey, &ETag)]) -> Result<()> {
        let deletes = there.iter().map(|(key, etag)| async move {
            match self.delete_if(key, Some(etag)).await? {
                true => Ok(()),
                false => Err(not_so().for_key(key.as_bytes())),
            }
        });
        // When one fails, others may be done.
        let deleted = self.together(deletes.collect()).await;
        deleted.map(drop).map_err(|error| error.with_effect(self.effect()))
    }

    /// Deletes an object; whether it was the one with the tag, if one is given.
    async fn delete_if(&self, key: &BlobKey, etag: Option<&ETag>) -> Result<bool> {
        let name = self.client.name(key)?;
        let if_match = etag.map(ToString::to_string);
        let delete = options::DeleteOptions { if_match, ..options::DeleteOptions::default() };
        let args = OpDelete::from_options(&self.client.service.capability(), delete);
        let args = args.map_err(|_| Error::internal("the options of a delete contradict each other"))?;
        let asked = self.ask();
        let mut deleter = asked.done(self.client.service.delete(&asked.context))?;
        let deleted = async {
            deleter.delete(&name, args).await?;
            deleter.close().await
        };
        match deleted.await {
            Ok(()) => Ok(true),
            Err(_) if etag.is_some() && (matches!(asked.status(), Some(409 | 412)) || asked.is_missing()) => {
                Ok(false)
            }
            Err(error) => Err(asked.fails(&error)),
        }
    }

    /// Deletes objects, many in a request.
    async fn delete_all(&self, keys: impl Iterator<Item = &BlobKey>) -> Result<()> {
        let (many, alone): (Vec<&BlobKey>, Vec<&BlobKey>) = keys.partition(|key| self.is_safe_in_xml(key));
        for batch in many.chunks(self.client.dialect.delete_batch()) {
            let asked = self.ask();
            let mut deleter = asked.done(self.client.service.delete(&asked.context))?;
            let deleted = async {
                for key in batch {
                    let name = format!("{}{}", self.client.config.prefix, &***key);
                    deleter.delete(&name, OpDelete::new()).await?;
                }
                deleter.close().await
            };
            let deleted = deleted.await;
            deleted.map_err(|error| {
                let some_left = asked.status() == Some(200) && asked.call.trouble().is_none();
                let error = match some_left {
                    true => Error::new(ErrorKind::Unavailable, "the service did not delete all of them"),
                    false => asked.fails(&error),
                };
                error.with_effect(self.effect())
            })?;
        }
        let deleted = self.together(alone.into_iter().map(|key| self.delete_if(key, None)).collect()).await;
        deleted.map(drop).map_err(|error| error.with_effect(self.effect()))
    }

    /// Whether every reader of XML takes the name for what it is. Some take spaces from its ends, and with them another
    /// object away; some letters are none of XML.
    fn is_safe_in_xml(&self, key: &str) -> bool {
        let trimmed = key.trim() == key && (!self.client.config.prefix.starts_with(char::is_whitespace));
        trimmed && !key.contains(['\u{fffe}', '\u{ffff}'])
    }
}
