//! The one error type: what went wrong, whether trying again can help, and whether a write may have happened.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::batch::CheckFailure;

/// The result of every operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Stores agree on the kind for the same mistake; the text may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The key holds another kind of value (Redis: `WRONGTYPE`).
    WrongType,
    /// The stored value or field is not a decimal 64-bit integer.
    NotAnInteger,
    /// The stored value or field is not a finite decimal number.
    NotAFloat,
    /// The result would leave the range of its type, or would not be a number.
    Overflow,
    /// The command needs a key that exists (`RENAME`, `LSET`).
    NoSuchKey,
    /// The index is outside of the list (`LSET`).
    IndexOutOfRange,
    /// The request contradicts itself or is malformed; nothing was sent.
    InvalidArgument,
    /// The request is larger than a limit; nothing was sent.
    LimitExceeded,
    /// This store, or a decorator on it, cannot honour the command; nothing was sent.
    Unsupported,
    /// A check of an atomic batch did not hold; see [`Error::check_failure`].
    CheckFailed,
    /// The object is not what the request asks it to be (`If-Match`, create-only).
    PreconditionFailed,
    /// The object has none of the bytes that were asked for.
    RangeNotSatisfiable,
    /// What the request names is not there, and it cannot go on without.
    NotFound,
    /// There is more than one of what there must be one of.
    TooMany,
    /// The statement cannot be run: it is no SQL, or it names what does not exist.
    InvalidStatement,
    /// The store does not allow what the statement does.
    Denied,
    /// The statement would break a rule of its table (unique, not null, foreign key, check).
    Constraint,
    /// Another transaction was in the way; the same transaction may succeed later.
    Conflict,
    /// The stored bytes are not what the codec wrote, or the value is not of the type it is read as.
    Decode,
    /// The deadline passed.
    Timeout,
    /// The store cannot be reached, or is shut down.
    Unavailable,
    /// The store is locked by somebody else.
    Busy,
    /// The store has no room left (disk, or a memory limit).
    Full,
    /// The store was opened or mounted for reading only.
    ReadOnly,
    /// The store's data is damaged.
    Corrupt,
    /// The store's data was written by a newer version.
    NewerFormat,
    /// A defect of the store; please report it.
    Internal,
}

/// Whether trying the same thing again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// The same request will fail again.
    Permanent,
    /// The same request may succeed later.
    Temporary,
    /// A retrying layer has already tried as often as it may.
    Exhausted,
}

/// Whether the failed request may have changed the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing was changed, for certain.
    NotApplied,
    /// The request may have been applied, or may still be.
    MaybeApplied,
}

/// An error of a store, a decorator or a handle. One word wide.
///
/// Its text names the command and the store and says whether the write may have happened. It never contains a
/// value, and a key only as a hash:
///
/// ```
/// use credenza_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::NotAnInteger, "the value is not an integer")
///     .during("INCRBY")
///     .on("memory")
///     .for_key(b"visits");
/// assert_eq!(
///     error.to_string(),
///     "INCRBY on memory: the value is not an integer (key #12d3123d; not applied, permanent)"
/// );
/// ```
pub struct Error(Box<Inner>);

/// A rule of a table that does not hold, by names; values are not told. What the database does not say is empty: SQLite does not say which foreign key
/// it was, and neither says the columns of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The table.
    pub table: Option<String>,
    /// The name of the rule: of a constraint, or of a unique index. SQLite names checks only.
    pub constraint: Option<String>,
    /// The columns of the key, or the column that is null.
    pub columns: Vec<String>,
}

impl Violation {
    /// For stores.
    pub fn new(table: Option<String>, constraint: Option<String>, columns: Vec<String>) -> Violation {
        Violation { table, constraint, columns }
    }
}

struct Inner {
    kind: ErrorKind,
    retry: Retry,
    effect: Effect,
    command: Option<&'static str>,
    store: Option<&'static str>,
    key: Option<u32>,
    index: Option<usize>,
    sqlstate: Option<&'static str>,
    violation: Option<Box<Violation>>,
    message: Cow<'static, str>,
    check: Option<Box<CheckFailure>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A permanent error that changed nothing. `message` must not contain values or whole keys.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Error {
        Error(Box::new(Inner {
            kind,
            retry: match kind {
                ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Busy | ErrorKind::Conflict => {
                    Retry::Temporary
                }
                _ => Retry::Permanent,
            },
            effect: Effect::NotApplied,
            command: None,
            store: None,
            key: None,
            index: None,
            sqlstate: None,
            violation: None,
            message: message.into(),
            check: None,
            source: None,
        }))
    }

    /// The key holds another kind of value than the command works on.
    pub fn wrong_type() -> Error {
        Error::new(ErrorKind::WrongType, "the key holds another kind of value")
    }

    /// The request is malformed or contradicts itself.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::InvalidArgument, message)
    }

    /// The store cannot do `command`.
    pub fn unsupported(command: &'static str) -> Error {
        Error::new(ErrorKind::Unsupported, "this store does not support the command").during(command)
    }

    /// A check of an atomic batch did not hold.
    pub fn check_failed(failure: CheckFailure) -> Error {
        let mut error = Error::new(ErrorKind::CheckFailed, "a check did not hold");
        error.0.index = Some(failure.index);
        error.0.check = Some(Box::new(failure));
        error
    }

    /// A defect: something that must not happen did.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Internal, message)
    }

    /// Names the command, unless one is named already.
    #[must_use]
    pub fn during(mut self, command: &'static str) -> Error {
        self.0.command.get_or_insert(command);
        self
    }

    /// Names the store, unless one is named already.
    #[must_use]
    pub fn on(mut self, store: &'static str) -> Error {
        self.0.store.get_or_insert(store);
        self
    }

    /// Names the key by a hash of 32 bits, enough to find it and too little to read it.
    #[must_use]
    pub fn for_key(mut self, key: &[u8]) -> Error {
        self.0.key = Some(fnv1a(key));
        self
    }

    /// Names the command or check inside of a batch, counted from zero.
    #[must_use]
    pub fn at(mut self, index: usize) -> Error {
        self.0.index.get_or_insert(index);
        self
    }

    /// Adds the SQLSTATE code of the error, five characters.
    #[must_use]
    pub fn with_sqlstate(mut self, code: &'static str) -> Error {
        self.0.sqlstate = Some(code);
        self
    }

    /// Adds which rule of a table does not hold.
    #[must_use]
    pub fn with_violation(mut self, violation: Violation) -> Error {
        self.0.violation = Some(Box::new(violation));
        self
    }

    /// Sets whether trying again can help.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Error {
        self.0.retry = retry;
        self
    }

    /// Sets whether the request may have been applied.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Error {
        self.0.effect = effect;
        self
    }

    /// Attaches the cause. Its text is not part of this error's text; it stays reachable by
    /// [`std::error::Error::source`].
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Whether the request may have changed the store.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Whether the transaction of a database in which it happened is over; after any other error the transaction goes
    /// on, as [`Transaction`](crate::db::Transaction) says.
    pub fn ends_transaction(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Timeout
                | ErrorKind::Conflict
                | ErrorKind::Full
                | ErrorKind::Unavailable
                | ErrorKind::Corrupt
                | ErrorKind::Internal
        )
    }

    /// The command that failed, by its name in Redis or, where Redis has none, in Credenza.
    pub fn command(&self) -> Option<&'static str> {
        self.0.command
    }

    /// The store or layer that failed.
    pub fn store(&self) -> Option<&'static str> {
        self.0.store
    }

    /// The position of the failed command or check in its batch.
    pub fn index(&self) -> Option<usize> {
        self.0.index
    }

    /// The SQLSTATE code (ISO 9075; Postgres, appendix A), the same on every database: `23505` for a value that
    /// must be unique and is not.
    pub fn sqlstate(&self) -> Option<&'static str> {
        self.0.sqlstate
    }

    /// Which rule of a table does not hold, where the database says so: with `Constraint`.
    pub fn violation(&self) -> Option<&Violation> {
        self.0.violation.as_deref()
    }

    /// Which check failed, and what stood there.
    pub fn check_failure(&self) -> Option<&CheckFailure> {
        self.0.check.as_deref()
    }

    /// The explanation alone, without command, store and effect: for showing to a remote caller.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// FNV-1a, 32 bits: stable across versions, so that a hash in an old log still finds its key.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match (inner.command, inner.store) {
            (Some(command), Some(store)) => write!(f, "{command} on {store}: ")?,
            (Some(name), None) | (None, Some(name)) => write!(f, "{name}: ")?,
            (None, None) => {}
        }
        write!(f, "{} (", inner.message)?;
        if let Some(code) = inner.sqlstate {
            write!(f, "SQLSTATE {code}; ")?;
        }
        if let Some(key) = inner.key {
            write!(f, "key #{key:08x}; ")?;
        }
        if let Some(index) = inner.index {
            let what = if inner.check.is_some() { "check" } else { "command" };
            write!(f, "{what} {index} of the batch; ")?;
        }
        f.write_str(match inner.effect {
            Effect::NotApplied => "not applied, ",
            Effect::MaybeApplied => "may have been applied, ",
        })?;
        f.write_str(match inner.retry {
            Retry::Permanent => "permanent)",
            Retry::Temporary => "temporary)",
            Retry::Exhausted => "retries exhausted)",
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind).field("text", &self.to_string());
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
