//! Does a store keep its promises when the power is cut?
//!
//! A [`Disk`] is a file system of its own, in a file. [`cut`](Disk::cut) stops it as a power cut does: nothing that
//! is not on it yet ever gets there, neither what was written without fsync nor the journal of the file system. After
//! [`restore`](Disk::restore) there is what a machine would find when it starts again. Between the two lies the load
//! of a [`Supervisor`](crate::supervisor::Supervisor), and a [`Ledger`](crate::supervisor::Ledger) tells what must
//! be there.
//!
//! What is acknowledged after the cut began counts for nothing: nobody would have heard it, and an fsync that was under
//! way may be told that all is well.
//!
//! It is ext4 on a loop device, shut down by the ioctl that file systems are tested with. What it cannot show is a
//! disk that tells lies, one that writes half a sector, and a file whose folder was never synced: on ext4 the fsync of
//! a new file makes its name permanent too.
//!
//! This takes Linux, the right to mount, and the programs `mkfs.ext4`, `mount` and `python3`.
//! [`unavailable`] says what is missing.
//!
//! ```no_run
//! use credenza_testkit::power_cut::Disk;
//! use std::{fs, fs::File};
//!
//! # let folder = std::env::temp_dir();
//! let mut disk = Disk::create(&folder, 64 << 20)?;
//! fs::write(disk.path().join("synced"), "kept")?;
//! File::open(disk.path().join("synced"))?.sync_all()?;
//! fs::write(disk.path().join("not synced"), "lost")?;
//! disk.cut()?;
//! disk.restore()?;
//! assert_eq!(fs::read(disk.path().join("synced"))?, b"kept");
//! assert!(!disk.path().join("not synced").exists());
//! # Ok::<(), std::io::Error>(())
//! ```

mod available;
mod disk;

pub use available::{Unavailable, unavailable};
pub use disk::Disk;
