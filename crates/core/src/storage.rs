//! Everything that a service keeps things in.

use crate::blob::Blob;
use crate::db::Db;
use crate::kv::Kv;

/// Everything that a service keeps things in, to be handed on as one.
///
/// ```
/// # async fn example(storage: credenza_core::Storage) -> credenza_core::Result<()> {
/// storage.kv.set("greeting", "hello").await?;
/// storage.db.execute("DELETE FROM notes WHERE id = ?", (7,)).await?;
/// storage.blob.put("notes/7.txt", "buy milk").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Storage {
    /// Keys and values.
    pub kv: Kv,
    /// Tables.
    pub db: Db,
    /// Objects.
    pub blob: Blob,
}
