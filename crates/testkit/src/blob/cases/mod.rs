//! Cases that are transcripts.

mod conditions;
mod copies;
mod keys;
mod lists;
mod objects;
mod ranges;

/// The groups, in the order in which they run.
pub(super) const GROUPS: [(&str, &[(&str, &str)]); 6] = [
    ("objects", objects::CASES),
    ("ranges", ranges::CASES),
    ("conditions", conditions::CASES),
    ("copies", copies::CASES),
    ("keys", keys::CASES),
    ("lists", lists::CASES),
];
