//! A blob store with planted bugs.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, ETag, GetOptions, Got,
    ListOptions, ListPage, Object, ObjectInfo, Precondition, PresignOptions, Presigned, PutOptions, Range,
};
use credenza_core::{Context, Effect, Error, ErrorKind, ManualClock, Result, StoreInfo};
use credenza_testkit::blob::{BlobSubject, ReferenceBlobStore};

/// What a mutant does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// A new object keeps the metadata of the old.
    OldMetadata,
    /// Headers are not kept.
    NoHeaders,
    /// A range has a byte too many.
    LongRange,
    /// The last bytes are the first.
    SuffixFromStart,
    /// A range without a byte is an empty body.
    EmptyRange,
    /// An empty object is not there.
    EmptyIsMissing,
    /// Create-only is not looked at.
    AbsentIgnored,
    /// Conditions are looked at before the body, not after.
    ConditionsRace,
    /// What came of a stream that broke is put.
    BrokenStream,
    /// The length of a stream is not looked at.
    LengthIgnored,
    /// The MD5 is not looked at.
    Md5Ignored,
    /// A body reads what stands there when it is read.
    ReaderFollows,
    /// A page drops its last object, but its cursor stands after it.
    PageLoses,
    /// A cursor of any list is taken.
    AnyCursor,
    /// A cursor goes back to the object before.
    PageRepeats,
    /// A prefix is a folder.
    FolderPrefix,
    /// The start is listed too.
    StartIncluded,
    /// Keys that differ in case are one.
    CaseFolded,
    /// Slashes in a row are one.
    SlashesFolded,
    /// A list comes in an order of its own.
    Disorder,
    /// Keys before the one that fails a condition are deleted.
    HalfDelete,
    /// A deleted key was always there.
    DeleteAlwaysTrue,
    /// A copy has no metadata.
    PlainCopy,
    /// A copy ignores what stands at the destination.
    CopyRace,
    /// A copy onto itself deletes.
    CopyOntoItself,
    /// The tag is of the size.
    TagOfSize,
    /// The deadline is not looked at.
    NoDeadline,
    /// Errors may have been applied.
    Unsure,
    /// A put first makes room.
    PutInSteps,
    /// URLs are given that are not claimed.
    UrlsUnclaimed,
    /// Conditions are not claimed, but there.
    ConditionsUnclaimed,
    DeleteConditionsUnclaimed,
    CopyConditionsUnclaimed,
    /// A limit is claimed that is not kept.
    MetadataLimit,
    /// The key is in the text of errors.
    LoudErrors,
    /// The time is that of the last look.
    TimeOfLook,
}

#[derive(Debug)]
pub(crate) struct Mutant {
    store: Arc<ReferenceBlobStore>,
    clock: Arc<ManualClock>,
    bug: Bug,
}

/// The reference store with a bug.
pub(crate) fn with_bug(bug: Bug) -> Result<BlobSubject> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let store = Arc::new(ReferenceBlobStore::new(clock.clone()));
    Ok(BlobSubject::new(Mutant { store, clock: clock.clone(), bug }).with_clock(clock))
}

impl Mutant {
    fn key(&self, key: &BlobKey) -> BlobKey {
        let text = match self.bug {
            Bug::CaseFolded => key.to_lowercase(),
            Bug::SlashesFolded => key.replace("//", "/"),
            _ => return key.clone(),
        };
        BlobKey::of_any_length(text).unwrap()
    }

    fn error(&self, key: &BlobKey, error: Error) -> Error {
        match self.bug {
            Bug::Unsure => error.with_effect(Effect::MaybeApplied),
            Bug::LoudErrors => Error::new(error.kind(), format!("{}: {}", key.as_str(), error.message())),
            _ => error,
        }
    }

    fn changed(&self, mut info: ObjectInfo) -> ObjectInfo {
        match self.bug {
            Bug::TagOfSize => info.etag = ETag::new(format!("size-{}", info.size)).unwrap(),
            Bug::TimeOfLook => info.uploaded = credenza_core::Clock::now(&*self.clock),
            _ => {}
        }
        info
    }

    async fn old(&self, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.store.head(&Context::new(), key).await
    }
}

/// Everything of a body, also if it breaks.
async fn what_came(mut body: Body) -> Bytes {
    let mut all = BytesMut::new();
    while let Ok(Some(piece)) = body.next().await {
        all.extend_from_slice(&piece);
    }
    all.freeze()
}

/// A body that is read from the store when it is asked for.
fn late(store: Arc<ReferenceBlobStore>, key: BlobKey, range: std::ops::Range<u64>) -> Body {
    let length = range.end - range.start;
    let read = Box::pin(async move {
        let options = GetOptions { range: Range::Between(range.start, range.end), ..GetOptions::default() };
        match store.get(&Context::new(), &key, options).await? {
            Some(Got::Object(object)) => object.body.collect(1 << 30).await,
            _ => Err(Error::internal("it is gone")),
        }
    });
    Body::stream(futures_util::stream::once(read), Some(length))
}

#[async_trait]
impl BlobStore for Mutant {
    fn info(&self) -> &StoreInfo {
        self.store.info()
    }

    fn capabilities(&self) -> BlobCapabilities {
        let mut can = self.store.capabilities();
        match self.bug {
            Bug::ConditionsUnclaimed => can.preconditions = false,
            Bug::DeleteConditionsUnclaimed => can.delete_preconditions = false,
            Bug::CopyConditionsUnclaimed => can.copy_preconditions = false,
            Bug::MetadataLimit => can.limits.metadata = 1_000,
            _ => {}
        }
        can
    }

    async fn put(
        &self,
        cx: &Context,
        key: &BlobKey,
        body: Body,
        mut options: PutOptions,
    ) -> Result<ObjectInfo> {
        let (key, store) = (self.key(key), &self.store);
        let none = Context::new();
        let cx = if self.bug == Bug::NoDeadline { &none } else { cx };
        let body = match self.bug {
            Bug::BrokenStream => Body::from(what_came(body).await),
            Bug::LengthIgnored => Body::stream(body, None),
            _ => body,
        };
        match self.bug {
            Bug::OldMetadata => {
                if let Some(old) = self.old(&key).await? {
                    options.metadata.extend(old.metadata);
                }
            }
            Bug::NoHeaders => options.content_language = None,
            Bug::AbsentIgnored if options.precondition == Precondition::Absent => {
                options.precondition = Precondition::None;
            }
            Bug::ConditionsRace => {
                let old = self.old(&key).await?;
                std::mem::take(&mut options.precondition).check(old.as_ref().map(|old| &old.etag))?;
                tokio::task::yield_now().await;
            }
            Bug::Md5Ignored => options.md5 = None,
            Bug::PutInSteps
                if options.precondition == Precondition::None && self.old(&key).await?.is_some() =>
            {
                store.put(cx, &key, Body::empty(), PutOptions::default()).await?;
                tokio::task::yield_now().await;
            }
            _ => {}
        }
        let put = store.put(cx, &key, body, options).await;
        put.map(|info| self.changed(info)).map_err(|error| self.error(&key, error))
    }

    async fn get(&self, cx: &Context, key: &BlobKey, mut options: GetOptions) -> Result<Option<Got>> {
        let key = self.key(key);
        match (self.bug, &mut options.range) {
            (Bug::LongRange, Range::Between(_, end)) => *end = end.saturating_add(1),
            (Bug::SuffixFromStart, Range::Suffix(count)) if *count > 0 => {
                options.range = Range::Between(0, *count);
            }
            _ => {}
        }
        let got = self.store.get(cx, &key, options).await;
        let got = match (self.bug, got) {
            (Bug::EmptyRange, Err(error)) if error.kind() == ErrorKind::RangeNotSatisfiable => {
                let info = self.old(&key).await?.unwrap();
                Ok(Some(Got::Object(Object { info, range: 0..0, body: Body::empty() })))
            }
            (Bug::EmptyIsMissing, Ok(Some(Got::Object(object)))) if object.info.size == 0 => Ok(None),
            (Bug::ReaderFollows, Ok(Some(Got::Object(Object { info, range, .. }))))
                if range.end > range.start =>
            {
                let body = late(self.store.clone(), key.clone(), range.clone());
                Ok(Some(Got::Object(Object { info, range, body })))
            }
            (_, Ok(Some(Got::Object(Object { info, range, body })))) => {
                Ok(Some(Got::Object(Object { info: self.changed(info), range, body })))
            }
            (_, got) => got,
        };
        got.map_err(|error| self.error(&key, error))
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        Ok(self.store.head(cx, &self.key(key)).await?.map(|info| self.changed(info)))
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        let keys: Vec<BlobKey> = keys.iter().map(|key| self.key(key)).collect();
        if self.bug == Bug::HalfDelete && options.precondition != Precondition::None {
            let mut deleted = Vec::new();
            for key in keys {
                deleted.extend(self.store.delete(cx, &[key], options.clone()).await?);
            }
            return Ok(deleted);
        }
        let deleted = self.store.delete(cx, &keys, options).await?;
        Ok(if self.bug == Bug::DeleteAlwaysTrue { vec![true; keys.len()] } else { deleted })
    }

    async fn list(&self, cx: &Context, mut options: ListOptions) -> Result<ListPage> {
        let asked = options.clone();
        match self.bug {
            Bug::FolderPrefix if !options.prefix.is_empty() && !options.prefix.ends_with('/') => {
                options.prefix.push('/');
            }
            Bug::StartIncluded => {
                options.start_after.pop();
            }
            Bug::AnyCursor => {
                // The entry stands after the last line break of a cursor of the reference store.
                if let Some(after) =
                    options.cursor.take().as_deref().and_then(|cursor| cursor.rsplit('\n').next())
                {
                    options.start_after = options.start_after.max(after.to_owned());
                }
            }
            _ => {}
        }
        let mut page = self.store.list(cx, options.clone()).await?;
        match self.bug {
            Bug::PageLoses if page.cursor.is_some() && page.objects.len() > 1 => {
                page.objects.pop();
            }
            Bug::PageRepeats if asked.limit > 1 && page.cursor.is_some() => {
                let fewer = ListOptions { limit: asked.limit - 1, ..asked };
                page.cursor = self.store.list(cx, fewer).await?.cursor;
            }
            Bug::Disorder => page.objects.sort_by_key(|info| info.key.to_lowercase()),
            _ => {}
        }
        page.objects = page.objects.into_iter().map(|info| self.changed(info)).collect();
        Ok(page)
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        mut options: CopyOptions,
    ) -> Result<ObjectInfo> {
        let (from, to) = (self.key(from), self.key(to));
        match self.bug {
            Bug::PlainCopy => {
                self.store.copy(cx, &from, &to, options).await?;
                if let Some(Got::Object(object)) = self.store.get(cx, &from, GetOptions::default()).await? {
                    self.store.put(cx, &to, object.body, PutOptions::default()).await?;
                }
                return Ok(self.old(&to).await?.unwrap());
            }
            Bug::CopyRace => options.destination = Precondition::None,
            Bug::CopyOntoItself if from == to => {
                let info = self.store.copy(cx, &from, &to, options).await?;
                self.store.delete(cx, &[to], DeleteOptions::default()).await?;
                return Ok(info);
            }
            _ => {}
        }
        Ok(self.changed(self.store.copy(cx, &from, &to, options).await?))
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        match self.bug {
            Bug::UrlsUnclaimed => Ok(Presigned { url: "https://example.com".into(), headers: Vec::new() }),
            _ => self.store.presign(cx, key, options).await,
        }
    }
}
