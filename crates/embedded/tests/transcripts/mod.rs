//! Commands and what they answer, in scripts: each starts with an empty store.

pub mod extensions;
pub mod hashes;
pub mod keys;
pub mod lists;
pub mod sets;
pub mod sorted_sets;
pub mod strings;

/// A name, and lines with their replies.
pub type Script = (&'static str, &'static [(&'static str, &'static str)]);

/// The scripts that Redis can judge, but for those in which time passes.
pub const REDIS: [&[Script]; 6] =
    [keys::SCRIPTS, strings::SCRIPTS, hashes::SCRIPTS, sets::SCRIPTS, lists::SCRIPTS, sorted_sets::SCRIPTS];
