//! Measures subjects side by side: in rounds, one after the other in each, so that a machine that changes its
//! speed changes it for all; and says what came out as ratios.

mod layer;
mod random;
mod rounds;

pub use layer::PassThrough;
pub use random::Keys;
pub use rounds::{Rounds, Subject};
