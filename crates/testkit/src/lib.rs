//! Judges of storage, for people who write Credenza stores.
//!
//! - [`suite`] proves that a key-value store keeps the rules of every command it claims, and refuses the others.
//! - [`blob`] proves the same of blob stores, and [`database`] of databases.
//! - [`model`] runs random commands against two stores and shrinks a difference to a few lines.
//! - [`linearizable`] runs tasks at the same time and decides whether what they saw can be explained.
//! - [`cancel`] drops requests at every point where they wait.
//! - [`history`] records operations that run at the same time and decides whether they are linearizable, also when
//!   the fate of some of them is unknown.
//! - [`supervisor`] kills a process under load, starts it again, and compares what it kept with what it promised.
//! - [`power_cut`] does the same with the power of a disk.
//! - [`fault`] makes a store fail on purpose, and [`PassThrough`] is the least a decorator can do.
//! - `servers`, with the feature of that name, are real ones for tests: Redis, Postgres, S3, and a wire that can be cut;
//!   `judge` then lets real Redis judge a store.
//! - [`script`] is the text that cases are written in, [`sampler`] where random commands come from.

pub mod blob;
pub mod cancel;
pub mod database;
pub mod fault;
pub mod history;
#[cfg(all(unix, feature = "servers"))]
pub mod judge;
pub mod linearizable;
pub mod model;
pub mod power_cut;
pub mod sampler;
pub mod script;
#[cfg(all(unix, feature = "servers"))]
pub mod servers;
pub mod suite;
pub mod supervisor;

mod announce;
mod difference;
mod pass_through;
mod report;
mod subject;
mod trial;

pub use pass_through::PassThrough;
pub use subject::{Subject, small_limits};
