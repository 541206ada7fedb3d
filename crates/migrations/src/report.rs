//! What a migrator answers.

use crate::checksum::Checksum;

/// A step, and how it stands in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Its number.
    pub version: u64,
    /// Its name, as the set has it; of a step that the set has not, as it was applied.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// When it was applied, in milliseconds since the Unix epoch.
    pub applied_at: Option<i64>,
    /// The checksum of its text in the set; of a step that the set has not, as it was applied.
    pub checksum: Checksum,
}

/// How a step stands in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It was applied.
    Applied,
    /// It will be applied.
    Pending,
    /// It was applied with another text.
    Changed,
    /// It was applied, and the set has it no more.
    Missing,
    /// It was not applied, and a later one was.
    OutOfOrder,
    /// It was applied, and stands behind the last step that the set has.
    Newer,
}

impl State {
    /// Its name: `applied`, `pending`, `changed`, `missing`, `out of order`, `newer`.
    pub const fn name(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Pending => "pending",
            State::Changed => "changed",
            State::Missing => "missing",
            State::OutOfOrder => "out of order",
            State::Newer => "newer",
        }
    }
}

/// A step that would be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// Its number.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// The checksum of its text.
    pub checksum: Checksum,
    /// Its statements, in order.
    pub statements: Vec<String>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The numbers and names of the steps that this call applied, in order.
    pub applied: Vec<(u64, String)>,
    /// How many steps were applied before, by whomever.
    pub before: usize,
}
