//! [`Encrypted`].

use credenza_core::command::Access;
use credenza_core::{
    Capabilities, Command, CommandSet, Context, Effect, Error, ErrorKind, Execution, KvStore, Request,
    Response, Result, StoreInfo,
};

use crate::checks;
use crate::config::EncryptedConfig;
use crate::envelope::OVERHEAD;
use crate::keyring::{Keyring, Sealers};
use crate::table::{self, Opening};

pub(crate) const NAME: &str = "encrypted";

/// A store whose values are encrypted on their way in and decrypted on their way out, with XAES-256-GCM.
///
/// # What is protected
/// The values of strings, of the fields of hashes and of lists: nobody without the key reads one, changes one, or puts one in
/// the place of another, in this store or in another namespace. A value is bound to its key and its field; an item of a list to
/// the key alone, for it moves: items of one list can be exchanged, doubled and left out, and any value can be replaced
/// by an older one of the same place. Keys, fields, times to live, the lengths of values and, if they are allowed, members and
/// scores are readable.
///
/// The same value never looks the same: nonces are random and have 192 bits, so that no number of values endangers
/// a key. The stored form is 77 bytes longer than the value.
///
/// # What is refused
/// Commands that look into values (`STRLEN`, `GETRANGE`, `APPEND`, `INCRBY`, …), that compare them (`SETIFEQUAL`, `LREM`, …) or move them
/// to another key (`RENAME`, `COPY`, `LMOVE`); sets and sorted sets, unless [`Members::Readable`](crate::Members::Readable) allows them.
/// They leave the capabilities. Checks of values and of the lengths of strings in atomic batches are honoured, at the price of a
/// read before: what stands there is opened and compared, and the check is then that it still stands there.
///
/// # Errors
/// `Corrupt` for a value that was changed, that belongs elsewhere, is not encrypted, or whose key the ring does not have:
/// never a value that is missing.
#[derive(Debug)]
pub struct Encrypted<S> {
    pub(crate) inner: S,
    pub(crate) sealers: Sealers,
    commands: CommandSet,
    info: StoreInfo,
}

impl<S: KvStore> Encrypted<S> {
    /// `inner`, encrypted with the keys of a ring.
    ///
    /// # Errors
    /// `InvalidArgument` if the store below takes no value that is long enough for an empty one.
    pub fn new(inner: S, keys: Keyring, config: EncryptedConfig) -> Result<Encrypted<S>> {
        if inner.capabilities().limits.value < OVERHEAD {
            return Err(Error::invalid("the store below takes no values that are long enough"));
        }
        let info = StoreInfo::decorator(NAME, inner.info());
        let sealers = Sealers::new(&keys, &config.namespace)?;
        Ok(Encrypted { inner, sealers, commands: table::commands(config.members), info })
    }

    fn enter(&self, request: &mut Request) -> Result<Vec<Opening>> {
        let refused = |command: &&Command| !self.commands.contains(command.id());
        if let Some(command) = request.commands().iter().find(refused) {
            return Err(Error::unsupported(command.info().name));
        }
        let openings = request.commands().iter().map(Opening::of).collect();
        for (index, command) in request.commands_mut().iter_mut().enumerate() {
            table::seal(command, &|place, value| self.sealers.seal(place, value))
                .map_err(|error| error.at(index))?;
        }
        Ok(openings)
    }

    /// Opens what was answered. A batch keeps the values that can be opened.
    pub(crate) fn leave(
        &self,
        mut response: Response,
        openings: &[Opening],
        writes: bool,
    ) -> Result<Response> {
        let open = |opening: &Opening, reply: &mut _| {
            let opened = opening.open(reply, &|place, value| self.sealers.open(place, value));
            opened.map_err(|error| {
                let error = error.on(NAME);
                if writes { error.with_effect(Effect::MaybeApplied) } else { error }
            })
        };
        match &mut response {
            Response::One(reply) => openings.iter().try_for_each(|opening| open(opening, reply))?,
            Response::Batch(batch) => {
                for (index, (reply, opening)) in batch.replies.iter_mut().zip(openings).enumerate() {
                    if let Ok(found) = reply
                        && let Err(error) = open(opening, found)
                    {
                        *reply = Err(error.at(index));
                    }
                }
            }
        }
        Ok(response)
    }
}

impl<S: KvStore> KvStore for Encrypted<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.commands = capabilities.commands.and(self.commands);
        capabilities.limits.value = capabilities.limits.value.saturating_sub(OVERHEAD);
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, mut request: Request) -> Execution<'a> {
        let command = match &request {
            Request::One(command) => Some(command.info().name),
            Request::Batch(_) => None,
        };
        let named = move |error: Error| match command {
            Some(command) => error.during(command).on(NAME),
            None => error.on(NAME),
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

/// An error of this layer that says that trying again may help.
pub(crate) fn busy(message: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, message)
}
