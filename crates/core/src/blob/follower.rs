//! What else changes with an object.

use std::fmt;

use async_trait::async_trait;

use super::{BlobKey, ObjectInfo};
use crate::{Batch, Kv, Result};

/// What changes with the objects of a store whose index lies in a key-value store, in the very batch that changes the
/// index: a list of all objects, say, or the sum of their sizes. Nobody sees one without the other, nor does a crash
/// come between.
#[async_trait]
pub trait ObjectFollower: fmt::Debug + Send + Sync {
    /// Adds to `batch`, which is atomic and makes the changes, what else must be checked and done in `index`, the store
    /// it is for. If a check of the batch fails, the change is tried again, and this is asked again.
    ///
    /// # Errors
    /// They fail the change, nothing of which is applied.
    async fn follow(&self, index: &Kv, changes: &[ObjectChange<'_>], batch: &mut Batch) -> Result<()>;
}

/// An object on its way into a store, or out of it.
#[derive(Clone, Copy, Debug)]
pub struct ObjectChange<'a> {
    /// Its key.
    pub key: &'a BlobKey,
    /// What it will be; `None` if it will be gone.
    pub new: Option<&'a ObjectInfo>,
}
