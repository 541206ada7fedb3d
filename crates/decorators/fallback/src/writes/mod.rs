//! Writes that a journal takes while the store is out.

mod config;
mod entry;
mod journal;
mod overlay;
mod pending;
mod replay;
mod store;

pub use config::{Decide, FallbackWritesConfig, JournalStats, JournaledWrite, Verdict, Writers};
pub use store::FallbackWrites;
