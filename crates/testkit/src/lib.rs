//! Judges of storage, for people who write Credenza stores.
//!
//! - [`history`] records operations that run at the same time and decides whether they are linearizable, also
//!   when the fate of some of them is unknown.
//! - [`supervisor`] kills a process under load, starts it again, and compares what it kept with what it
//!   promised.

pub mod history;
pub mod supervisor;
