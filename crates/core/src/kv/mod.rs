//! The handle that applications hold.

// The documentation of `Kv` shows the methods in the order of these lines. Empty ones stand between them because
// the formatter sorts what stands together.
mod handle;

mod keys;

mod strings;

mod hashes;

mod sets;

mod lists;

mod sorted_sets;

mod extensions;

mod scan;

mod typed;

pub use handle::Kv;
pub use keys::{ExpiresAt, TimeToLive};
pub use scan::{ScanOp, Scanner};
pub use typed::{TypedKv, TypedSetReply};
