//! The store of the server.

use std::path::Path;

use credenza::{Result, SqliteConfig, SqliteDurability, SqliteStore};

use crate::args::Durability;

/// Opens the file, and creates it if it is not there.
///
/// # Errors
/// Whatever is wrong with the file or the folder it is in.
pub(crate) fn open(file: &Path, durability: Durability) -> Result<SqliteStore> {
    let mut config = SqliteConfig::at(file);
    config.durability = match durability {
        Durability::Full => SqliteDurability::Full,
        Durability::Normal => SqliteDurability::Normal,
    };
    SqliteStore::open(config)
}
