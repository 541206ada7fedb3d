//! How large things may be.

use bytes::Bytes;

use crate::command::Part;
use crate::data::Pattern;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Request;

/// How large the parts of a request may be. Checked before anything is allocated, sent or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a key.
    pub key: usize,
    /// Bytes of a value, also of one that grows by `APPEND` or `SETRANGE`.
    pub value: usize,
    /// Bytes of a field or a member.
    pub member: usize,
    /// Commands and checks in a batch.
    pub batch: usize,
    /// Keys, members, fields or values in one command.
    pub arguments: usize,
    /// The `COUNT` of a scan; a greater one is lowered to it.
    pub page: usize,
}

impl Default for Limits {
    /// 64 KiB for a key, 512 MiB for a value or member (as Redis), 100,000 commands in a batch, a million
    /// arguments in a command, 10,000 elements in a page.
    fn default() -> Limits {
        Limits {
            key: 64 << 10,
            value: 512 << 20,
            member: 512 << 20,
            batch: 100_000,
            arguments: 1_000_000,
            page: 10_000,
        }
    }
}

impl Limits {
    /// Refuses a request with a part that is too large.
    pub fn check(&self, request: &Request) -> Result<()> {
        if let Request::Batch(batch) = request {
            if batch.commands.len() + batch.checks.len() > self.batch {
                return Err(exceeded("the batch has too many commands"));
            }
            for check in &batch.checks {
                within("key", check.key().len(), self.key)?;
            }
        }
        for (index, command) in request.commands().iter().enumerate() {
            let mut outcome = Ok(());
            let mut count = 0_usize;
            command.visit(&mut |part| {
                count += 1;
                if outcome.is_ok() {
                    outcome = match part {
                        Part::Key(key) => within("key", key.len(), self.key),
                        Part::Value(value) => within("value", value.len(), self.value),
                        Part::Field(field) => within("field", field.len(), self.member),
                        Part::Member(member) => within("member", member.len(), self.member),
                        Part::Pattern(pattern) => within("pattern", pattern.len(), self.key),
                    };
                }
            });
            if outcome.is_ok() && count > self.arguments {
                outcome = Err(exceeded("the command has too many arguments"));
            }
            outcome.map_err(|error| {
                let error = error.during(command.info().name);
                if matches!(request, Request::Batch(_)) { error.at(index) } else { error }
            })?;
        }
        Ok(())
    }

    /// Refuses a message that is too large: its channel as a key, its payload as a value.
    pub fn check_message(&self, channel: &[u8], payload: &[u8]) -> Result<()> {
        within("channel", channel.len(), self.key)?;
        within("payload", payload.len(), self.value)
    }

    /// Refuses a subscription that is too large: each channel and pattern as a key, all of them as arguments.
    pub fn check_subscription(&self, channels: &[Bytes], patterns: &[Pattern]) -> Result<()> {
        if channels.len() + patterns.len() > self.arguments {
            return Err(exceeded("the subscription has too many channels"));
        }
        channels.iter().try_for_each(|channel| within("channel", channel.len(), self.key))?;
        patterns.iter().try_for_each(|pattern| within("pattern", pattern.len(), self.key))
    }
}

/// Refuses a value that is too large.
pub(crate) fn check_value(length: usize, limit: usize) -> Result<()> {
    within("value", length, limit)
}

fn within(what: &str, length: usize, limit: usize) -> Result<()> {
    if length > limit {
        return Err(exceeded(format!("the {what} has {length} bytes; the limit is {limit}")));
    }
    Ok(())
}

fn exceeded(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::LimitExceeded, message)
}
