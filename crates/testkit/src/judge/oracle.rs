//! Redis, as one of two that are compared.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use credenza_core::command::{ZRangeBy, ZSelect};
use credenza_core::semantics::validate;
use credenza_core::{Batch, Capabilities, Command, CommandId, CommandSet, Key, Mode};

use super::undo::Undo;
use crate::model::Judge;
use crate::script::{Answer, Refusal};
use crate::servers::{Redis, RedisConnection};

/// How many members Redis may be asked to pick again and again.
const PICKS: i64 = 1_000;

/// An empty Redis.
#[derive(Debug)]
pub(super) struct Oracle {
    connection: Mutex<RedisConnection>,
    _server: Arc<Redis>,
}

impl Oracle {
    pub(super) fn new(server: Arc<Redis>) -> io::Result<Oracle> {
        let mut connection = server.connect()?;
        connection.say(&["FLUSHALL"])?;
        Ok(Oracle { connection: Mutex::new(connection), _server: server })
    }

    /// What Redis answers to these words.
    pub(super) fn ask(&self, words: &[Bytes]) -> Answer {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.say(words).unwrap_or_else(|error| Answer::Status(format!("the judge is gone: {error}")))
    }

    /// The same with a name and keys, fields and members.
    pub(super) fn ask_about(&self, name: &'static str, arguments: &[&[u8]]) -> Answer {
        let arguments = arguments.iter().map(|word| Bytes::copy_from_slice(word));
        self.ask(&std::iter::once(Bytes::from_static(name.as_bytes())).chain(arguments).collect::<Vec<_>>())
    }

    fn atomic(&self, batch: &Batch) -> Answer {
        for (index, check) in batch.checks.iter().enumerate() {
            if let Some(found) = self.objection(check) {
                let kind = credenza_core::ErrorKind::CheckFailed;
                let refusal = Refusal {
                    kind,
                    index: Some(index),
                    found: Some(found),
                    not_applied: true,
                    text: String::new(),
                };
                return Answer::Error(refusal);
            }
        }
        let keys = batch.commands.iter().flat_map(Command::keys);
        let undo = Undo::of(self, keys);
        let mut answers = Vec::new();
        for (index, command) in batch.commands.iter().enumerate() {
            match self.run(command) {
                Answer::Error(refusal) => {
                    undo.undo(self);
                    return Answer::Error(Refusal { index: Some(index), ..refusal });
                }
                answer => answers.push(answer),
            }
        }
        Answer::Array(answers)
    }

    /// Whether the members of a sorted set have different scores.
    fn is_mixed(&self, key: &Key) -> bool {
        let Answer::Array(members) = self.ask_about("ZRANGE", &[key, b"0", b"-1", b"WITHSCORES"]) else {
            return false;
        };
        let mut scores = members.chunks(2).filter_map(<[Answer]>::last);
        let first = scores.next();
        scores.any(|score| Some(score) != first)
    }
}

impl Judge for Oracle {
    fn name(&self) -> String {
        "Redis itself".to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        let commands: CommandSet = CommandId::ALL.iter().copied().filter(|id| id.info().in_redis()).collect();
        let mut capabilities = Capabilities::of(commands);
        capabilities.atomic_batches = true;
        capabilities
    }

    fn run(&self, command: &Command) -> Answer {
        self.run_words(command, &command.words())
    }

    fn run_words(&self, command: &Command, words: &[Bytes]) -> Answer {
        match validate::command(command) {
            Ok(()) => self.ask(words),
            Err(error) => error.into(),
        }
    }

    fn batch(&self, batch: &Batch) -> Answer {
        match (validate::batch(batch), batch.mode) {
            (Err(error), _) => error.into(),
            (Ok(()), Mode::Atomic) => self.atomic(batch),
            (Ok(()), Mode::Pipelined) => {
                Answer::Array(batch.commands.iter().map(|command| self.run(command)).collect())
            }
        }
    }

    fn is_certain_of(&self, command: &Command) -> bool {
        let by_member = |by: &ZRangeBy| matches!(by.select, ZSelect::Lex(_));
        match command {
            Command::ZLexCount(c) => !self.is_mixed(&c.key),
            Command::ZRemRangeByLex(c) => !self.is_mixed(&c.key),
            Command::ZRange(c) if by_member(&c.by) => !self.is_mixed(&c.key),
            Command::ZRangeStore(c) if by_member(&c.by) => !self.is_mixed(&c.source),
            Command::SRandMember(c) => c.count.is_none_or(|count| count >= -PICKS),
            // It doubles the count where it gives values too, and refuses one that it cannot double.
            Command::HRandField(c) => c.count.is_none_or(|count| (-PICKS..=i64::MAX / 2).contains(&count)),
            // Its negation was left to chance before Redis 7.2.
            Command::LPos(c) => c.rank != Some(i64::MIN),
            _ => true,
        }
    }
}
