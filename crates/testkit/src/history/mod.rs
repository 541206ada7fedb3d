//! Were these concurrent operations linearizable?
//!
//! A [`Recorder`] notes when each operation begins and ends, and [`check`] looks for one order in which the
//! operations, run one after the other against a [`Specification`], answer what they answered, while no
//! operation comes before one that had ended when it began. If there is none, the store broke its word, and a
//! [`Violation`] shows where.
//!
//! The fate of an operation can be unknown: a time-out, a cut wire, a killed server. Such an operation is
//! *ambiguous*: it may have taken effect at any time since it began, may do so even after the last answer was
//! seen, or may never.
//!
//! ```
//! use credenza_testkit::history::{Limits, Recorder, Specification, check};
//!
//! struct Counter; // each operation adds a number and answers the sum
//! impl Specification for Counter {
//!     type State = u32;
//!     type Op = u32;
//!     type Ret = u32;
//!     fn initial(&self) -> u32 {
//!         0
//!     }
//!     fn step(&self, sum: &u32, add: &u32, answer: Option<&u32>) -> impl IntoIterator<Item = u32> {
//!         let next = sum + add;
//!         answer.is_none_or(|seen| *seen == next).then_some(next)
//!     }
//! }
//!
//! let recorder = Recorder::new();
//! let lost = recorder.invoke(0, 5); // process 0 begins to add 5 and never hears back
//! let seen = recorder.invoke(1, 1); // process 1 begins to add 1
//! seen.complete(6); // and is told 6: so the 5 had been added
//! lost.ambiguous();
//! let verdict = check(&Counter, &recorder.history(), Limits::default());
//! assert!(verdict.is_linearizable(), "{verdict}");
//! ```
//!
//! Checking is expensive in the number of operations on one object, and linearizability is local: a history
//! of many keys is linearizable if each key's part is. [`check_by`] splits the history and checks the parts.

mod bits;
mod check;
mod operation;
mod recorder;
mod report;
mod search;
mod shrink;

pub use check::{Limits, Specification, Verdict, check, check_by};
pub use operation::{History, Operation, Outcome};
pub use recorder::{Pending, Recorder};
pub use report::Violation;
