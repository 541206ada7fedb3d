//! Relational data: statements, values, rows, transactions, and the handle [`Db`].
//!
//! A store implements [`Database`], and an application holds a [`Db`]. Statements are SQL in the store's own
//! [`Dialect`], and values are always bound, never pasted into the text:
//!
//! ```
//! # async fn example(db: credenza_core::Db) -> credenza_core::Result<()> {
//! db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", ()).await?;
//! db.execute("INSERT INTO users (name) VALUES (?)", ("Bob",)).await?;
//! let row = db.query_one("SELECT id, name FROM users WHERE name = ?", ("Bob",)).await?;
//! assert_eq!(row.get::<String>("name")?, "Bob");
//!
//! let mut tx = db.begin().await?;
//! tx.execute("UPDATE users SET name = ? WHERE id = ?", ("Robert", row.get::<i64>(0)?)).await?;
//! tx.commit().await?;
//! # Ok(()) }
//! ```

mod convert;
mod database;
mod handle;
mod namespaces;
mod params;
mod rows;
mod transaction;
mod value;

pub use convert::{FromValue, IntoValue};
pub use database::{
    Begin, Database, DbCapabilities, DbLimits, Description, Dialect, Statement, Table, Transaction,
};
pub use handle::Db;
pub use namespaces::Databases;
pub use params::{IntoParams, Params};
pub use rows::{Chunk, Column, ColumnIndex, Columns, Outcome, Row, Rows};
pub use transaction::Tx;
pub use value::{Timestamp, Uuid, Value};
