//! Atomic batches: one call of the script.

use credenza_core::command::Access;
use credenza_core::{Batch, BatchReply, CheckFailure, Effect, Error, Result};
use tokio::time::Instant;

use crate::decode;
use crate::error::{NAME, refusal};
use crate::run::{of, refused_call};
use crate::script::{Outcome, compile};
use crate::store::Inner;
use crate::wire::{Failure, Frame};

impl Inner {
    /// Looks at the checks and runs the commands, all or none.
    pub(crate) async fn atomic(&self, batch: &Batch, deadline: Instant) -> Result<BatchReply> {
        let Batch { checks, commands, .. } = batch;
        if checks.is_empty() && commands.is_empty() {
            return Ok(BatchReply { replies: Vec::new(), version: None });
        }
        let writes = commands.iter().any(|command| command.info().access == Access::Write);
        // A batch that only reads has changed nothing.
        let settled = |error: Error| if writes { error } else { error.with_effect(Effect::NotApplied) };

        let mut identity = 0;
        for command in commands {
            let run = self.identity_for(command, self.route.slot(command), deadline).await;
            identity = run.map_err(|failure| failure.sent(false).into_error())?.max(identity);
        }
        let call = compile(checks, commands, self.terms(identity))?;
        let answer = self.call(&call, self.route.slot_of(call.keys()), deadline).await;
        let (frame, identity) = answer.map_err(Failure::into_error).map_err(settled)?;
        if let Frame::Error(text) = &frame {
            return Err(settled(refused_call(text)));
        }
        match Outcome::read(&call, frame).map_err(settled)? {
            Outcome::Done(frames) => {
                let replies = commands.iter().zip(frames).enumerate().map(|(index, (command, frame))| {
                    // All commands were applied, whatever their replies look like.
                    let reply = decode::reply(command, frame, identity);
                    reply.map_err(|error| {
                        settled(of(command, error).at(index).with_effect(Effect::MaybeApplied))
                    })
                });
                Ok(BatchReply {
                    replies: replies.map(|reply| reply.map(Ok)).collect::<Result<_>>()?,
                    version: None,
                })
            }
            Outcome::Objected(index, found) => {
                let error = Error::check_failed(CheckFailure { index, found }).during("CHECK").on(NAME);
                Err(match checks.get(index) {
                    Some(check) => error.for_key(check.key()),
                    None => error,
                })
            }
            Outcome::Failed(index, text) => {
                let error = refusal(&text).at(index);
                Err(match commands.get(index) {
                    Some(command) => of(command, error),
                    None => error,
                })
            }
        }
    }
}
