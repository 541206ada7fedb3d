//! [`MemoryBlobStore`].

use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, ETag, GetOptions, Got,
    ListOptions, ListPage, Object, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Consistency, Context, Durability, Error, ErrorKind, Result, StoreInfo};
use parking_lot::RwLock;

use super::config::MemoryBlobConfig;
use super::objects::{Objects, Room, Space, Stored, page};
use crate::check;
use crate::digest::Md5Sum;
use crate::incoming::{Incoming, check_md5};
use crate::listing::Listing;

const NAME: &str = "memory";
/// What an object takes besides its content, its headers and its metadata, about.
const OVERHEAD: u64 = 256;
/// A piece up to this is copied, for it may hold a much larger buffer.
const COPIED: usize = 16 << 10;

/// A blob store in the memory of the process: for tests, and for what need not last.
///
/// All verbs but presign; linearizable. A reader keeps the object it reads as it was. Cheap to clone; all clones are
/// one store.
#[derive(Clone, Debug)]
pub struct MemoryBlobStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: MemoryBlobConfig,
    info: StoreInfo,
    space: Arc<Space>,
    objects: RwLock<Objects>,
}

impl MemoryBlobStore {
    /// An empty store.
    pub fn new(config: MemoryBlobConfig) -> MemoryBlobStore {
        let space = Space::new(config.max_bytes);
        let info = StoreInfo::backend(NAME);
        MemoryBlobStore { inner: Arc::new(Inner { config, info, space, objects: RwLock::default() }) }
    }
}

impl Inner {
    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        let limits = &self.config.limits;
        check::key(limits, key)?;
        check::headers(limits, &options)?;
        let incoming = Incoming::new(cx, limits, body)?;
        // What will fail is not read first.
        options.precondition.check(self.etag(key).as_ref())?;
        let mut room = Room::none(&self.space);
        room.grow(OVERHEAD + key.len() as u64)?;
        let content = self.collect(incoming, &mut room).await?;
        let md5 = Md5Sum::of(&content);
        check_md5(options.md5, md5)?;
        let size = content.len() as u64;
        let mut info = ObjectInfo::new(key.clone(), size, ETag::of_md5(md5), self.config.clock.now());
        let precondition = check::describe(&mut info, options);
        room.grow(check::metadata_size(&info))?;
        let mut objects = self.objects.write();
        precondition.check(objects.get(key).map(|stored| &stored.info.etag))?;
        objects.insert(Stored { info: info.clone(), content, _room: room });
        Ok(info)
    }

    async fn collect(&self, mut incoming: Incoming<'_>, room: &mut Room) -> Result<Bytes> {
        let Some(first) = incoming.next().await? else { return Ok(Bytes::new()) };
        room.grow(first.len() as u64)?;
        let Some(mut piece) = incoming.next().await? else {
            return Ok(if first.len() > COPIED { first } else { Bytes::copy_from_slice(&first) });
        };
        let mut all = BytesMut::from(&first[..]);
        drop(first);
        loop {
            room.grow(piece.len() as u64)?;
            all.extend_from_slice(&piece);
            match incoming.next().await? {
                Some(next) => piece = next,
                None => return Ok(all.freeze()),
            }
        }
    }

    fn get(&self, key: &BlobKey, options: &GetOptions) -> Result<Option<Got>> {
        check::key(&self.config.limits, key)?;
        let Some(stored) = self.objects.read().get(key).map(Arc::clone) else { return Ok(None) };
        let info = stored.info.clone();
        if check::read(&options.precondition, &info.etag)? {
            return Ok(Some(Got::NotModified(info)));
        }
        let range = options.range.of(info.size)?;
        let content = stored.content.slice(range.start as usize..range.end as usize);
        Ok(Some(Got::Object(Object { info, range, body: Body::from(content) })))
    }

    fn delete(&self, keys: &[BlobKey], options: &DeleteOptions) -> Result<Vec<bool>> {
        check::keys(&self.config.limits, keys)?;
        let mut objects = self.objects.write();
        for key in keys {
            let current = objects.get(key).map(|stored| &stored.info.etag);
            options.precondition.check(current).map_err(|error| error.for_key(key.as_bytes()))?;
        }
        Ok(keys.iter().map(|key| objects.remove(key)).collect())
    }

    fn copy(&self, from: &BlobKey, to: &BlobKey, options: &CopyOptions) -> Result<ObjectInfo> {
        check::key(&self.config.limits, from)?;
        check::key(&self.config.limits, to)?;
        let mut objects = self.objects.write();
        let Some(source) = objects.get(from) else {
            return Err(
                Error::new(ErrorKind::NotFound, "there is no object to copy").for_key(from.as_bytes())
            );
        };
        options.source.check(Some(&source.info.etag))?;
        options.destination.check(objects.get(to).map(|stored| &stored.info.etag))?;
        let mut info = source.info.clone();
        info.key = to.clone();
        info.uploaded = self.config.clock.now();
        let mut room = Room::none(&self.space);
        // The two share their content, until one of them is gone.
        room.grow(OVERHEAD + to.len() as u64 + check::metadata_size(&info) + info.size)?;
        let content = source.content.clone();
        objects.insert(Stored { info: info.clone(), content, _room: room });
        Ok(info)
    }

    fn etag(&self, key: &str) -> Option<ETag> {
        self.objects.read().get(key).map(|stored| stored.info.etag.clone())
    }
}

#[async_trait]
impl BlobStore for MemoryBlobStore {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
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
        capabilities.limits = self.inner.config.limits;
        capabilities
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        let put = self.inner.put(cx, key, body, options).await;
        put.map_err(|error| error.during("put").on(NAME))
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        let got = check::deadline(cx).and_then(|()| self.inner.get(key, &options));
        got.map_err(|error| error.during("get").on(NAME))
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        let allowed = check::deadline(cx).and_then(|()| check::key(&self.inner.config.limits, key));
        allowed.map_err(|error| error.during("head").on(NAME))?;
        Ok(self.inner.objects.read().get(key).map(|stored| stored.info.clone()))
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        let deleted = check::deadline(cx).and_then(|()| self.inner.delete(keys, &options));
        deleted.map_err(|error| error.during("delete").on(NAME))
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        let listing = check::deadline(cx).and_then(|()| Listing::new(options));
        let mut listing = listing.map_err(|error| error.during("list").on(NAME))?;
        let found = self.inner.objects.read().list(&mut listing);
        Ok(page(listing, &found))
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        let copied = check::deadline(cx).and_then(|()| self.inner.copy(from, to, &options));
        copied.map_err(|error| error.during("copy").on(NAME))
    }

    async fn presign(&self, _: &Context, _: &BlobKey, _: PresignOptions) -> Result<Presigned> {
        Err(Error::unsupported("presign").on(NAME))
    }
}
