//! The stores of the server, in one folder: keys and values with the registry and the index of objects in
//! `credenza.db`, a database for each namespace in `sql/`, the content of objects in `blob/`.

use std::path::Path;
use std::sync::Arc;

use credenza::{Blob, Kv, Result, SqliteConfig, SqliteDurability, SqliteStore};
use credenza_blob::{FsBlobConfig, FsBlobStore, FsDurability};
use credenza_server::{ObjectRegistry, ServerLimits, ServerStorage};
use credenza_sqlite::{SqliteDatabases, SqliteDatabasesConfig};

use crate::args::Durability;

/// The stores, to be served and then closed.
#[derive(Debug)]
pub(crate) struct Stores {
    kv: SqliteStore,
    pub(crate) storage: ServerStorage,
}

impl Stores {
    /// Opens what is in the folder, and creates what is not there.
    ///
    /// # Errors
    /// Whatever is wrong with the folder or what is in it.
    pub(crate) async fn open(data: &Path, durability: Durability, limits: &ServerLimits) -> Result<Stores> {
        let (durability, files) = match durability {
            Durability::Full => (SqliteDurability::Full, FsDurability::Full),
            Durability::Normal => (SqliteDurability::Normal, FsDurability::Normal),
        };
        let mut config = SqliteConfig::at(data.join("credenza.db"));
        config.durability = durability;
        let store = SqliteStore::open(config)?;
        let kv = Kv::new(store.clone());

        let mut config = SqliteDatabasesConfig::at(data.join("sql"));
        config.each.durability = durability;
        let each = &mut config.each.limits;
        (each.sql, each.value, each.parameters, each.columns) =
            (limits.sql, limits.row, limits.parameters, limits.columns);
        let databases = SqliteDatabases::open(config)?;

        let mut config = FsBlobConfig::at(data.join("blob"));
        config.durability = files;
        config.limits.size = limits.object;
        config.limits.metadata = limits.object_metadata;
        // The namespace stands before the key, each byte of it as three in the worst case.
        config.limits.key = limits.object_key + 3 * limits.namespace + 1;
        let objects = ObjectRegistry::default();
        config.follower = Some(Arc::new(objects.clone()));
        // Below a path of its own in the same file: an object and what the registry says of it are one commit.
        let blob = Blob::new(FsBlobStore::open(config, kv.clone()).await?);

        let (databases, blob, objects) = (Some(Arc::new(databases) as _), Some(blob), Some(objects));
        let storage = ServerStorage { kv, databases, blob, objects };
        Ok(Stores { kv: store, storage })
    }

    /// Closes them; the last change is in the files then.
    pub(crate) async fn close(self) -> Result<()> {
        drop(self.storage);
        self.kv.close().await
    }
}
