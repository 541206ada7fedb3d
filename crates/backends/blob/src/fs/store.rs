//! [`FsBlobStore`].

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Consistency, Context, Durability, Error, ErrorKind, Kv, Result, StoreInfo};
use tokio::task::spawn_blocking;

use super::config::{FsBlobConfig, FsDurability};
use super::error::{NAME, lost, storage};
use super::files::{Files, Owner};
use super::garbage::{Collected, Collector};
use super::id::Id;
use super::index::Index;
use super::locks::Locks;

/// The first words of what says whose a folder is.
const FORMAT: &str = "credenza-blob 1";
/// More is not kept in the index.
const MAX_INLINE: usize = 256 << 10;

/// A blob store in a folder: an index, in a key-value store, over content files with opaque names.
///
/// All verbs but presign; linearizable within the one process that may have the folder open. Keys are never names of
/// files, so any key works. Small objects are kept in the index itself.
///
/// **Content** is verified while it is read, ranges too: against a checksum of each 128 KiB. Bodies stream both ways,
/// and hold a few hundred KiB of memory whatever their size.
///
/// **Crashes.** A put is there whole or not at all. What it may leave is a file that no object has; such files are
/// removed in the background when the store is opened, and by [`FsBlobStore::collect_garbage`].
///
/// **Deadlines** are looked at between steps and with each piece of a body, whose own time-outs are its maker's.
///
/// **Threads.** Files are written on the blocking threads of the tokio runtime, without which the store does not work,
/// and read there unless the system has them in memory (which Linux tells). Small objects are read and written as the
/// index does it.
///
/// Cheap to clone; all clones are one store, which gives the folder back when the last of them is dropped.
#[derive(Clone, Debug)]
pub struct FsBlobStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) config: FsBlobConfig,
    pub(super) index: Arc<Index>,
    pub(super) files: Arc<Files>,
    pub(super) locks: Locks,
    info: StoreInfo,
    capabilities: BlobCapabilities,
    /// Holds the folder.
    _owner: Owner,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.files.disown();
    }
}

impl FsBlobStore {
    /// Opens a store; creates the folder if it is not there, in one that is. `index` must have atomic batches, last
    /// as long as the folder, and be this store's alone below the key path `blob`.
    ///
    /// # Errors
    /// `Busy` if the folder is open in another store, here or in another process; `InvalidArgument` if the index is
    /// not that of the folder; `NewerFormat`; `Unsupported` for an index that cannot do what is needed.
    pub async fn open(config: FsBlobConfig, index: Kv) -> Result<FsBlobStore> {
        open(config, &index).await.map_err(|error| error.during("open").on(NAME))
    }

    /// Removes the files that no object has: what puts left that a crash ended, or that were given up while they
    /// were being committed. Puts may go on meanwhile.
    pub async fn collect_garbage(&self) -> Result<Collected> {
        let collected = Collector::new(&self.inner.index, &self.inner.files).run().await;
        collected.map_err(|error| error.during("collect_garbage").on(NAME))
    }
}

async fn open(mut config: FsBlobConfig, kv: &Kv) -> Result<FsBlobStore> {
    config.inline_max = config.inline_max.min(MAX_INLINE);
    let index = Arc::new(Index::new(kv)?);
    let path = config.path.clone();
    let mut owner = spawn_blocking(move || Owner::lock(&path)).await.map_err(lost)??;
    own(&config, &index, &mut owner).await?;
    let synced = config.durability == FsDurability::Full;
    let files = Files::new(&config.path, synced, Arc::clone(&config.random));
    let inner = Arc::new(Inner {
        capabilities: capabilities(&config, kv.capabilities().durability),
        config,
        index,
        files: Arc::new(files),
        locks: Locks::new(),
        info: StoreInfo::backend(NAME),
        _owner: owner,
    });
    // What it fails with, the next opening meets again.
    tokio::spawn(Collector::new(&inner.index, &inner.files).run());
    Ok(FsBlobStore { inner })
}

/// Makes sure that folder and index belong together: with another index all its files would be garbage.
async fn own(config: &FsBlobConfig, index: &Index, owner: &mut Owner) -> Result<()> {
    let cx = Context::new();
    let known = index.format(&cx).await?;
    if owner.text.is_empty() && known.is_none() {
        let text = format!("{FORMAT} {}\n", Id::draw(&*config.random));
        Files::initialize(&config.path, owner, text).map_err(storage)?;
    }
    if !owner.text.starts_with(&format!("{FORMAT} ")) {
        let newer = owner.text.starts_with("credenza-blob ");
        let kind = if newer { ErrorKind::NewerFormat } else { ErrorKind::InvalidArgument };
        return Err(Error::new(kind, "the folder is not one of this store, or of a newer version"));
    }
    let theirs = match known {
        Some(known) => *known == *owner.text.as_bytes(),
        // A crash came between the two, or the index was lost; the folder tells.
        None => Files::are_none(&config.path).map_err(storage)?,
    };
    if !theirs {
        return Err(Error::invalid("the index is not that of the folder"));
    }
    // Also when it stands there: what another store left under way in the index is done before this is, so that
    // nothing is taken for garbage that is about to be published.
    index.set_format(&cx, &owner.text).await
}

fn capabilities(config: &FsBlobConfig, index: Durability) -> BlobCapabilities {
    let own = match config.durability {
        FsDurability::Full => Durability::PowerLoss,
        FsDurability::Normal => Durability::ProcessCrash,
    };
    let mut capabilities = BlobCapabilities::new();
    capabilities.durability = own.min(index);
    capabilities.consistency = Consistency::Linearizable;
    capabilities.preconditions = true;
    capabilities.delete_preconditions = true;
    capabilities.copy_preconditions = true;
    capabilities.exact_deletes = true;
    capabilities.empty_parts = true;
    capabilities.content_tags = true;
    capabilities.verifies = true;
    capabilities.limits = config.limits;
    capabilities
}

#[async_trait]
impl BlobStore for FsBlobStore {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.inner.capabilities.clone()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        let put = self.inner.put(cx, key, body, options).await;
        put.map_err(|error| error.during("put").on(NAME))
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        let got = self.inner.get(cx, key, options).await;
        got.map_err(|error| error.during("get").on(NAME))
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        let found = self.inner.head(cx, key).await;
        found.map_err(|error| error.during("head").on(NAME))
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        let deleted = self.inner.delete(cx, keys, &options).await;
        deleted.map_err(|error| error.during("delete").on(NAME))
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        let listed = self.inner.list(cx, options).await;
        listed.map_err(|error| error.during("list").on(NAME))
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        let copied = self.inner.copy(cx, from, to, &options).await;
        copied.map_err(|error| error.during("copy").on(NAME))
    }

    async fn presign(&self, _: &Context, _: &BlobKey, _: PresignOptions) -> Result<Presigned> {
        Err(Error::unsupported("presign").on(NAME))
    }
}
