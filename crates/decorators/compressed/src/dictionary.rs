//! [`Dictionary`].

use std::fmt;
use std::sync::Arc;

use credenza_core::{Error, Result};
use zstd::zstd_safe;

/// The samples for training may have so many bytes together, a hundred times what the trainer makes use of for a dictionary of
/// the usual size.
const MOST_SAMPLES: usize = 256 << 20;

/// What small values have in common, learned from samples: with it, a document of a few hundred bytes shrinks to a third and
/// less; without it, hardly at all.
///
/// A dictionary has a number of its own, drawn at random when it was trained, which is stored with every value. It has to be kept
/// as long as there are values that were written with it: without it they cannot be read.
#[derive(Clone)]
pub struct Dictionary {
    id: u32,
    bytes: Arc<[u8]>,
}

impl Dictionary {
    /// A dictionary that was trained, here or by `zstd --train`.
    ///
    /// # Errors
    /// `InvalidArgument` if it is none.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Result<Dictionary> {
        let bytes = bytes.into();
        let id = zstd_safe::get_dict_id_from_dict(&bytes);
        let usable = zstd::dict::DecoderDictionary::try_copy(&bytes).is_ok();
        match id {
            Some(id) if usable => Ok(Dictionary { id: id.get(), bytes }),
            _ => Err(Error::invalid("these bytes are not a trained dictionary of Zstandard")),
        }
    }

    /// Learns from samples: as many as there are, from a hundred to some ten thousand, of the kind that is to be compressed. A dictionary
    /// of 4 KiB serves documents of some hundred bytes; larger ones seldom gain anything.
    ///
    /// It takes a second or so for some megabytes of samples.
    ///
    /// # Errors
    /// `InvalidArgument` if the samples are too few, too alike or too many to learn from.
    pub fn train<S: AsRef<[u8]>>(samples: &[S], size: usize) -> Result<Dictionary> {
        let total = samples.iter().map(|sample| sample.as_ref().len()).try_fold(0, usize::checked_add);
        if total.is_none_or(|total| total > MOST_SAMPLES) || size > MOST_SAMPLES {
            return Err(Error::invalid("256 MiB are more samples than a dictionary is trained with"));
        }
        let trained = zstd::dict::from_samples(samples, size).map_err(|error| {
            let message = "no dictionary can be made of these samples: they are too few or too small";
            Error::invalid(message).with_source(error)
        })?;
        Dictionary::new(trained)
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What is to be kept, and given to [`Dictionary::new`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// It shows no samples.
impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary").field("id", &self.id).field("bytes", &self.bytes.len()).finish()
    }
}
