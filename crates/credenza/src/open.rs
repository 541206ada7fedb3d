//! Stores by URL.

use credenza_core::{OpenStore, Registry, Result};

/// The schemes of the stores that are compiled in. Add your own with [`Registry::with`].
pub fn registry() -> Registry {
    let registry = Registry::new();
    #[cfg(feature = "memory")]
    let registry = registry.with("memory", credenza_memory::MemoryOpener);
    #[cfg(feature = "sqlite")]
    let registry = registry.with("sqlite", credenza_sqlite::SqliteOpener);
    registry
}

/// Opens the store of a URL: `memory:`, `sqlite:app.db`, `sqlite:/var/lib/app/app.db?durability=normal`.
///
/// # Errors
/// `InvalidArgument` for a scheme that is not compiled in or a parameter the store does not know, and whatever the
/// store fails with when it is opened.
pub async fn open(url: &str) -> Result<OpenStore> {
    registry().open(url).await
}
