//! Cases that are transcripts.

mod constraints;
mod counts;
mod names;
mod parameters;
mod refused;
mod rows;
mod statements;
mod transactions;
mod values;

/// The groups, in the order in which they run.
pub(super) const GROUPS: [(&str, &[(&str, &str)]); 9] = [
    ("values", values::CASES),
    ("parameters", parameters::CASES),
    ("statements", statements::CASES),
    ("rows", rows::CASES),
    ("counts", counts::CASES),
    ("constraints", constraints::CASES),
    ("refused", refused::CASES),
    ("names", names::CASES),
    ("transactions", transactions::CASES),
];
