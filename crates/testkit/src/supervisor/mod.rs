//! Does a process keep its promises when it is killed?
//!
//! A [`Supervisor`] starts a child process, kills it with SIGKILL while a load runs, and starts it again. The
//! load notes in a [`Ledger`] what it tried to write and what was acknowledged; afterwards the ledger is
//! compared with what the child still has. Every acknowledged write must be there, every refused one must
//! not, and one that was cut off may be there or not, but may not change its mind.
//!
//! A kill takes what the process holds in memory. What it handed to the operating system stays, also without
//! fsync: that a write survives a power cut needs another test.
//!
//! ```no_run
//! use credenza_testkit::supervisor::{Ledger, Observed, Supervisor};
//! # fn put(key: u32, number: u64) -> std::io::Result<()> { Ok(()) }
//! # fn get(key: &u32) -> std::io::Result<Observed> { Ok(Observed::Absent) }
//! use std::{net::TcpStream, process::Command, thread, time::Duration};
//!
//! let mut server = Supervisor::new(|| Command::new("my-server"))
//!     .ready(|_| TcpStream::connect("127.0.0.1:7000").is_ok());
//! let ledger = Ledger::new();
//! for moment in [20, 45, 130] {
//!     server.start()?;
//!     thread::scope(|scope| {
//!         scope.spawn(|| loop {
//!             let attempt = ledger.put(1);
//!             if put(1, attempt.number()).is_err() { break } // cut off: nobody knows
//!             attempt.acknowledged();
//!         });
//!         server.kill_after(Duration::from_millis(moment)) // better: from a seeded generator
//!     })?;
//!     server.start()?;
//!     assert_eq!(ledger.verify(get)?, []);
//!     server.kill()?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod ledger;
mod process;

pub use error::SupervisorError;
pub use ledger::{Attempt, Fault, Finding, Ledger, Observed, Tally};
pub use process::Supervisor;
