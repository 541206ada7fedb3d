//! The settings of `compressed`.

use std::path::PathBuf;

use credenza_compressed::{CompressedConfig, Dictionary, Method};
use credenza_core::{Blob, Error, Kv, Result};
use serde::Deserialize;

use super::super::text::Size;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Compressed {
    method: Option<MethodName>,
    level: Option<i32>,
    min_size: Option<Size>,
    min_gain: Option<u8>,
    max_size: Option<Size>,
    /// A file that `credenza dictionary` made.
    dictionary: Option<PathBuf>,
    #[serde(default)]
    old_dictionaries: Vec<PathBuf>,
    /// Of objects.
    listed_sizes: Option<ListedName>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MethodName {
    Zstd,
    Lz4,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ListedName {
    Contents,
    Stored,
}

impl Compressed {
    fn method(&self) -> Result<Option<Method>> {
        match (self.method, self.level) {
            (None, None) => Ok(None),
            (Some(MethodName::Lz4), None) => Ok(Some(Method::Lz4)),
            (Some(MethodName::Lz4), Some(_)) => Err(Error::invalid("LZ4 has no level")),
            (Some(MethodName::Zstd), None) => Ok(Some(Method::default())),
            (_, Some(level)) => Ok(Some(Method::Zstd { level })),
        }
    }

    pub(in super::super) fn on(&self, kv: Kv) -> Result<Kv> {
        if self.listed_sizes.is_some() {
            return Err(Error::invalid("only lists of objects show sizes"));
        }
        let read = |path: &PathBuf| {
            let bytes = std::fs::read(path)
                .map_err(|error| Error::invalid("a dictionary cannot be read").with_source(error))?;
            Dictionary::new(bytes)
        };
        let mut config = match &self.dictionary {
            Some(path) => CompressedConfig::with_dictionary(read(path)?),
            None => CompressedConfig::default(),
        };
        for path in &self.old_dictionaries {
            config = config.and_old(read(path)?);
        }
        super::said!(config;
            method = self.method()?,
            min_size = self.min_size.map(|size| size.0),
            min_gain = self.min_gain,
            max_size = self.max_size.map(|size| size.0),
        );
        kv.layer(|store| credenza_compressed::Compressed::new(store, config))
    }

    pub(in super::super) fn on_blob(&self, blob: Blob) -> Result<Blob> {
        use credenza_compressed::{CompressedBlob, CompressedBlobConfig, ListedSizes};

        if self.dictionary.is_some() || !self.old_dictionaries.is_empty() || self.max_size.is_some() {
            return Err(Error::invalid("objects are compressed without dictionaries, and have no longest"));
        }
        let mut config = CompressedBlobConfig::default();
        super::said!(config;
            method = self.method()?,
            min_size = self.min_size.map(|size| size.0),
            min_gain = self.min_gain,
            listed_sizes = self.listed_sizes.map(|sizes| match sizes {
                ListedName::Contents => ListedSizes::Contents,
                ListedName::Stored => ListedSizes::Stored,
            }),
        );
        blob.layer(|store| CompressedBlob::new(store, config))
    }
}
