//! Measures subjects side by side: in rounds, one after the other in each, so that a machine that changes its
//! speed changes it for all; and says what came out as ratios.

mod crowd;
mod data;
mod disk;
mod layer;
mod line;
mod random;
mod rounds;

pub use crowd::{TASKS, crowd, runtime};
pub use data::{COUNT, KeyText, any_key, key, value};
pub use disk::{append_and_sync, scratch};
pub use layer::PassThrough;
pub use line::Line;
pub use random::Keys;
pub use rounds::{Rounds, Subject, is_quick, table};
