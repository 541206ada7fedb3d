//! [`EncryptedBlob`].

use async_trait::async_trait;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, BodyReader, CopyOptions, DeleteOptions, GetOptions, Got,
    ListOptions, ListPage, Object, ObjectInfo, Precondition, PresignOptions, Presigned, PutOptions, Range,
};
use credenza_core::{Context, Error, ErrorKind, Result, StoreInfo};

use super::cipher::{ObjectCipher, ObjectKeys, foreign, key_of};
use super::format::{self, BLOCK, HEADER};
use super::open::{Opening, named, take};
use super::seal;
use crate::config::EncryptedConfig;
use crate::envelope::unknown_key;
use crate::keyring::Keyring;
use crate::kv::{NAME, busy};

/// How often it is tried again when an object was replaced between its header and its range.
const ATTEMPTS: usize = 8;

/// A blob store whose contents are encrypted on their way in and decrypted on their way out, a block of 64 KiB at a time.
///
/// # What is protected
/// Contents: nobody without the key reads one, changes one, cuts one off, puts its parts in another order, or puts it in the place of another.
/// Each object has a key of its own, derived with HKDF from that of the ring, and is bound to the key under which it stands. A whole object can
/// be replaced by an older one of the same key. Keys, sizes, times, headers and metadata are readable, and are not authenticated.
///
/// # What it costs
/// 69 bytes an object and 16 a block. A range that begins beyond the first 64 KiB, or counts from the end, takes two requests. Memory: two blocks for each content on its way.
///
/// # What is different
/// A copy is read, decrypted, encrypted anew and put, for a content is bound to its key. Nothing is presigned. Tags are those of what is
/// stored: an object that is put twice has two. An MD5 that is announced is compared with the content as it was given. A range proves itself and not what is around it: only
/// who reads the end of an object knows that nothing of it is missing.
///
/// # Errors
/// `Corrupt` for an object that was changed or cut off, belongs elsewhere, is not encrypted, or whose key the ring does not have: never an object
/// that is missing. Contents of more than one block can end with it while they are read.
#[derive(Debug)]
pub struct EncryptedBlob<S> {
    pub(crate) inner: S,
    active: ObjectKeys,
    old: Vec<ObjectKeys>,
    info: StoreInfo,
}

impl<S: BlobStore> EncryptedBlob<S> {
    /// `inner`, encrypted with the keys of a ring.
    ///
    /// # Errors
    /// `Internal` if the ring cannot be used.
    pub fn new(inner: S, keys: Keyring, config: EncryptedConfig) -> Result<EncryptedBlob<S>> {
        let info = StoreInfo::decorator(NAME, inner.info());
        let (active, old) = keys.split()?;
        let keys = |(id, key): (u32, _)| ObjectKeys::new(id, key, &config);
        Ok(EncryptedBlob { inner, active: keys(active), old: old.into_iter().map(keys).collect(), info })
    }

    /// Whether an object of this header was encrypted with a key that only opens.
    pub(crate) fn is_old(&self, header: &[u8]) -> Result<bool> {
        Ok(key_of(header)? != self.active.id())
    }

    fn cipher(&self, header: &[u8], key: &BlobKey) -> Result<ObjectCipher> {
        let number = key_of(header)?;
        let keys = std::iter::once(&self.active).chain(&self.old).find(|keys| keys.id() == number);
        keys.ok_or_else(|| unknown_key("an object", number))?.open(header, key)
    }

    async fn open(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        for _ in 0..ATTEMPTS {
            let (first, has_all) = first_range(options.range);
            let asked = GetOptions { range: first, precondition: options.precondition.clone() };
            let object = match self.inner.get(cx, key, asked).await {
                Ok(Some(Got::Object(object))) => object,
                Ok(None) => return Ok(None),
                Ok(Some(Got::NotModified(info))) => return Ok(Some(Got::NotModified(sized(info)?))),
                // What is asked for begins at 0, so there is nothing.
                Err(error) if error.kind() == ErrorKind::RangeNotSatisfiable => return Err(foreign()),
                Err(error) => return Err(error),
            };
            let (stored, etag) = (object.info.size, object.info.etag.clone());
            let info = sized(object.info)?;
            let range = options.range.of(info.size)?;
            let mut source = BodyReader::new(object.body);
            let cipher = self.cipher(&take(&mut source, HEADER).await?, key)?;
            let mut block = 0;
            if !has_all {
                block = range.start / BLOCK;
                let end = format::start(range.end.div_ceil(BLOCK)).min(stored);
                let range = Range::Between(format::start(block), end);
                let same = GetOptions { range, precondition: Precondition::Match(vec![etag]) };
                source = match self.inner.get(cx, key, same).await {
                    Ok(Some(Got::Object(object))) => BodyReader::new(object.body),
                    // It was replaced meanwhile.
                    Ok(_) => continue,
                    Err(error) if error.kind() == ErrorKind::PreconditionFailed => continue,
                    Err(error) => return Err(error),
                };
            }
            let opening = Opening { source, cipher, size: info.size, range: range.clone(), block };
            return Ok(Some(Got::Object(Object { info, range, body: opening.into_body().await? })));
        }
        Err(busy("an object is replaced all the time"))
    }
}

/// What is asked for first, and whether all that is wanted is in it: else it is the header, which tells the size.
fn first_range(range: Range) -> (Range, bool) {
    match range {
        Range::Full => (Range::Full, true),
        Range::From(start) if start < BLOCK => (Range::Full, true),
        Range::Between(start, end) if start < BLOCK => {
            (Range::Between(0, format::start(end.div_ceil(BLOCK).max(1))), true)
        }
        _ => (Range::Between(0, HEADER), false),
    }
}

/// The same with the size of what is encrypted.
fn sized(mut info: ObjectInfo) -> Result<ObjectInfo> {
    info.size = format::size(info.size).ok_or_else(foreign)?;
    Ok(info)
}

#[async_trait]
#[deny(
    clippy::missing_trait_methods,
    reason = "a verb with a default would bring what is encrypted to light"
)]
impl<S: BlobStore> BlobStore for EncryptedBlob<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.limits.size = format::largest(capabilities.limits.size);
        capabilities.content_tags = false;
        // A copy is a get and a put.
        capabilities.copy_preconditions = capabilities.preconditions;
        capabilities.presign = false;
        capabilities.verifies = true;
        capabilities
    }

    async fn put(
        &self,
        cx: &Context,
        key: &BlobKey,
        body: Body,
        mut options: PutOptions,
    ) -> Result<ObjectInfo> {
        let md5 = options.md5.take();
        let sealed =
            self.active.create(key).and_then(|(header, cipher)| seal::seal(body, header, cipher, md5));
        let sealed = sealed.map_err(|error| error.during("put").on(NAME))?;
        sized(self.inner.put(cx, key, sealed, options).await?)
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        self.open(cx, key, options).await.map_err(named)
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        let info = self.inner.head(cx, key).await?;
        info.map(sized).transpose().map_err(|error| error.during("head").on(NAME))
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.inner.delete(cx, keys, options).await
    }

    /// Objects that cannot be encrypted ones are listed with the size that they have.
    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        let mut page = self.inner.list(cx, options).await?;
        for info in &mut page.objects {
            info.size = format::size(info.size).unwrap_or(info.size);
        }
        Ok(page)
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        let copying = |error: Error| error.during("copy").on(NAME);
        let get = GetOptions { precondition: options.source, ..GetOptions::default() };
        let object = match self.open(cx, from, get).await.map_err(copying)? {
            Some(Got::Object(object)) => object,
            Some(Got::NotModified(_)) => {
                let message = "the object is not what the request asks it to be";
                return Err(copying(Error::new(ErrorKind::PreconditionFailed, message)));
            }
            None => return Err(copying(Error::new(ErrorKind::NotFound, "there is no object to copy"))),
        };
        let Object { info, body, .. } = object;
        let put = PutOptions {
            content_type: info.content_type,
            content_encoding: info.content_encoding,
            content_language: info.content_language,
            content_disposition: info.content_disposition,
            cache_control: info.cache_control,
            metadata: info.metadata,
            precondition: options.destination,
            md5: None,
        };
        self.put(cx, to, body, put).await
    }

    /// Refused: whoever has such a URL would read what is stored, and put what is not encrypted.
    async fn presign(&self, _: &Context, _: &BlobKey, _: PresignOptions) -> Result<Presigned> {
        Err(Error::unsupported("presign").on(NAME))
    }
}
