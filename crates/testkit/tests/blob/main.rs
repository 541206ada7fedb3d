//! The judges of blob stores before judges: an honest store passes, every planted bug is caught.
#![allow(clippy::unwrap_used)]

mod faults;
mod model;
mod mutant;
mod suite;
