//! Hashes: one row a field.

use bytes::Bytes;
use rusqlite::{Connection, Result, Row};

use crate::{db, sql};

fn entry(row: &Row<'_>) -> Result<(Bytes, Bytes)> {
    Ok((db::bytes(row, 0)?, db::bytes(row, 1)?))
}

pub(super) fn get(conn: &Connection, id: i64, field: &[u8]) -> Result<Option<Bytes>> {
    db::first(conn, sql::HASH_GET, (id, field), |row| db::bytes(row, 0))
}

pub(super) fn put(conn: &Connection, id: i64, field: &[u8], value: &[u8]) -> Result<bool> {
    if db::run(conn, sql::HASH_ADD, (id, field, value))? == 1 {
        return Ok(true);
    }
    db::run(conn, sql::HASH_SET, (id, field, value))?;
    Ok(false)
}

pub(super) fn remove(conn: &Connection, id: i64, field: &[u8]) -> Result<bool> {
    Ok(db::run(conn, sql::HASH_REMOVE, (id, field))? == 1)
}

pub(super) fn all(conn: &Connection, id: i64) -> Result<Vec<(Bytes, Bytes)>> {
    db::all(conn, sql::HASH_ALL, (id,), entry)
}

pub(super) fn nth(conn: &Connection, id: i64, index: u64) -> Result<Option<(Bytes, Bytes)>> {
    db::first(conn, sql::HASH_NTH, (id, db::int(index)), entry)
}

pub(super) fn scan(conn: &Connection, id: i64, from: &[u8], count: usize) -> Result<Vec<(Bytes, Bytes)>> {
    db::all(conn, sql::HASH_SCAN, (id, from, db::int(count as u64)), entry)
}
