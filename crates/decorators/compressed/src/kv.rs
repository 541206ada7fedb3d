//! [`Compressed`].

use bytes::Bytes;
use credenza_core::command::ValueUse;
use credenza_core::transform::{Place, Transform, Transformed};
use credenza_core::{
    Capabilities, CommandId, CommandSet, Context, Error, Execution, KvStore, Request, Result, StoreInfo,
};

use crate::codec::Codec;
use crate::config::CompressedConfig;
use crate::frame::ESCAPE;

pub(crate) const NAME: &str = "compressed";

/// A store whose values are compressed on their way in and decompressed on their way out.
///
/// # What is compressed
/// The values of strings, of the fields of hashes and of lists, if they are long enough and become smaller by enough; others are
/// stored as they are, at most four bytes longer. Values that were there before are read as they are. Keys, fields and members are
/// left alone.
///
/// A number stays as it is, so `INCRBY`, `INCRBYFLOAT`, `HINCRBY` and their kin count as before.
///
/// # What is refused
/// Commands that look into values (`STRLEN`, `GETRANGE`, `APPEND`, …) or compare them (`SETIFEQUAL`, `LREM`, `LPOS`, …). They leave the
/// capabilities. Checks of values and of the lengths of strings in atomic batches are honoured: what stands there is decompressed and
/// compared.
///
/// # Errors
/// `Corrupt` for a value that is damaged, or whose dictionary is not given: never a value that is missing. `LimitExceeded` for one that
/// claims to be longer than [`CompressedConfig::max_size`], before it is decompressed, so no small value can fill the memory.
///
/// A value that was written without this layer, and begins with the bytes `FF 43 5A`, which stand in no text, is taken for a damaged one.
#[derive(Debug)]
pub struct Compressed<S>(Transformed<S, Compression>);

impl<S: KvStore> Compressed<S> {
    /// `inner`, compressed.
    ///
    /// # Errors
    /// `InvalidArgument` for a level that does not exist, a dictionary with LZ4, or one that is given twice, and if the store below takes
    /// no values of four bytes.
    pub fn new(inner: S, config: CompressedConfig) -> Result<Compressed<S>> {
        if inner.capabilities().limits.value < ESCAPE.len() {
            return Err(Error::invalid("the store below takes no values that are long enough"));
        }
        Ok(Compressed(Transformed::new(inner, Compression(Codec::new(&config)?))))
    }
}

/// How values are compressed.
#[derive(Debug)]
struct Compression(Codec);

impl Transform for Compression {
    const NAME: &'static str = NAME;
    const BOUND: bool = false;

    fn commands(&self) -> CommandSet {
        let honoured = |id: &CommandId| {
            matches!(id.info().values, ValueUse::None | ValueUse::Opaque | ValueUse::Numeric)
        };
        CommandId::ALL.iter().copied().filter(honoured).collect()
    }

    fn longest(&self, limit: usize) -> usize {
        limit.saturating_sub(ESCAPE.len()).min(self.0.max_size())
    }

    fn store(&self, _: Place<'_>, value: &Bytes) -> Result<Bytes> {
        self.0.encode(value)
    }

    fn read(&self, _: Place<'_>, stored: &Bytes) -> Result<Bytes> {
        self.0.decode(stored)
    }
}

impl<S: KvStore> KvStore for Compressed<S> {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        self.0.execute(cx, request)
    }
}
