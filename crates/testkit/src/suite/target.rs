//! A store, as scripts see it.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::{
    Batch, Check, Clock, Command, Context, Error, Key, Mode, Reply, Request, Response, Result, SystemClock,
    Version,
};

use crate::Subject;
use crate::script::{Answer, Target, state};

/// A store under test.
pub(crate) struct Store<'a>(pub(crate) &'a Subject);

impl Store<'_> {
    /// Sends a command.
    pub(crate) async fn run(&self, command: impl Into<Command>) -> Answer {
        let command = command.into();
        let response = self.0.store().execute(&Context::new(), Request::One(command.clone())).await;
        answer(response.and_then(Response::one), &command)
    }

    /// Sends a batch.
    pub(crate) async fn run_batch(&self, batch: Batch) -> (Answer, Option<Version>) {
        let commands = batch.commands.clone();
        let response = self.0.store().execute(&Context::new(), Request::Batch(batch)).await;
        match response.and_then(Response::batch) {
            Err(error) => (error.into(), None),
            Ok(reply) if reply.replies.len() != commands.len() => {
                let message = "the batch was answered with another number of replies than it has commands";
                (Error::internal(message).into(), None)
            }
            Ok(reply) => {
                let answers = reply.replies.into_iter().zip(&commands);
                let answers = answers.map(|(reply, command)| answer(reply, command)).collect();
                (Answer::Array(answers), reply.version)
            }
        }
    }

    /// Everything that can be read about these keys, a line each.
    pub(crate) async fn lines(&self, keys: &BTreeSet<Key>) -> Vec<String> {
        let lines = state(self.0.store(), keys, true).await;
        lines.into_iter().map(|(read, answer)| format!("{} => {answer}", super::text_of(&read))).collect()
    }
}

fn answer(reply: Result<Reply>, command: &Command) -> Answer {
    match reply {
        Ok(reply) if command.id().fits(&reply) => reply.into_resp(command).into(),
        Ok(_) => Error::internal("the reply is not of the command's type").into(),
        Err(error) => error.into(),
    }
}

impl Target for Store<'_> {
    async fn send(&mut self, words: &[Bytes]) -> Answer {
        match Command::parse(words) {
            Ok(command) => self.run(command).await,
            Err(error) => error.into(),
        }
    }

    async fn batch(
        &mut self,
        mode: Mode,
        checks: Vec<Check>,
        commands: Vec<Vec<Bytes>>,
    ) -> (Answer, Option<Version>) {
        match commands.iter().map(|words| Command::parse(words)).collect::<Result<_>>() {
            Ok(commands) => self.run_batch(Batch { mode, checks, commands }).await,
            Err(error) => (error.into(), None),
        }
    }

    fn now(&self) -> i64 {
        self.0.clock().map_or_else(|| SystemClock.now(), |clock| clock.now())
    }

    async fn advance(&mut self, by: Duration) {
        match self.0.clock() {
            Some(clock) => clock.advance(by),
            None => tokio::time::sleep(by).await,
        }
    }

    fn exact_time(&self) -> bool {
        self.0.clock().is_some()
    }

    async fn state(&mut self, keys: &BTreeSet<Key>) -> Vec<String> {
        self.lines(keys).await
    }
}
