//! The judges of databases before judges: an honest database passes, every planted bug is caught.
#![allow(clippy::unwrap_used)]

mod mutant;
mod namespaces;
mod suite;
