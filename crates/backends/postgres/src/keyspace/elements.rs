//! Hashes and sets: one row a field or member.

use bytes::Bytes;
use credenza_core::Result;
use tokio_postgres::Row;

use super::{Form, Io};
use crate::error::shape;
use crate::param::Param;
use crate::sql;

/// Bytes in a column.
pub(super) fn bytes(row: &Row, column: usize) -> Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.try_get::<_, &[u8]>(column).map_err(|_| shape())?))
}

/// A number in the first column.
pub(super) fn number(rows: &[Row]) -> Result<u64> {
    let count: i64 = rows.first().ok_or_else(shape)?.try_get(0).map_err(|_| shape())?;
    u64::try_from(count).map_err(|_| shape())
}

fn pair(row: &Row) -> Result<(Bytes, Bytes)> {
    Ok((bytes(row, 0)?, bytes(row, 1)?))
}

fn named(id: i64, name: &[u8]) -> Vec<Param> {
    vec![Param::Int(id), Param::bytes(name)]
}

/// What copies the elements of a collection.
pub(super) fn copy(form: Form) -> Option<&'static str> {
    match form {
        Form::Gone | Form::String => None,
        Form::Hash => Some(sql::HASH_COPY),
        Form::Set => Some(sql::SET_COPY),
        Form::List | Form::UnevenList => Some(sql::LIST_COPY),
        Form::SortedSet => Some(sql::ZSET_COPY),
    }
}

pub(super) fn hash_get(io: &mut Io<'_>, id: i64, field: &[u8]) -> Result<Option<Bytes>> {
    io.query(sql::HASH_GET, named(id, field))?.first().map(|row| bytes(row, 0)).transpose()
}

pub(super) fn hash_all(io: &mut Io<'_>, id: i64) -> Result<Vec<(Bytes, Bytes)>> {
    io.query(sql::HASH_ALL, vec![Param::Int(id)])?.iter().map(pair).collect()
}

pub(super) fn hash_nth(io: &mut Io<'_>, id: i64, index: u64) -> Result<Option<(Bytes, Bytes)>> {
    io.query(sql::HASH_NTH, vec![Param::Int(id), Param::count(index)])?.first().map(pair).transpose()
}

pub(super) fn hash_scan(io: &mut Io<'_>, id: i64, from: &[u8], count: usize) -> Result<Vec<(Bytes, Bytes)>> {
    let params = vec![Param::Int(id), Param::bytes(from), Param::count(count as u64)];
    io.query(sql::HASH_SCAN, params)?.iter().map(pair).collect()
}

pub(super) fn set_contains(io: &mut Io<'_>, id: i64, member: &[u8]) -> Result<bool> {
    Ok(!io.query(sql::SET_CONTAINS, named(id, member))?.is_empty())
}

pub(super) fn set_all(io: &mut Io<'_>, id: i64) -> Result<Vec<Bytes>> {
    io.query(sql::SET_ALL, vec![Param::Int(id)])?.iter().map(|row| bytes(row, 0)).collect()
}

pub(super) fn set_nth(io: &mut Io<'_>, id: i64, index: u64) -> Result<Option<Bytes>> {
    let rows = io.query(sql::SET_NTH, vec![Param::Int(id), Param::count(index)])?;
    rows.first().map(|row| bytes(row, 0)).transpose()
}

pub(super) fn set_scan(io: &mut Io<'_>, id: i64, from: &[u8], count: usize) -> Result<Vec<Bytes>> {
    let params = vec![Param::Int(id), Param::bytes(from), Param::count(count as u64)];
    io.query(sql::SET_SCAN, params)?.iter().map(|row| bytes(row, 0)).collect()
}
