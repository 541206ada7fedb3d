//! A database for each namespace.

use std::fmt::Debug;

use async_trait::async_trait;

use super::handle::Db;
use crate::error::Result;
use crate::store::StoreInfo;

/// Databases by namespace: each apart from all others, by means of the database engine (a file, a schema with a role of
/// its own), never by changing the text of statements.
///
/// A statement in one namespace neither reads nor changes another, whatever it says, and no error names a file,
/// another namespace or what is in it.
#[async_trait]
pub trait Databases: Debug + Send + Sync + 'static {
    /// Its name, as that of a store.
    fn info(&self) -> &StoreInfo;

    /// The database of a namespace, which is empty at first. Any text of 1 to 512 bytes is a namespace.
    ///
    /// # Errors
    /// `InvalidArgument` for a namespace that is none, `Unavailable` if it cannot be opened.
    async fn open(&self, namespace: &str) -> Result<Db>;

    /// The same, unless nothing was ever kept there; it is not made then.
    async fn open_existing(&self, namespace: &str) -> Result<Option<Db>>;

    /// Removes a namespace with all its tables; says whether there was anything. Handles on it fail from then on.
    async fn remove(&self, namespace: &str) -> Result<bool>;
}
