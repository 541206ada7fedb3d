//! Rows as they are on every database.

mod api;
mod json;
mod typed;

pub(crate) use api::Reader;
pub use json::{JsonRow, json_row};
pub use typed::typed_row;
