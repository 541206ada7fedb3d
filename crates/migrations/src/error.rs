//! Why steps are not applied.

use std::error::Error as StdError;
use std::fmt;

use credenza_core::{Error, ErrorKind};

/// Why the steps of a set are not applied. It is the source of the [`Error`] that the [`Migrator`](crate::Migrator)
/// returns; [`MigrationError::of`] finds it.
#[derive(Debug)]
#[non_exhaustive]
pub enum MigrationError {
    /// The text of a step is not the one that was applied. `PreconditionFailed`.
    Changed {
        /// The set.
        module: String,
        /// The number of the step.
        version: u64,
        /// Its name.
        name: String,
    },
    /// A step was applied, and the set has it no more. `PreconditionFailed`.
    Missing {
        /// The set.
        module: String,
        /// The number of the step.
        version: u64,
        /// Its name when it was applied.
        name: String,
    },
    /// A step was not applied, and a later one was. `PreconditionFailed`.
    OutOfOrder {
        /// The set.
        module: String,
        /// The number of the step.
        version: u64,
        /// Its name.
        name: String,
        /// The number of the last step that was applied.
        newest: u64,
    },
    /// The database was migrated by a later version of the program. `NewerFormat`.
    Newer {
        /// The set.
        module: String,
        /// The number of the last step that was applied.
        found: u64,
        /// The number of the last step of the set.
        known: u64,
    },
    /// A step failed; nothing of it was applied, unless [`Error::effect`] says that it may have been. The kind and
    /// the SQLSTATE code are those of the statement's error.
    Failed {
        /// The set.
        module: String,
        /// The number of the step.
        version: u64,
        /// Its name.
        name: String,
        /// Which of its statements failed, counted from 1; `None` if it was the commit.
        statement: Option<usize>,
        /// What the database said.
        error: Error,
    },
}

impl MigrationError {
    /// The reason that an error of the [`Migrator`](crate::Migrator) carries.
    pub fn of(error: &Error) -> Option<&MigrationError> {
        error.source()?.downcast_ref()
    }
}

impl fmt::Display for MigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { module, version, name } => {
                write!(f, "step {version} `{name}` of `{module}` was changed after it was applied")
            }
            Self::Missing { module, version, name } => {
                write!(f, "step {version} `{name}` was applied, and `{module}` has no such step")
            }
            Self::OutOfOrder { module, version, name, newest } => write!(
                f,
                "step {version} `{name}` of `{module}` was not applied before step {newest} was; give it a number above"
            ),
            Self::Newer { module, found, known } => write!(
                f,
                "the database has step {found} of `{module}`, and this program knows up to step {known}"
            ),
            Self::Failed { module, version, name, statement, error } => {
                write!(f, "step {version} `{name}` of `{module}`, ")?;
                match statement {
                    Some(statement) => write!(f, "statement {statement}: ")?,
                    None => f.write_str("at its commit: ")?,
                }
                f.write_str(error.message())
            }
        }
    }
}

impl StdError for MigrationError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<MigrationError> for Error {
    fn from(reason: MigrationError) -> Error {
        let text = reason.to_string();
        let error = match &reason {
            MigrationError::Newer { .. } => Error::new(ErrorKind::NewerFormat, text),
            MigrationError::Failed { error: cause, .. } => {
                let mut error =
                    Error::new(cause.kind(), text).with_retry(cause.retry()).with_effect(cause.effect());
                if let Some(code) = cause.sqlstate() {
                    error = error.with_sqlstate(code);
                }
                match cause.store() {
                    Some(store) => error.on(store),
                    None => error,
                }
            }
            _ => Error::new(ErrorKind::PreconditionFailed, text),
        };
        error.with_source(reason)
    }
}
