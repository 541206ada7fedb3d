//! Sets: one row a member.

use bytes::Bytes;
use rusqlite::{Connection, Result};

use crate::{db, sql};

pub(super) fn contains(conn: &Connection, id: i64, member: &[u8]) -> Result<bool> {
    Ok(db::first(conn, sql::SET_CONTAINS, (id, member), |_| Ok(()))?.is_some())
}

pub(super) fn add(conn: &Connection, id: i64, member: &[u8]) -> Result<bool> {
    Ok(db::run(conn, sql::SET_ADD, (id, member))? == 1)
}

pub(super) fn remove(conn: &Connection, id: i64, member: &[u8]) -> Result<bool> {
    Ok(db::run(conn, sql::SET_REMOVE, (id, member))? == 1)
}

pub(super) fn all(conn: &Connection, id: i64) -> Result<Vec<Bytes>> {
    db::all(conn, sql::SET_ALL, (id,), |row| db::bytes(row, 0))
}

pub(super) fn nth(conn: &Connection, id: i64, index: u64) -> Result<Option<Bytes>> {
    db::first(conn, sql::SET_NTH, (id, db::int(index)), |row| db::bytes(row, 0))
}

pub(super) fn scan(conn: &Connection, id: i64, from: &[u8], count: usize) -> Result<Vec<Bytes>> {
    db::all(conn, sql::SET_SCAN, (id, from, db::int(count as u64)), |row| db::bytes(row, 0))
}
