//! Commands and what they answer, in scripts: each starts with an empty store.

pub(crate) mod extensions;
pub(crate) mod hashes;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod sets;
pub(crate) mod sorted_sets;
pub(crate) mod strings;

/// A name, and lines with their replies.
pub(crate) type Script = (&'static str, &'static [(&'static str, &'static str)]);

/// The scripts that Redis can judge, but for those in which time passes.
pub(crate) const REDIS: [&[Script]; 6] =
    [keys::SCRIPTS, strings::SCRIPTS, hashes::SCRIPTS, sets::SCRIPTS, lists::SCRIPTS, sorted_sets::SCRIPTS];
