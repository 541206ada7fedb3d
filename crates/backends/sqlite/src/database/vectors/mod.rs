//! The functions of vectors: 32-bit floats, little-endian, as [`Value::Vector`](credenza_core::db::Value) is stored.
//!
//! | function | returns |
//! |---|---|
//! | `vector_cosine_similarity(a, b)` | from -1 to 1; null if one of them has no direction |
//! | `vector_inner_product(a, b)` | the sum of the products |
//! | `vector_l2_distance(a, b)` | the Euclidean distance, from 0 |
//! | `vector_nearest(table, column, to, metric, limit, exact)` | JSON: the nearest rows of a table by their numbers (`_rowid_`), the nearest first: `{"approximate": false, "rows": [[7, 0.93], …]}` |
//! | `vector_nearest(table, column, to, metric, limit, exact, rows)` | the same among some rows |
//! | `vector_rows(_rowid_)` | an aggregate: the numbers of rows, for `vector_nearest` |
//!
//! The metrics are `cosine`, `inner_product` and `l2`; a greater score is nearer, so that of `l2` is the distance below zero. Null for null. An error for what is
//! no vector, and for two of different dimensions.
//!
//! `vector_nearest` keeps [codes](credenza_vectors) of a table's vectors in memory ([`memory`]). What has changed in the table since is known by a log that
//! triggers write ([`watch`]), in the transaction of the change: whoever writes, by whatever statement, is seen, and what is rolled back never was.

mod compare;
mod handle;
mod look;
mod memory;
mod nearest;
mod watch;

pub(super) use compare::DIFFERENT;
pub(super) use memory::Memory;
pub(super) use nearest::{NO_ROWS, Searcher, Wanted};
pub(super) use watch::{CUT, LOG, WATCH, install};

/// The functions that a statement may call.
pub(super) const FUNCTIONS: [&str; 5] =
    ["vector_cosine_similarity", "vector_inner_product", "vector_l2_distance", NEAREST, ROWS];

/// Whether it is a function of sqlite-vec, which is there with the feature of that name.
pub(super) fn is_of_sqlite_vec(name: &str) -> bool {
    cfg!(feature = "sqlite-vec") && name.starts_with("vec_")
}

/// The function that takes long.
pub(super) const NEAREST: &str = "vector_nearest";
const ROWS: &str = "vector_rows";

pub(super) fn register(conn: &rusqlite::Connection, searcher: Searcher) -> rusqlite::Result<()> {
    compare::register(conn)?;
    #[cfg(feature = "sqlite-vec")]
    handle::add_sqlite_vec(conn)?;
    nearest::register(conn, searcher)
}
