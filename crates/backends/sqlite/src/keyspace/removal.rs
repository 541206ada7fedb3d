//! Removing keys: the row goes at once; what a large collection owned goes later, in small steps.

use rusqlite::{Connection, Result};

use super::{Form, Place, scan};
use crate::{db, sql};

/// A collection with more elements is left to [`collect`].
const AT_ONCE: u64 = 64;

/// Removes a key; whether something was left to [`collect`].
pub(super) fn remove(conn: &Connection, key: &[u8], at: Place, form: Form) -> Result<bool> {
    db::run(conn, sql::REMOVE, (key,))?;
    if at.id == 0 {
        return Ok(false);
    }
    if form != Form::String && at.len > AT_ONCE {
        db::run(conn, sql::DISCARD, (at.id, form as i64))?;
        return Ok(true);
    }
    // Elements that came after the place was looked up go as well.
    drop_children(conn, at.id, form, i64::MAX)?;
    Ok(false)
}

/// Deletes elements, `limit` at most; returns how many.
fn drop_children(conn: &Connection, id: i64, form: Form, limit: i64) -> Result<usize> {
    match form {
        Form::String => db::run(conn, sql::BIG_DROP, (id,)),
        Form::Hash => db::run(conn, sql::HASH_DROP, (id, limit)),
        Form::Set => db::run(conn, sql::SET_DROP, (id, limit)),
        Form::List | Form::UnevenList => db::run(conn, sql::LIST_DROP, (id, limit)),
        Form::SortedSet => db::run(conn, sql::ZSET_DROP, (id, limit)),
        Form::CountedSortedSet => {
            db::run(conn, sql::COUNT_DROP, (id,))?;
            db::run(conn, sql::ZSET_DROP, (id, limit))
        }
    }
}

/// Removes every key that starts with `prefix`; how many had not expired.
pub(super) fn clear(conn: &Connection, prefix: &[u8], now: i64) -> Result<u64> {
    let live = match scan::beyond(prefix) {
        Some(end) => {
            db::run(conn, sql::DISCARD_RANGE_BELOW, (prefix, &end))?;
            let live = db::first(conn, sql::LIVE_BELOW, (prefix, now, &end), |row| db::count(row, 0))?;
            db::run(conn, sql::CLEAR_BELOW, (prefix, &end))?;
            live
        }
        None => {
            db::run(conn, sql::DISCARD_RANGE, (prefix,))?;
            let live = db::first(conn, sql::LIVE, (prefix, now), |row| db::count(row, 0))?;
            db::run(conn, sql::CLEAR, (prefix,))?;
            live
        }
    };
    Ok(live.unwrap_or(0))
}

/// What a step of cleaning did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Collected {
    /// Keys that had expired.
    pub(crate) keys: u64,
    /// Whether there is more to do.
    pub(crate) more: bool,
}

/// Removes keys that expired at or before `now` and elements of removed collections, about `limit` of each.
pub(crate) fn collect(conn: &Connection, now: i64, limit: i64) -> Result<Collected> {
    let due = db::all(conn, sql::DUE, (now, limit), |row| {
        let place = Place { form: Form::read(row, 1)?, len: db::count(row, 2)?, id: row.get(3)? };
        Ok((db::bytes(row, 0)?, place))
    })?;
    for (key, place) in &due {
        remove(conn, key, *place, place.form)?;
    }
    let mut more = due.len() as i64 == limit;
    let mut left = limit;
    while left > 0 {
        let garbage =
            db::first(conn, sql::GARBAGE, (), |row| Ok((row.get::<_, i64>(0)?, Form::read(row, 1)?)))?;
        let Some((id, form)) = garbage else { break };
        let dropped = drop_children(conn, id, form, left)? as i64;
        if dropped < left {
            db::run(conn, sql::GARBAGE_DONE, (id,))?;
        }
        // Each takes a statement, however little it owned.
        left -= dropped.max(1);
        more |= left <= 0;
    }
    Ok(Collected { keys: due.len() as u64, more })
}
