//! Comparing vectors quickly.
//!
//! [`Metric::score`] compares two vectors. [`Codes`] keeps a table's vectors in memory in two small forms, one bit and one byte for each of their
//! numbers, and finds the nearest with few looks at the vectors themselves:
//!
//! 1. *Bits.* Vectors are centred and rotated, so that no direction stands out, and of each number the sign is kept. From the signs the product with
//!    another vector is estimated (RaBitQ: Gao and Long, SIGMOD 2024), and a few hundred of the best estimates go on. This is the only step that can
//!    lose one of the nearest, and an exact search does without.
//! 2. *Bytes.* Each number is rounded to one of 255 steps, and how far the whole vector is off is kept with it. By Cauchy and Schwarz this bounds the
//!    score from above and from below.
//! 3. *Vectors.* In the order of their upper bounds the vectors themselves are compared, until no bound that is left is as good as what was found.
//!
//! The loops are compiled for several kinds of processors and chosen at run time ([`Level`]).
//!
//! ```
//! use credenza_vectors::{Codes, Metric, Nearest, Rows};
//!
//! let vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.9, 0.1, 0.0]];
//! let mut codes = Codes::new(3, vec![0.0; 3]);
//! for (row, vector) in (1..).zip(&vectors) {
//!     codes.insert(row, vector);
//! }
//! let to = [1.0, 0.05, 0.0];
//! let nearest = Nearest { metric: Metric::Cosine, to: &to, limit: 2, exact: true };
//! let score = |row: i64| Ok::<_, ()>(Metric::Cosine.score(&to, &vectors[row as usize - 1]));
//! let found = codes.nearest(&nearest, Rows::All, &[], score).unwrap();
//! assert_eq!(found.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 3]);
//! ```

mod best;
mod bits;
mod bounds;
mod bytes;
mod codes;
mod level;
mod metric;
mod nearest;
mod rotation;
mod slots;
#[cfg(target_arch = "x86_64")]
mod wide;

pub use best::Best;
pub use codes::Codes;
pub use level::Level;
pub use metric::Metric;
pub use nearest::{Nearest, Rows};
