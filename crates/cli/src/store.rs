//! The store of the server.

use std::path::Path;

use credenza_core::{Kv, Result};

use crate::args::Durability;

pub(crate) struct Opened {
    pub(crate) kv: Kv,
}

impl Opened {
    pub(crate) async fn close(self) -> Result<()> {
        Ok(())
    }
}

pub(crate) async fn open(_file: &Path, _durability: Durability) -> Result<Opened> {
    Err(credenza_core::Error::internal("being built"))
}
