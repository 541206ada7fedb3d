//! Checks of values, which cannot be compared as they are stored.

use bytes::Bytes;
use credenza_core::command::{Get, HGet};
use credenza_core::{
    Batch, Check, CheckFailure, Context, Error, ErrorKind, Found, Key, KvStore, Reply, Request, Response,
    Result, Value,
};

use crate::kv::{Encrypted, busy};
use crate::place::Place;

/// How often it is tried again when a value was changed between reading and checking.
const ATTEMPTS: usize = 32;

pub(crate) fn is_of_value(check: &Check) -> bool {
    wanted(0, check).is_some()
}

/// A check that is about a value, and what it asks for.
struct Wanted {
    /// The number of the check.
    index: usize,
    place: Place,
    asked: Asked,
}

enum Asked {
    Equal(Value),
    /// At most so many bytes, if it is a string.
    Length(u64),
}

impl Asked {
    /// What there is instead of what is asked for, if so.
    fn misses(&self, value: &Bytes) -> Option<Found> {
        match self {
            Asked::Equal(wanted) => (value != wanted.as_bytes()).then(|| Found::Value(value.clone())),
            Asked::Length(most) => {
                let length = value.len() as u64;
                (length > *most).then_some(Found::Length(length))
            }
        }
    }
}

fn wanted(index: usize, check: &Check) -> Option<Wanted> {
    let at = |key: &Key| Place::Key(key.as_bytes().clone());
    let (place, asked) = match check {
        Check::ValueEquals { key, value } => (at(key), Asked::Equal(value.clone())),
        Check::FieldEquals { key, field, value } => {
            (Place::Field(key.as_bytes().clone(), field.as_bytes().clone()), Asked::Equal(value.clone()))
        }
        Check::LengthAtMost { key, length } => (at(key), Asked::Length(*length)),
        _ => return None,
    };
    Some(Wanted { index, place, asked })
}

/// Executes a batch that is encrypted already but for its checks: reads what they are about, compares it, and checks that it
/// still stands there.
pub(crate) async fn execute<S: KvStore>(
    store: &Encrypted<S>,
    cx: &Context,
    batch: Batch,
) -> Result<Response> {
    let checks = batch.checks.iter().enumerate();
    let wanted: Vec<Wanted> = checks.filter_map(|(index, check)| wanted(index, check)).collect();
    for _ in 0..ATTEMPTS {
        let mut sent = batch.clone();
        for (wanted, found) in wanted.iter().zip(read(store, cx, &wanted).await?) {
            let stands_there = match (found, &wanted.asked) {
                (Some(envelope), asked)
                    if asked.misses(&store.sealers.open(&wanted.place, &envelope)?).is_none() =>
                {
                    envelope
                }
                // There is no string: a collection is counted by the store below, and nothing has no length.
                (None, Asked::Length(_)) => continue,
                // Nothing like it stands anywhere: the check fails, in its turn among the others.
                _ => store.sealers.seal(&wanted.place, b"")?,
            };
            if let Some(check) = sent.checks.get_mut(wanted.index) {
                *check = match &wanted.place {
                    Place::Key(key) => Check::value_equals(key, stands_there),
                    Place::Field(key, field) => Check::field_equals(key, field, stands_there),
                };
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
            (Found::Value(envelope), asked) => asked.misses(&store.sealers.open(&wanted.place, envelope)?),
            // It was a string, and has no length or another kind of it now.
            (Found::Absent | Found::Present, Asked::Length(_)) => None,
            _ => return Err(error),
        };
        if let Some(found) = missed {
            let failed = Error::check_failed(CheckFailure { index: failure.index, found });
            return Err(failed.during("CHECK").for_key(wanted.place.key()));
        }
        // It was changed meanwhile, and is what is asked for.
    }
    Err(busy("the values that are checked change all the time"))
}

/// What stands where values are asked for. Another kind of value is none: a check never fails with a wrong type.
async fn read<S: KvStore>(
    store: &Encrypted<S>,
    cx: &Context,
    wanted: &[Wanted],
) -> Result<Vec<Option<Bytes>>> {
    let mut reads = Batch::pipelined();
    for wanted in wanted {
        match &wanted.place {
            Place::Key(key) => {
                reads.push(Get::new(key));
            }
            Place::Field(key, field) => {
                reads.push(HGet::new(key, field));
            }
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
