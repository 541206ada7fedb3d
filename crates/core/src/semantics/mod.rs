//! The rules of Redis that do not depend on how data is kept: numbers, ranges, patterns, what makes a command
//! valid. Stores share them, so that they agree.

pub mod glob;
pub mod long_double;
pub mod number;
pub mod range;
pub mod validate;

mod literal;
mod natural;
