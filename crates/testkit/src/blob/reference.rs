//! [`ReferenceBlobStore`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobLimits, BlobStore, Body, CopyOptions, DeleteOptions, ETag, GetOptions,
    Got, ListOptions, ListPage, Object, ObjectInfo, Precondition, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{
    Clock, Consistency, Context, Durability, Error, ErrorKind, ManualClock, Result, StoreInfo,
};
use md5::{Digest, Md5};

/// A blob store that is as simple as one can be, to be compared with: a map in memory, and each verb as its
/// description reads.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> credenza_core::Result<()> {
/// use credenza_core::{Blob, ManualClock};
/// use credenza_testkit::blob::ReferenceBlobStore;
///
/// let blob = Blob::new(ReferenceBlobStore::new(ManualClock::at(0)));
/// blob.put("a/b", "hello").await?;
/// assert_eq!(blob.list("a/").await?.objects.len(), 1);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ReferenceBlobStore {
    info: StoreInfo,
    clock: Arc<dyn Clock>,
    limits: BlobLimits,
    objects: Mutex<BTreeMap<BlobKey, (ObjectInfo, Bytes)>>,
}

impl ReferenceBlobStore {
    /// An empty store.
    pub fn new(clock: impl Clock) -> ReferenceBlobStore {
        let mut limits = BlobLimits::default();
        limits.size = 4 << 20;
        ReferenceBlobStore {
            info: StoreInfo::backend("reference"),
            clock: Arc::new(clock),
            limits,
            objects: Mutex::default(),
        }
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<BlobKey, (ObjectInfo, Bytes)>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_key(&self, key: &BlobKey) -> Result<()> {
        match key.len() <= self.limits.key {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::LimitExceeded, "the key is too long")),
        }
    }
}

impl Default for ReferenceBlobStore {
    /// An empty store where it is always 1970.
    fn default() -> ReferenceBlobStore {
        ReferenceBlobStore::new(ManualClock::at(0))
    }
}

fn tag(found: Option<&(ObjectInfo, Bytes)>) -> Option<&ETag> {
    found.map(|(info, _)| &info.etag)
}

/// Headers and metadata, in bytes.
fn metadata_size(options: &PutOptions) -> usize {
    let headers = [
        &options.content_type,
        &options.content_encoding,
        &options.content_language,
        &options.content_disposition,
        &options.cache_control,
    ];
    let headers = headers.iter().filter_map(|header| header.as_ref()).map(String::len);
    headers.chain(options.metadata.iter().map(|(name, value)| name.len() + value.len())).sum()
}

#[allow(clippy::disallowed_methods, reason = "deadlines are measured on the monotonic clock of the runtime")]
fn in_time(cx: &Context) -> Result<()> {
    match cx.deadline() {
        Some(deadline) if deadline <= Instant::now() => {
            Err(Error::new(ErrorKind::Timeout, "the deadline has passed"))
        }
        _ => Ok(()),
    }
}

async fn read(cx: &Context, mut body: Body, limit: u64) -> Result<Bytes> {
    let announced = body.length();
    let mut all = BytesMut::new();
    loop {
        let next = match cx.deadline() {
            Some(deadline) => {
                let late = |_| Error::new(ErrorKind::Timeout, "the deadline has passed");
                tokio::time::timeout_at(deadline.into(), body.next()).await.map_err(late)??
            }
            None => body.next().await?,
        };
        let Some(piece) = next else { break };
        all.extend_from_slice(&piece);
        if all.len() as u64 > limit {
            return Err(Error::new(ErrorKind::LimitExceeded, "the object is too large"));
        }
    }
    match announced.is_none_or(|announced| announced == all.len() as u64) {
        true => Ok(all.freeze()),
        false => Err(Error::invalid("the content is not as long as was announced")),
    }
}

#[async_trait]
impl BlobStore for ReferenceBlobStore {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        let mut capabilities = BlobCapabilities::new();
        capabilities.durability = Durability::None;
        capabilities.consistency = Consistency::Linearizable;
        capabilities.preconditions = true;
        capabilities.delete_preconditions = true;
        capabilities.copy_preconditions = true;
        capabilities.exact_deletes = true;
        capabilities.empty_parts = true;
        capabilities.content_tags = true;
        capabilities.limits = self.limits;
        capabilities
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        in_time(cx)?;
        self.check_key(key)?;
        if metadata_size(&options) > self.limits.metadata {
            return Err(Error::new(ErrorKind::LimitExceeded, "the metadata is too large"));
        }
        if body.length().is_some_and(|length| length > self.limits.size) {
            return Err(Error::new(ErrorKind::LimitExceeded, "the object is too large"));
        }
        let content = read(cx, body, self.limits.size).await?;
        let digest: [u8; 16] = Md5::digest(&content).into();
        if options.md5.is_some_and(|expected| expected != digest) {
            return Err(Error::invalid("the content has another MD5 than was announced"));
        }
        let mut objects = self.objects();
        options.precondition.check(tag(objects.get(key)))?;
        let (etag, size) = (ETag::of_md5(digest), content.len() as u64);
        let mut info = ObjectInfo::new(key.clone(), size, etag, self.clock.now());
        info.content_type = options.content_type;
        info.content_encoding = options.content_encoding;
        info.content_language = options.content_language;
        info.content_disposition = options.content_disposition;
        info.cache_control = options.cache_control;
        info.metadata = options.metadata;
        objects.insert(key.clone(), (info.clone(), content));
        Ok(info)
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        in_time(cx)?;
        self.check_key(key)?;
        let objects = self.objects();
        let Some((info, content)) = objects.get(key) else { return Ok(None) };
        if !options.precondition.holds(Some(&info.etag)) {
            return match options.precondition {
                Precondition::NoneMatch(_) => Ok(Some(Got::NotModified(info.clone()))),
                other => other.check(Some(&info.etag)).map(|()| None),
            };
        }
        let range = options.range.of(info.size)?;
        // An object lies in memory, so that its size is one of `usize`.
        let body = Body::from(content.slice(range.start as usize..range.end as usize));
        Ok(Some(Got::Object(Object { info: info.clone(), range, body })))
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        in_time(cx)?;
        self.check_key(key)?;
        Ok(self.objects().get(key).map(|(info, _)| info.clone()))
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        in_time(cx)?;
        keys.iter().try_for_each(|key| self.check_key(key))?;
        if keys.len() > self.limits.batch {
            return Err(Error::new(ErrorKind::LimitExceeded, "too many keys"));
        }
        let mut objects = self.objects();
        keys.iter().try_for_each(|key| options.precondition.check(tag(objects.get(key))))?;
        Ok(keys.iter().map(|key| objects.remove(key).is_some()).collect())
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        in_time(cx)?;
        list(&self.objects(), &options)
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        in_time(cx)?;
        self.check_key(from)?;
        self.check_key(to)?;
        let mut objects = self.objects();
        let found = objects.get(from).cloned();
        let (mut info, content) =
            found.ok_or_else(|| Error::new(ErrorKind::NotFound, "there is no such object"))?;
        options.source.check(Some(&info.etag))?;
        options.destination.check(tag(objects.get(to)))?;
        info.key = to.clone();
        info.uploaded = self.clock.now();
        objects.insert(to.clone(), (info.clone(), content));
        Ok(info)
    }

    async fn presign(&self, _: &Context, _: &BlobKey, _: PresignOptions) -> Result<Presigned> {
        Err(Error::unsupported("PRESIGN"))
    }
}

/// A page: every entry in order, those after the start and the cursor, as many as are wanted.
fn list(objects: &BTreeMap<BlobKey, (ObjectInfo, Bytes)>, options: &ListOptions) -> Result<ListPage> {
    let ListOptions { prefix, delimiter, start_after, cursor, limit } = options;
    if !(1..=1_000).contains(limit) {
        return Err(Error::invalid("a page has 1 to 1,000 entries"));
    }
    // The cursor names its list, and the entry after which it goes on.
    let list = format!("{}:{prefix}{}:{delimiter}{start_after}\n", prefix.len(), delimiter.len());
    let after = match cursor {
        Some(cursor) => {
            let foreign = || Error::invalid("the cursor is one of another list");
            Some(cursor.strip_prefix(list.as_str()).ok_or_else(foreign)?)
        }
        None => None,
    };
    let mut entries: BTreeMap<&str, Option<&ObjectInfo>> = BTreeMap::new();
    for (key, (info, _)) in objects.iter().filter(|(key, _)| key.starts_with(prefix.as_str())) {
        let rest = &key[prefix.len()..];
        match rest.find(delimiter.as_str()).filter(|_| !delimiter.is_empty()) {
            Some(at) => entries.insert(&key[..prefix.len() + at + delimiter.len()], None),
            None => entries.insert(key.as_str(), Some(info)),
        };
    }
    let after = after.unwrap_or_default().max(start_after);
    let mut left = entries.into_iter().filter(|(name, _)| *name > after).peekable();
    let mut page = ListPage::default();
    for (name, info) in left.by_ref().take(*limit) {
        match info {
            Some(info) => page.objects.push(info.clone()),
            None => page.prefixes.push(name.to_owned()),
        }
        page.cursor = Some(format!("{list}{name}"));
    }
    if left.peek().is_none() {
        page.cursor = None;
    }
    Ok(page)
}
