//! Decorators that keep values in another form: encrypted, compressed. How a value looks is all that one of them
//! says; where values are in commands, replies and checks is said here, once.

mod checks;
mod opening;
mod place;

use std::fmt::Debug;

use bytes::Bytes;

use crate::command::{Access, Command, CommandSet, HGetAll, PartMut};
use crate::context::Context;
use crate::data::Value;
use crate::error::{Effect, Error, Result};
use crate::limits;
use crate::store::{Capabilities, Execution, KvStore, Request, Response, StoreInfo};

use opening::Openings;
pub use place::Place;

/// How values look in the store below.
///
/// Strings, the values of hash fields and the items of lists are values; keys, fields, members and scores are not.
pub trait Transform: Debug + Send + Sync + 'static {
    /// The name of the layer.
    const NAME: &'static str;
    /// Whether the form of a value depends on where it stands. If not, every [`Place`] is [`Place::ANY`], and two
    /// equal values mostly look the same.
    const BOUND: bool;

    /// The commands that are honoured: others are refused. None that looks into values, or compares them with what it
    /// carries, can be.
    fn commands(&self) -> CommandSet;

    /// The longest value there can be, over a store that takes values of `limit` bytes.
    fn longest(&self, limit: usize) -> usize;

    /// The form of a value.
    fn store(&self, place: Place<'_>, value: &Bytes) -> Result<Bytes>;

    /// The value of a form. `Corrupt` if it is none.
    fn read(&self, place: Place<'_>, stored: &Bytes) -> Result<Bytes>;
}

/// A store whose values have another form in the store below.
///
/// Conditions hold: a check of a value or of a length in an atomic batch compares what was given to this store, at the price
/// of reading it, and then checks that the same form still stands there.
#[derive(Debug)]
pub struct Transformed<S, T> {
    inner: S,
    transform: T,
    commands: CommandSet,
    longest: usize,
    info: StoreInfo,
}

impl<S: KvStore, T: Transform> Transformed<S, T> {
    /// `inner`, with its values in another form.
    pub fn new(inner: S, transform: T) -> Transformed<S, T> {
        let info = StoreInfo::decorator(T::NAME, inner.info());
        let longest = transform.longest(inner.capabilities().limits.value);
        Transformed { commands: transform.commands(), longest, info, inner, transform }
    }

    /// The store below.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The form of its values.
    pub fn transform(&self) -> &T {
        &self.transform
    }

    fn enter(&self, request: &mut Request) -> Result<Openings> {
        let refused = |command: &&Command| !self.commands.contains(command.id());
        if let Some(command) = request.commands().iter().find(refused) {
            return Err(Error::unsupported(command.info().name));
        }
        let openings = Openings::of::<T>(request);
        let batch = matches!(request, Request::Batch(_));
        for (index, command) in request.commands_mut().iter_mut().enumerate() {
            self.store(command).map_err(|error| if batch { error.at(index) } else { error })?;
        }
        Ok(openings)
    }

    /// Puts the form in the place of every value; a value stands at the key and the field before it.
    fn store(&self, command: &mut Command) -> Result<()> {
        if let Command::HVals(values) = command
            && T::BOUND
        {
            // Without its field, no value could be read.
            *command = HGetAll::new(&values.key).into();
            return Ok(());
        }
        let (mut key, mut field) = (Bytes::new(), None);
        command.visit_mut(&mut |part| {
            match part {
                PartMut::Key(next) if T::BOUND => key = next.as_bytes().clone(),
                PartMut::Field(next) if T::BOUND => field = Some(next.as_bytes().clone()),
                PartMut::Value(value) => {
                    limits::check_value(value.len(), self.longest)?;
                    let place = Place { key: &key, field: field.as_deref() };
                    *value = Value::from(self.transform.store(place, value.as_bytes())?);
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// Reads the values of what was answered. A batch keeps those that can be read.
    fn leave(&self, mut response: Response, openings: &Openings, writes: bool) -> Result<Response> {
        let failed = |error: Error| {
            let error = error.on(T::NAME);
            if writes { error.with_effect(Effect::MaybeApplied) } else { error }
        };
        match &mut response {
            Response::One(reply) => openings.get(0).open(reply, &self.transform).map_err(failed)?,
            Response::Batch(batch) => {
                for (index, reply) in batch.replies.iter_mut().enumerate() {
                    if let Ok(found) = reply
                        && let Err(error) = openings.get(index).open(found, &self.transform)
                    {
                        *reply = Err(failed(error).at(index));
                    }
                }
            }
        }
        Ok(response)
    }
}

impl<S: KvStore, T: Transform> KvStore for Transformed<S, T> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.commands = capabilities.commands.and(self.commands);
        capabilities.limits.value = self.longest;
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, mut request: Request) -> Execution<'a> {
        let command = match &request {
            Request::One(command) => Some(command.info()),
            Request::Batch(_) => None,
        };
        let named = move |error: Error| match command {
            Some(command) => error.during(command.name).on(T::NAME),
            None => error.on(T::NAME),
        };
        let writes = request.commands().iter().any(|command| command.info().access == Access::Write);
        let openings = match self.enter(&mut request) {
            Ok(openings) => openings,
            Err(error) => return Execution::ready(Err(named(error))),
        };
        match request {
            Request::Batch(batch) if batch.checks.iter().any(checks::is_of_value) => {
                let cx = cx.clone();
                Execution::wait(async move {
                    let response = checks::execute(self, &cx, batch).await.map_err(named)?;
                    self.leave(response, &openings, writes)
                })
            }
            request => self
                .inner
                .execute(cx, request)
                .map(move |answer| self.leave(answer?, &openings, writes).map_err(named)),
        }
    }
}
