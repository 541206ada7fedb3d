//! Checks of values, which the store below can compare only as they are stored.

use bytes::Bytes;

use super::place::{Kept, Place};
use super::{Transform, Transformed};
use crate::batch::{Batch, Check, CheckFailure, Found};
use crate::command::{Get, HGet};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::Reply;
use crate::store::{KvStore, Request, Response};

/// How often it is tried again when a value was changed between reading and checking.
const ATTEMPTS: usize = 32;

pub(super) fn is_of_value(check: &Check) -> bool {
    matches!(check, Check::ValueEquals { .. } | Check::FieldEquals { .. } | Check::LengthAtMost { .. })
}

/// A check that is about a value, and what it asks for.
struct Wanted {
    /// The number of the check.
    index: usize,
    kept: Kept,
    asked: Asked,
}

enum Asked {
    Equal(Bytes),
    /// At most so many bytes, if it is a string.
    Length(u64),
}

impl Asked {
    /// What there is instead of what is asked for, if so.
    fn misses(&self, value: &Bytes) -> Option<Found> {
        match self {
            Asked::Equal(wanted) => (value != wanted).then(|| Found::Value(value.clone())),
            Asked::Length(most) => {
                let length = value.len() as u64;
                (length > *most).then_some(Found::Length(length))
            }
        }
    }
}

impl Wanted {
    fn of((index, check): (usize, &Check)) -> Option<Wanted> {
        let (kept, asked) = match check {
            Check::ValueEquals { key, value } => (Kept::at(key), Asked::Equal(value.as_bytes().clone())),
            Check::FieldEquals { key, field, value } => {
                let field = Some(field.as_bytes().clone());
                (Kept { field, ..Kept::at(key) }, Asked::Equal(value.as_bytes().clone()))
            }
            Check::LengthAtMost { key, length } => (Kept::at(key), Asked::Length(*length)),
            _ => return None,
        };
        Some(Wanted { index, kept, asked })
    }

    fn place<T: Transform>(&self) -> Place<'_> {
        if T::BOUND { self.kept.place() } else { Place::ANY }
    }

    /// The check that `stored` stands there.
    fn stands(&self, stored: Bytes) -> Check {
        match &self.kept.field {
            None => Check::value_equals(&self.kept.key, stored),
            Some(field) => Check::field_equals(&self.kept.key, field, stored),
        }
    }
}

/// Executes a batch whose commands are transformed already, and whose checks are not: reads what they are about, compares
/// it, and checks that it still stands there.
pub(super) async fn execute<S: KvStore, T: Transform>(
    store: &Transformed<S, T>,
    cx: &Context,
    batch: Batch,
) -> Result<Response> {
    let wanted: Vec<Wanted> = batch.checks.iter().enumerate().filter_map(Wanted::of).collect();
    // Equal values mostly look the same then, and need not be read before.
    let mut blind = !T::BOUND && wanted.iter().all(|wanted| matches!(wanted.asked, Asked::Equal(_)));
    for _ in 0..ATTEMPTS {
        let found = if blind { vec![None; wanted.len()] } else { read(store, cx, &wanted).await? };
        blind = false;
        let mut sent = batch.clone();
        for (wanted, found) in wanted.iter().zip(found) {
            if let Some(check) = sent.checks.get_mut(wanted.index)
                && let Some(stored) = expected(store, wanted, found)?
            {
                *check = wanted.stands(stored);
            }
        }
        let error = match store.inner.execute(cx, Request::Batch(sent)).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let Some(failure) = error.check_failure() else { return Err(error) };
        let Some(wanted) = wanted.iter().find(|wanted| wanted.index == failure.index) else {
            return Err(error);
        };
        let missed = match (&failure.found, &wanted.asked) {
            (Found::Value(stored), asked) => {
                asked.misses(&store.transform.read(wanted.place::<T>(), stored)?)
            }
            // It was a string, and has no length or another kind of it now.
            (Found::Absent | Found::Present, Asked::Length(_)) => None,
            _ => return Err(error),
        };
        if let Some(found) = missed {
            let failed = Error::check_failed(CheckFailure { index: failure.index, found });
            return Err(failed.during("CHECK").for_key(&wanted.kept.key));
        }
        // It was changed meanwhile, and is what is asked for.
    }
    Err(Error::new(ErrorKind::Conflict, "the values that are checked change all the time"))
}

/// What must stand there for the check to hold; `None` if the store below can check it as it is.
fn expected<S: KvStore, T: Transform>(
    store: &Transformed<S, T>,
    wanted: &Wanted,
    found: Option<Bytes>,
) -> Result<Option<Bytes>> {
    let place = wanted.place::<T>();
    match (found, &wanted.asked) {
        (Some(stored), asked) if asked.misses(&store.transform.read(place, &stored)?).is_none() => {
            Ok(Some(stored))
        }
        // There is no string: a collection is counted by the store below, and nothing has no length.
        (None, Asked::Length(_)) => Ok(None),
        // It does not stand there, or did not: the check fails, in its turn among the others. What is empty has
        // every length that may be asked for.
        (_, Asked::Equal(value)) => store.transform.store(place, value).map(Some),
        (Some(_), Asked::Length(_)) => store.transform.store(place, &Bytes::new()).map(Some),
    }
}

/// What stands where values are asked for. Another kind of value is none: a check never fails with a wrong type.
async fn read<S: KvStore, T>(
    store: &Transformed<S, T>,
    cx: &Context,
    wanted: &[Wanted],
) -> Result<Vec<Option<Bytes>>> {
    let mut reads = Batch::pipelined();
    for Wanted { kept, .. } in wanted {
        match &kept.field {
            None => reads.commands.push(Get::new(&kept.key).into()),
            Some(field) => reads.commands.push(HGet::new(&kept.key, field).into()),
        }
    }
    let replies = store.inner.execute(cx, Request::Batch(reads)).await?.batch()?.replies;
    let found = replies.into_iter().map(|reply| match reply {
        Ok(Reply::Value(found)) => Ok(found),
        Ok(_) => Err(Error::internal("the store's reply is not of the command's type")),
        Err(error) if error.kind() == ErrorKind::WrongType => Ok(None),
        Err(error) => Err(error),
    });
    found.collect()
}
