//! What can be set.

use crate::dictionary::Dictionary;

/// How values are compressed. All that was ever written is read, whatever is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Zstandard (RFC 8878) at a level from -7, quickest, to 22, smallest. From 20 on a context takes more than 100 MiB.
    Zstd {
        /// The level.
        level: i32,
    },
    /// LZ4, as a block: quicker, and larger. It needs values of a kilobyte or more, and takes no dictionary.
    Lz4,
}

impl Default for Method {
    /// Zstandard at level 3.
    fn default() -> Method {
        Method::Zstd { level: 3 }
    }
}

/// How a store is compressed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompressedConfig {
    /// How values are compressed: Zstandard at level 3.
    pub method: Method,
    /// Values with fewer bytes are left as they are: 256 of them, and 64 with a dictionary.
    pub min_size: usize,
    /// A value that does not become smaller by so many hundredths is left as it is: 10.
    pub min_gain: u8,
    /// The longest value there may be, in bytes, when it is written and when it is read: what claims to be longer is not
    /// decompressed. 64 MiB.
    pub max_size: usize,
    /// What is used for writing.
    pub(crate) active: Option<Dictionary>,
    /// What is only used for reading.
    pub(crate) old: Vec<Dictionary>,
}

impl Default for CompressedConfig {
    fn default() -> CompressedConfig {
        CompressedConfig {
            method: Method::default(),
            min_size: 256,
            min_gain: 10,
            max_size: 64 << 20,
            active: None,
            old: Vec::new(),
        }
    }
}

impl CompressedConfig {
    /// Zstandard with a dictionary, for values from 64 bytes on.
    pub fn with_dictionary(dictionary: Dictionary) -> CompressedConfig {
        CompressedConfig { active: Some(dictionary), min_size: 64, ..CompressedConfig::default() }
    }

    /// The same with a dictionary that was used for writing before, and has to be there to read what was written.
    #[must_use]
    pub fn and_old(mut self, dictionary: Dictionary) -> CompressedConfig {
        self.old.push(dictionary);
        self
    }
}
