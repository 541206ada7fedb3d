//! The rows of the keys that a step is about: read and locked before it, written after it.

use std::collections::HashMap;

use bytes::Bytes;
use credenza_core::{Kind, Result};
use tokio_postgres::Row as Found;

use crate::error::shape;
use crate::param::{Blob, Param};

/// The kind of a key, and how what it owns is kept. The numbers are in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing stands here any more.
    Gone = -1,
    String = 0,
    Hash = 1,
    Set = 2,
    /// A list with even positions.
    List = 3,
    SortedSet = 4,
    UnevenList = 5,
}

impl Form {
    pub(crate) fn read(number: i16) -> Result<Form> {
        Ok(match number {
            -1 => Form::Gone,
            0 => Form::String,
            1 => Form::Hash,
            2 => Form::Set,
            3 => Form::List,
            4 => Form::SortedSet,
            5 => Form::UnevenList,
            _ => return Err(shape()),
        })
    }

    pub(crate) fn kind(self) -> Option<Kind> {
        Some(match self {
            Form::Gone => return None,
            Form::String => Kind::String,
            Form::Hash => Kind::Hash,
            Form::Set => Kind::Set,
            Form::List | Form::UnevenList => Kind::List,
            Form::SortedSet => Kind::SortedSet,
        })
    }

    pub(crate) fn of(kind: Kind) -> Form {
        match kind {
            Kind::String => Form::String,
            Kind::Hash => Form::Hash,
            Kind::Set => Form::Set,
            Kind::List => Form::List,
            Kind::SortedSet => Form::SortedSet,
        }
    }
}

/// The value of a string.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// In the row; it was not read.
    There,
    Here(Bytes),
    /// There is none: it is no string.
    None,
}

/// What stands at a key.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) form: Form,
    pub(crate) kind: Kind,
    pub(crate) expires_at: Option<i64>,
    pub(crate) version: i64,
    pub(crate) len: u64,
    /// What it is known by where it owns something.
    pub(crate) id: i64,
    pub(crate) body: Body,
}

impl Row {
    /// Reads the six columns from `first` on; `None` if nothing stands there any more.
    pub(crate) fn read(found: &Found, first: usize, values: bool) -> Result<(Option<Row>, i64)> {
        let column = |_| shape();
        let form = Form::read(found.try_get(first).map_err(column)?)?;
        let version = found.try_get(first + 2).map_err(column)?;
        let Some(kind) = form.kind() else { return Ok((None, version)) };
        let body = match kind {
            Kind::String if values => {
                Body::Here(Bytes::copy_from_slice(found.try_get::<_, &[u8]>(first + 5).map_err(column)?))
            }
            Kind::String => Body::There,
            _ => Body::None,
        };
        let row = Row {
            form,
            kind,
            expires_at: found.try_get(first + 1).map_err(column)?,
            version,
            len: u64::try_from(found.try_get::<_, i64>(first + 3).map_err(column)?).map_err(|_| shape())?,
            id: found.try_get(first + 4).map_err(column)?,
            body,
        };
        Ok((Some(row), version))
    }
}

/// A key of the step.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) row: Option<Row>,
    /// It was changed.
    pub(super) dirty: bool,
    /// Its row was made to lock it, and has to go if it is not filled.
    made: bool,
}

/// The keys of a step.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(super) slots: HashMap<Bytes, Slot>,
    /// The version of all that the step changes; `None` if it may change nothing.
    pub(super) stamp: Option<i64>,
    /// Whether something has this version.
    pub(super) stamped: bool,
    /// Collections that were removed.
    pub(super) discarded: Vec<(i64, Form)>,
    /// Others were left to be collected.
    pub(super) untidy: bool,
    /// Lists whose positions became uneven.
    pub(super) uneven: Vec<i64>,
}

/// Statements that write what a step left.
pub(crate) type Writes = Vec<(&'static str, Vec<Param>)>;

impl Rows {
    /// The keys of a step, all absent.
    pub(crate) fn of(keys: &[Bytes]) -> Rows {
        let slots = keys.iter().map(|key| (key.clone(), Slot::default())).collect();
        Rows { slots, ..Rows::default() }
    }

    /// The step may change things, and what it changes gets this version.
    pub(crate) fn with_stamp(mut self, stamp: i64) -> Rows {
        self.stamp = Some(stamp);
        self
    }

    /// What stands at a key, as it was read.
    pub(crate) fn put(&mut self, key: &Bytes, row: Option<Row>) {
        self.slots.insert(key.clone(), Slot { row, ..Slot::default() });
    }

    /// A row as it was found; `locked` if absent keys were given rows.
    pub(crate) fn fill(&mut self, found: &Found, values: bool, locked: bool) -> Result<()> {
        let key = Bytes::copy_from_slice(found.try_get::<_, &[u8]>(0).map_err(|_| shape())?);
        let (row, version) = Row::read(found, 1, values)?;
        let made = locked && row.is_none() && version == 0;
        self.slots.insert(key, Slot { row, dirty: false, made });
        Ok(())
    }

    /// What everything that the step changed has as its version.
    pub(crate) fn version(&self) -> Option<i64> {
        self.stamp.filter(|_| self.stamped)
    }

    /// Whether something was left to be collected.
    pub(crate) fn discarded(&self) -> bool {
        self.untidy || !self.discarded.is_empty()
    }

    /// What has to be written. Removed keys stay as marks, with the time they may go after.
    pub(crate) fn writes(&mut self, now: i64, last: bool) -> Writes {
        let mut writes = Writes::new();
        let (mut keys, mut forms, mut times, mut lens) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut ids, mut values, mut keep, mut unfilled) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (key, slot) in &mut self.slots {
            match &slot.row {
                None if slot.made => {
                    if last {
                        unfilled.push(key.clone());
                    }
                    continue;
                }
                _ if !slot.dirty => continue,
                Some(row) => {
                    forms.push(row.form as i16);
                    times.push(row.expires_at);
                    lens.push(i64::try_from(row.len).unwrap_or(i64::MAX));
                    ids.push(row.id);
                    keep.push(matches!(row.body, Body::There));
                    values.push(match &row.body {
                        Body::Here(value) => Some(Blob(value.clone())),
                        Body::There | Body::None => None,
                    });
                }
                None => {
                    forms.push(Form::Gone as i16);
                    times.push(Some(now));
                    lens.push(0);
                    ids.push(0);
                    keep.push(false);
                    values.push(None);
                }
            }
            keys.push(Blob(key.clone()));
            (slot.dirty, slot.made) = (false, false);
        }
        if !keys.is_empty() {
            let stamp = self.stamp.unwrap_or_default();
            let params = vec![
                Param::AllBytes(keys),
                Param::Smalls(forms),
                Param::MaybeInts(times),
                Param::Ints(lens),
                Param::Ints(ids),
                Param::AllMaybeBytes(values),
                Param::Bools(keep),
                Param::Int(stamp),
            ];
            writes.push((crate::sql::STORE, params));
        }
        if !unfilled.is_empty() {
            writes.push((crate::sql::UNLOCK, vec![Param::keys(&unfilled)]));
        }
        if last && !self.discarded.is_empty() {
            let (ids, forms) = self.discarded.iter().map(|(id, form)| (*id, *form as i16)).unzip();
            writes.push((crate::sql::DISCARD, vec![Param::Ints(ids), Param::Smalls(forms)]));
        }
        writes
    }
}
