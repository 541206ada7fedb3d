//! How a store in a folder is set up.

use std::path::PathBuf;
use std::sync::Arc;

use credenza_core::blob::{BlobLimits, ObjectFollower};
use credenza_core::{Clock, Random, Result, SystemClock, ThreadRandom};

use super::files;

/// What an acknowledged put survives, as far as the folder is concerned; the index has its own say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FsDurability {
    /// A power cut, as far as the disk keeps its word: files and folders are synced before the index is.
    #[default]
    Full,
    /// A crash of the process. A power cut may damage the objects that were put last; who reads them is told.
    Normal,
}

/// How a [`FsBlobStore`](super::FsBlobStore) is opened.
///
/// ```
/// use credenza_blob::{FsBlobConfig, FsDurability};
///
/// let mut config = FsBlobConfig::at("data/blobs");
/// config.durability = FsDurability::Normal;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FsBlobConfig {
    /// The folder. It belongs to the store: nothing else may be kept in it, but for the file of the index.
    pub path: PathBuf,
    /// What an acknowledged put survives.
    pub durability: FsDurability,
    /// Objects of up to so many bytes are kept in the index: 32 KiB by default, 256 KiB at most.
    pub inline_max: usize,
    /// How large things may be.
    pub limits: BlobLimits,
    /// What tells when an object was put.
    pub clock: Arc<dyn Clock>,
    /// What names of files are drawn from.
    pub random: Arc<dyn Random>,
    /// What else changes with an object, in the batch that changes the index.
    pub follower: Option<Arc<dyn ObjectFollower>>,
}

impl FsBlobConfig {
    /// A folder, with the defaults.
    pub fn at(path: impl Into<PathBuf>) -> FsBlobConfig {
        FsBlobConfig {
            path: path.into(),
            durability: FsDurability::Full,
            inline_max: 32 << 10,
            limits: BlobLimits::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(ThreadRandom),
            follower: None,
        }
    }

    /// Creates the folder, for its owner alone, unless it is there: for an index that has its file in it.
    ///
    /// # Errors
    /// `Unavailable` if it cannot be created: the folder above it must exist.
    pub fn create_folder(&self) -> Result<()> {
        files::create_folder(&self.path).map_err(super::error::storage)
    }
}
