//! Putting.

use bytes::{Bytes, BytesMut};
use credenza_core::blob::{BlobKey, Body, ETag, ObjectInfo, Precondition, PutOptions};
use credenza_core::{Effect, Error, ErrorKind, Result};
use opendal::options::WriteOptions;
use opendal::raw::oio::Write;
use opendal::raw::{OpWrite, Service};
use opendal::{Buffer, Metadata};

use super::client::{Asked, Verb};
use super::config::{MOST_AT_ONCE, S3Dialect};
use super::described::{Described, tag};
use super::error::{in_the_way, not_so};
use super::upload::Upload;
use crate::check;
use crate::digest::Md5Sum;
use crate::incoming::{Incoming, check_md5};

/// How often a put starts anew when the object changes under its condition.
const TRIES: usize = 16;
/// A part grows up to here before it takes all the memory it may.
const SMALL: usize = 256 << 10;

/// What S3 can ask of the object that stands there.
#[derive(Clone, Debug)]
enum Condition {
    None,
    Absent,
    Is(ETag),
}

impl Verb<'_> {
    /// Puts an object.
    pub(super) async fn put(&self, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        let client = self.client;
        let name = client.name(key)?;
        check::headers(&client.limits, &options)?;
        let uploaded = client.config.clock.now();
        let described = Described::new(client.dialect, &name, uploaded, &options)?;
        let put = Put { key, name: &name, precondition: options.precondition.clone() };
        let announced = options.md5;
        let (etag, size) = match body.try_into_bytes() {
            Ok(content) if content.len() as u64 <= MOST_AT_ONCE => {
                check::size(&client.limits, content.len() as u64)?;
                check_md5(announced, announced.map_or([0; 16], |_| Md5Sum::of(&content)))?;
                let size = content.len() as u64;
                (self.put_whole(&put, described, content).await?, size)
            }
            Ok(content) => self.put_stream(&put, described, Body::from(content), announced).await?,
            Err(body) => self.put_stream(&put, described, body, announced).await?,
        };
        let mut info = ObjectInfo::new(key.clone(), size, etag, uploaded);
        check::describe(&mut info, options);
        Ok(info)
    }

    /// Puts what comes: in one piece if it is not more than a part.
    async fn put_stream(
        &self,
        put: &Put<'_>,
        described: Described,
        body: Body,
        announced: Option<[u8; 16]>,
    ) -> Result<(ETag, u64)> {
        let limits = &self.client.limits;
        let part_size = self.client.config.part_size;
        let conditional = put.precondition != Precondition::None;
        let in_parts = body.length().is_some_and(|length| length > part_size as u64);
        if conditional && in_parts {
            self.allow_condition_of_parts()?;
        }
        let incoming = Incoming::new(self.cx, limits, body)?;
        let mut parts = Parts { incoming, rest: Bytes::new(), size: part_size };
        let mut md5 = announced.map(|_| Md5Sum::default());
        let mut digest = |part: &Bytes| {
            if let Some(md5) = &mut md5 {
                md5.update(part);
            }
        };
        let first = parts.next().await?.unwrap_or_default();
        digest(&first);
        let second = if first.len() < part_size { None } else { parts.next().await? };
        let Some(mut part) = second else {
            check_md5(announced, md5.map_or([0; 16], Md5Sum::finish))?;
            let size = first.len() as u64;
            return Ok((self.put_whole(put, described, first).await?, size));
        };
        if conditional {
            self.allow_condition_of_parts()?;
        }
        let mut upload = self.start(put, described).await?;
        upload.part(first).await?;
        loop {
            digest(&part);
            upload.part(part).await?;
            match parts.next().await? {
                Some(next) => part = next,
                None => break,
            }
        }
        let size = parts.incoming.size();
        check_md5(announced, md5.map_or([0; 16], Md5Sum::finish))?;
        self.commits();
        let done = upload.finish().await;
        match done {
            Err(error) if error.kind() == ErrorKind::PreconditionFailed && put.repeats() => Err(in_the_way()),
            done => Ok((etag(&done?)?, size)),
        }
    }

    /// R2 does not look at conditions where an upload is completed, and does not say so.
    fn allow_condition_of_parts(&self) -> Result<()> {
        match self.client.dialect {
            S3Dialect::Aws => Ok(()),
            S3Dialect::R2 => {
                let message =
                    "R2 has no conditions for streams of more than a part; give the content as bytes";
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }

    async fn start(&self, put: &Put<'_>, mut described: Described) -> Result<Upload> {
        let condition = self.condition(put).await?;
        let asked = self.ask_alone(described.content_language());
        let args = self.args(described, &condition)?;
        let writer = asked.done(self.client.service.write(&asked.context, put.name, args))?;
        Ok(Upload::start(writer, asked, matches!(condition, Condition::Is(_))))
    }

    async fn put_whole(&self, put: &Put<'_>, mut described: Described, content: Bytes) -> Result<ETag> {
        let language = described.content_language();
        let mut described = Some(described);
        for round in 0..TRIES {
            let condition = self.condition(put).await?;
            let last = matches!(condition, Condition::None) || round + 1 == TRIES;
            let this = if last { described.take() } else { described.as_ref().map(Described::again) };
            let Some(this) = this else { break };
            let args = self.args(this, &condition)?;
            let asked = self.ask_with(language.clone());
            match self.send(&asked, put.name, args, content.clone()).await {
                Ok(metadata) => return etag(&metadata),
                Err(error) => match asked.status() {
                    // Another conditional put of the object was under way.
                    Some(409) if !matches!(condition, Condition::None) => {}
                    _ if !is_not_so(&asked, &condition) => return Err(asked.fails(&error)),
                    _ if !put.repeats() => return Err(not_so()),
                    _ => {}
                },
            }
        }
        Err(in_the_way())
    }

    async fn send(
        &self,
        asked: &Asked,
        name: &str,
        args: OpWrite,
        content: Bytes,
    ) -> opendal::Result<Metadata> {
        let mut writer = self.client.service.write(&asked.context, name, args)?;
        writer.write(Buffer::from(content)).await?;
        writer.close().await
    }

    fn args(&self, mut described: Described, condition: &Condition) -> Result<OpWrite> {
        let options = WriteOptions {
            content_type: described.content_type(),
            content_encoding: described.content_encoding(),
            content_disposition: described.content_disposition(),
            cache_control: described.cache_control(),
            if_not_exists: matches!(condition, Condition::Absent),
            if_match: match condition {
                Condition::Is(etag) => Some(etag.to_string()),
                _ => None,
            },
            user_metadata: Some(described.metadata),
            ..WriteOptions::default()
        };
        let args = OpWrite::from_options(&self.client.service.capability(), options);
        args.map(|(args, _)| args).map_err(|_| Error::internal("the options of a put contradict each other"))
    }

    /// The condition that says the same of what stands there now, if S3 has none that says it.
    async fn condition(&self, put: &Put<'_>) -> Result<Condition> {
        match &put.precondition {
            Precondition::None => Ok(Condition::None),
            Precondition::Absent => Ok(Condition::Absent),
            Precondition::Match(tags) if tags.len() == 1 => Ok(Condition::Is(tags[0].clone())),
            Precondition::NoneMatch(tags) if tags.is_empty() => Ok(Condition::None),
            precondition => {
                let current = self.head(put.key).await?.map(|info| info.etag);
                precondition.check(current.as_ref())?;
                Ok(current.map_or(Condition::Absent, Condition::Is))
            }
        }
    }
}

/// What is put where.
struct Put<'a> {
    key: &'a BlobKey,
    name: &'a str,
    precondition: Precondition,
}

impl Put<'_> {
    /// Whether another condition of S3 may hold when one did not.
    fn repeats(&self) -> bool {
        match &self.precondition {
            Precondition::None | Precondition::Absent => false,
            Precondition::Match(tags) => tags.len() > 1,
            Precondition::Exists | Precondition::NoneMatch(_) => true,
        }
    }
}

/// Whether the service says that the condition does not hold. It does not have the object with the tag if it has none.
fn is_not_so(asked: &Asked, condition: &Condition) -> bool {
    match condition {
        Condition::None => false,
        Condition::Absent => asked.status() == Some(412),
        Condition::Is(_) => asked.status() == Some(412) || asked.is_missing(),
    }
}

fn etag(metadata: &Metadata) -> Result<ETag> {
    metadata
        .etag()
        .and_then(tag)
        .ok_or_else(|| Error::internal("the service gave no entity tag").with_effect(Effect::MaybeApplied))
}

/// A body in parts of one size, but for the last.
struct Parts<'a> {
    incoming: Incoming<'a>,
    rest: Bytes,
    size: usize,
}

impl Parts<'_> {
    /// The next part, never an empty one; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let mut part = BytesMut::new();
        loop {
            let room = self.size - part.len();
            if part.is_empty() && self.rest.len() >= room {
                return Ok(Some(self.rest.split_to(room)));
            }
            let taken = self.rest.split_to(self.rest.len().min(room));
            if part.len() <= SMALL && part.len() + taken.len() > SMALL {
                part.reserve(room);
            }
            part.extend_from_slice(&taken);
            if part.len() == self.size {
                break;
            }
            match self.incoming.next().await? {
                Some(piece) => self.rest = piece,
                None => break,
            }
        }
        Ok((!part.is_empty()).then(|| part.freeze()))
    }
}
