//! What can be set.

use crate::config::Method;

/// Which sizes a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListedSizes {
    /// Those of the contents. The end of each object is read for it, sixteen at a time: a request an object.
    #[default]
    Contents,
    /// Those of what is stored, without another request.
    Stored,
}

/// How objects are compressed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompressedBlobConfig {
    /// How contents are compressed: Zstandard at level 3. The level of one more costs time, and memory for each content on its way.
    pub method: Method,
    /// Contents with fewer bytes are stored as they are: 256.
    pub min_size: usize,
    /// A block that does not become smaller by so many hundredths is stored as it is: 10.
    pub min_gain: u8,
    /// Which sizes a list shows: those of the contents.
    pub listed_sizes: ListedSizes,
}

impl Default for CompressedBlobConfig {
    fn default() -> CompressedBlobConfig {
        CompressedBlobConfig {
            method: Method::default(),
            min_size: 256,
            min_gain: 10,
            listed_sizes: ListedSizes::default(),
        }
    }
}
