//! Contexts for compressing and decompressing. To make one takes several times as long as a small value does, so they
//! are kept.

use std::fmt;
use std::io;

use credenza_core::{Error, Result};
use parking_lot::Mutex;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// So many are kept; more than that are needed only while so many threads are at it.
const KEPT: usize = 16;
/// A buffer that became larger is not kept.
const KEPT_BYTES: usize = 2 << 20;

/// Contexts of a kind.
struct Pool<T>(Mutex<Vec<T>>);

impl<T> Pool<T> {
    fn new() -> Pool<T> {
        Pool(Mutex::new(Vec::new()))
    }

    fn take(&self) -> Option<T> {
        self.0.lock().pop()
    }

    fn give(&self, context: T) {
        let mut kept = self.0.lock();
        if kept.len() < KEPT {
            kept.push(context);
        }
    }
}

struct Compressing {
    context: Compressor<'static>,
    buffer: Vec<u8>,
}

/// Compresses at one level, with one dictionary or none.
pub(crate) struct Compressors {
    level: i32,
    dictionary: Vec<u8>,
    pool: Pool<Compressing>,
}

impl Compressors {
    pub(crate) fn new(level: i32, dictionary: &[u8]) -> Compressors {
        Compressors { level, dictionary: dictionary.to_vec(), pool: Pool::new() }
    }

    /// Gives what was compressed to `then`, if it has at most `most` bytes.
    pub(crate) fn compress<T>(
        &self,
        value: &[u8],
        most: usize,
        then: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>> {
        let mut taken = match self.pool.take() {
            Some(taken) => taken,
            None => self.make().map_err(|error| failed("a context for compressing", error))?,
        };
        taken.buffer.clear();
        taken.buffer.reserve(most);
        // The capacity is what bounds it, and may be greater than asked for.
        let compressed = taken.context.compress_to_buffer(value, &mut taken.buffer);
        let done = match compressed {
            Ok(length) if length <= most => Some(then(&taken.buffer[..length])),
            // It does not fit, so it gains too little.
            Ok(_) | Err(_) => None,
        };
        if taken.buffer.capacity() > KEPT_BYTES {
            taken.buffer = Vec::new();
        }
        self.pool.give(taken);
        Ok(done)
    }

    fn make(&self) -> io::Result<Compressing> {
        let mut context = Compressor::with_dictionary(self.level, &self.dictionary)?;
        // The frame around it says how long it is.
        context.set_parameter(CParameter::ContentSizeFlag(false))?;
        Ok(Compressing { context, buffer: Vec::new() })
    }
}

/// Decompresses what was made with one dictionary, or none.
pub(crate) struct Decompressors {
    dictionary: Vec<u8>,
    pool: Pool<Decompressor<'static>>,
}

impl Decompressors {
    pub(crate) fn new(dictionary: &[u8]) -> Decompressors {
        Decompressors { dictionary: dictionary.to_vec(), pool: Pool::new() }
    }

    /// The value, which has `length` bytes; `None` if it is not what is there.
    pub(crate) fn decompress(&self, compressed: &[u8], length: usize) -> Result<Option<Vec<u8>>> {
        let mut context = match self.pool.take() {
            Some(context) => context,
            None => Decompressor::with_dictionary(&self.dictionary)
                .map_err(|error| failed("a context for decompressing", error))?,
        };
        let mut value = Vec::with_capacity(length);
        let decompressed = context.decompress_to_buffer(compressed, &mut value);
        self.pool.give(context);
        Ok(decompressed.is_ok_and(|written| written == length).then_some(value))
    }
}

fn failed(what: &str, error: io::Error) -> Error {
    Error::internal(format!("{what} could not be made")).with_source(error)
}

impl fmt::Debug for Compressors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressors").field("level", &self.level).finish_non_exhaustive()
    }
}

impl fmt::Debug for Decompressors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decompressors")
    }
}
