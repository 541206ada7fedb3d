//! The recorder and the checker against histories whose verdict is known: by hand, by construction, by brute
//! force.

mod brute;
mod known;
mod objects;
mod random;
mod shrinking;
mod simulated;
mod threads;
