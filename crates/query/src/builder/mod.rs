//! Queries that are built step by step and run.

mod embed;
mod filters;
mod relations;
mod run;
mod search;
mod select;
mod table;
mod write;

pub use search::{Found, Scored, SearchQuery};
pub use select::{Page, SelectQuery};
pub use table::{FromTable, TableQuery};
pub use write::{DeleteQuery, Filtered, InsertQuery, UpdateQuery, WriteQuery, Writes};
