//! How commands run: alone and in pipelines.

use bytes::Bytes;
use credenza_core::command::{Access, HRandField, SRandMember};
use credenza_core::semantics::glob::escape_prefix;
use credenza_core::{
    Batch, BatchReply, Command, Cursor, Effect, Error, ErrorKind, Key, Mode, Page, Reply, Result,
};
use tokio::time::Instant;

use crate::decode::{self, int};
use crate::encode::{cursor_of, needs_script, words};
use crate::error::{NAME, refusal, unexpected};
use crate::script::{Call, Outcome, Script, Terms, compile, is_unknown};
use crate::store::Inner;
use crate::wire::{Failure, Frame, Node, Packet, Routed};
use crate::{cursor, driver::Driver};

/// How many keys a step of `CLEAR` looks at.
const CLEAR_STEP: &str = "1000";
/// So often a scan starts over because the server was another one by then.
const RESTARTS: usize = 3;

impl Inner {
    /// Runs one command.
    pub(crate) async fn one(&self, command: &Command, deadline: Instant) -> Result<Reply> {
        let outcome = if self.is_special(command) {
            // In a box of its own, so that it takes no room in the future of a plain command.
            Box::pin(self.special(command, deadline)).await
        } else {
            let packet = Packet::one(&words(command, &self.config.limits, 0));
            let answer = self.driver.one(self.route.slot(command), &packet, deadline).await;
            answer
                .map_err(Failure::into_error)
                .and_then(|(frame, identity)| decode::reply(command, frame, identity))
        };
        outcome.map_err(|error| of(command, error))
    }

    /// Whether a command is more than words and a reply.
    fn is_special(&self, command: &Command) -> bool {
        matches!(command, Command::Clear(_))
            || cursor_of(command).is_some_and(|cursor| self.route.in_cluster || !cursor.is_start())
            || needs_script(command, &self.config.limits)
            || self.picks_too_many(command)
    }

    async fn special(&self, command: &Command, deadline: Instant) -> Result<Reply> {
        match command {
            Command::Clear(c) => self.clear(&c.prefix, deadline).await,
            Command::Scan(_) if self.route.in_cluster => self.scan_cluster(command, deadline).await,
            Command::SRandMember(SRandMember { key, .. }) => {
                self.refuse_many("SCARD", key, Reply::Members(Vec::new()), command, deadline).await
            }
            Command::HRandField(HRandField { key, .. }) => {
                self.refuse_many("HLEN", key, Reply::Entries(Vec::new()), command, deadline).await
            }
            _ if cursor_of(command).is_some() => self.go_on(command, deadline).await,
            _ => self.scripted(command, deadline).await,
        }
    }

    /// Runs the commands of a batch.
    pub(crate) async fn batch(&self, batch: Batch, deadline: Instant) -> Result<BatchReply> {
        if batch.mode == Mode::Atomic {
            return self.atomic(&batch, deadline).await;
        }
        let in_steps = batch.commands.iter().any(|command| match command {
            Command::Clear(_) => true,
            Command::Scan(_) => self.route.in_cluster,
            command => self.picks_too_many(command),
        });
        let replies = if in_steps {
            let mut replies = Vec::with_capacity(batch.commands.len());
            for command in &batch.commands {
                replies.push(self.one(command, deadline).await);
            }
            replies
        } else {
            self.pipeline(&batch.commands, deadline).await?
        };
        let replies = replies.into_iter().enumerate();
        let replies = replies.map(|(index, reply)| reply.map_err(|error| error.at(index))).collect();
        Ok(BatchReply { replies, version: None })
    }

    async fn pipeline(&self, commands: &[Command], deadline: Instant) -> Result<Vec<Result<Reply>>> {
        let limits = &self.config.limits;
        let mut routed: Vec<Routed> = Vec::new();
        let mut calls: Vec<Option<Call>> = Vec::with_capacity(commands.len());
        let mut packet = Packet::default();
        for command in commands {
            let slot = self.route.slot(command);
            let identity = self.identity_for(command, slot, deadline).await;
            let identity = identity.map_err(Failure::into_error)?;
            let call = match needs_script(command, limits) {
                true => Some(compile(&[], std::slice::from_ref(command), self.terms(identity))?),
                false => None,
            };
            // By its text, as a call by name that the server does not know would come too late when it is repeated.
            let one = match &call {
                Some(call) => Some(Script::by_text(call)),
                None if self.route.in_cluster => Some(Packet::one(&words(command, limits, identity))),
                None => None,
            };
            match one {
                Some(one) if self.route.in_cluster => routed.push((slot, one)),
                Some(one) => packet.append(&one),
                None => packet.push(&words(command, limits, identity)),
            }
            calls.push(call);
        }
        let answers = match &self.driver {
            _ if commands.is_empty() => Vec::new(),
            Driver::Single(node) => Driver::many_at(node, &packet, deadline).await,
            Driver::Cluster(cluster) => cluster.many(routed, deadline).await,
        };
        let answers = commands.iter().zip(calls).zip(answers);
        Ok(answers
            .map(|((command, call), answer)| {
                answer
                    .map_err(Failure::into_error)
                    .and_then(|(frame, identity)| match &call {
                        Some(call) => of_script(command, call, frame, identity),
                        None => decode::reply(command, frame, identity),
                    })
                    .map_err(|error| of(command, error))
            })
            .collect())
    }

    /// The run of the server for a command that goes on with a scan.
    pub(crate) async fn identity_for(
        &self,
        command: &Command,
        slot: Option<u16>,
        deadline: Instant,
    ) -> Result<u32, Failure> {
        match cursor_of(command) {
            Some(cursor) if !cursor.is_start() => self.driver.identity(slot, deadline).await,
            _ => Ok(0),
        }
    }

    pub(crate) fn terms(&self, identity: u32) -> Terms<'_> {
        let wary = self.config.login.user.as_deref().is_some_and(|user| user != "default");
        Terms { limits: &self.config.limits, wary, in_cluster: self.route.in_cluster, identity }
    }

    /// A command that is a function of the script.
    async fn scripted(&self, command: &Command, deadline: Instant) -> Result<Reply> {
        let call = compile(&[], std::slice::from_ref(command), self.terms(0))?;
        let answer = self.call(&call, self.route.slot(command), deadline).await;
        let (frame, identity) = answer.map_err(Failure::into_error)?;
        of_script(command, &call, frame, identity)
    }

    /// Calls the script, by its name if the server knows it.
    pub(crate) async fn call(
        &self,
        call: &Call,
        slot: Option<u16>,
        deadline: Instant,
    ) -> Result<(Frame, u32), Failure> {
        if let Some(packet) = self.script.by_name(call) {
            let answer = self.driver.one(slot, &packet, deadline).await?;
            if !is_unknown(&answer.0) {
                return Ok(answer);
            }
        }
        self.driver.one(slot, &Script::by_text(call), deadline).await
    }

    /// The next step of a scan; at its start if the server is another one by now.
    async fn go_on(&self, command: &Command, deadline: Instant) -> Result<Reply> {
        let slot = self.route.slot(command);
        let mut identity = self.driver.identity(slot, deadline).await.map_err(Failure::into_error)?;
        for _ in 0..RESTARTS {
            let packet = Packet::one(&words(command, &self.config.limits, identity));
            let answer = self.driver.one(slot, &packet, deadline).await;
            let (frame, answered) = answer.map_err(Failure::into_error)?;
            if answered == identity {
                return decode::reply(command, frame, identity);
            }
            identity = answered;
        }
        Err(Error::new(ErrorKind::Unavailable, "the server is restarted again and again").on(NAME))
    }

    /// A step of a scan over all masters, one after the other.
    async fn scan_cluster(&self, command: &Command, deadline: Instant) -> Result<Reply> {
        let Command::Scan(scan) = command else { return Err(unexpected()) };
        let (slot, inner) =
            cursor::in_cluster(&scan.cursor).ok_or_else(|| Error::invalid("invalid cursor"))?;
        let masters = self.driver.masters();
        // Slots may have moved meanwhile: who has them now has the keys.
        let at = masters.iter().rposition(|(first, _)| *first <= slot).unwrap_or(0);
        let Some((first, master)) = masters.get(at) else { return Err(unexpected()) };
        let failed = Failure::into_error;
        let mut identity = master.node().conn(deadline).await.map_err(failed)?.identity();
        for _ in 0..RESTARTS {
            let mut step = scan.clone();
            step.cursor = inner.clone();
            let packet = Packet::one(&words(&step.into(), &self.config.limits, identity));
            let (frame, answered) = master.node().one(&packet, deadline).await.map_err(failed)?;
            if answered != identity && !inner.is_start() {
                identity = answered;
                continue;
            }
            let Reply::KeyPage(page) = decode::reply(command, frame, answered)? else {
                return Err(unexpected());
            };
            let Page { next, items } = *page;
            let next = match next {
                Some(inner) => Some(cursor::for_caller_in_cluster(*first, &inner)),
                None => masters
                    .get(at + 1)
                    .map(|(first, _)| cursor::for_caller_in_cluster(*first, &Cursor::START)),
            };
            return Ok(Reply::KeyPage(Box::new(Page { next, items })));
        }
        Err(Error::new(ErrorKind::Unavailable, "the server is restarted again and again").on(NAME))
    }

    /// Deletes what starts with the prefix, step by step.
    async fn clear(&self, prefix: &Key, deadline: Instant) -> Result<Reply> {
        let pattern = Bytes::from(escape_prefix(prefix));
        let mut cleared = 0;
        let outcome = match &self.driver {
            Driver::Single(node) => self.clear_server(&pattern, node, &mut cleared, deadline).await,
            Driver::Cluster(_) => {
                let mut outcome = Ok(());
                for (_, master) in self.driver.masters() {
                    let one = self.clear_server(&pattern, master.node(), &mut cleared, deadline).await;
                    outcome = outcome.and(one);
                }
                outcome
            }
        };
        outcome.map(|()| Reply::Int(cleared)).map_err(|error| {
            let error = error.during("CLEAR").on(NAME);
            if cleared > 0 { error.with_effect(Effect::MaybeApplied) } else { error }
        })
    }

    async fn clear_server(
        &self,
        pattern: &Bytes,
        server: &Node,
        cleared: &mut i64,
        deadline: Instant,
    ) -> Result<()> {
        let (mut cursor, mut run) = (Bytes::from_static(b"0"), None);
        loop {
            let step: [&[u8]; 6] = [b"SCAN", &cursor, b"MATCH", pattern, b"COUNT", CLEAR_STEP.as_bytes()];
            // Looking for keys changes nothing.
            let answer = server.one(&Packet::one(&step), deadline).await;
            let (frame, identity) = answer.map_err(|failure| failure.sent(false).into_error())?;
            if let Frame::Error(text) = &frame {
                return Err(refusal(text));
            }
            // Another server has its keys in another order.
            if run.replace(identity).is_some_and(|before| before != identity) {
                cursor = Bytes::from_static(b"0");
                continue;
            }
            let Frame::Array(parts) = frame else { return Err(unexpected()) };
            let [Frame::Bulk(next), Frame::Array(keys)] = &parts[..] else { return Err(unexpected()) };
            *cleared += self.unlink(keys, deadline).await?;
            if next == "0" {
                return Ok(());
            }
            cursor = next.clone();
        }
    }

    /// Deletes keys; in a cluster each by itself, as they are in many slots.
    async fn unlink(&self, keys: &[Frame], deadline: Instant) -> Result<i64> {
        let keys: Vec<&Bytes> = keys
            .iter()
            .filter_map(|key| match key {
                Frame::Bulk(key) => Some(key),
                _ => None,
            })
            .collect();
        let mut commands: Vec<Routed> = Vec::new();
        if self.route.in_cluster {
            let one = |key: &&Bytes| (Some(crate::wire::slot(key)), Packet::one(&[&b"UNLINK"[..], key]));
            commands.extend(keys.iter().map(one));
        } else if !keys.is_empty() {
            let words: Vec<&[u8]> =
                std::iter::once(&b"UNLINK"[..]).chain(keys.iter().map(|key| &key[..])).collect();
            commands.push((None, Packet::one(&words)));
        }
        let mut count = 0;
        for answer in self.driver.many(commands, deadline).await {
            let (frame, _) = answer.map_err(Failure::into_error)?;
            if let Frame::Error(text) = &frame {
                return Err(refusal(text));
            }
            count += int(&frame)?;
        }
        Ok(count)
    }

    /// Whether a command asks for more random elements than are allowed.
    pub(crate) fn picks_too_many(&self, command: &Command) -> bool {
        let count = match command {
            Command::SRandMember(c) => c.count,
            Command::HRandField(c) => c.count,
            _ => None,
        };
        let most = self.config.limits.arguments as u64;
        count.is_some_and(|count| count < 0 && count.unsigned_abs() > most)
    }

    /// Refuses to pick so many elements, unless there are none.
    async fn refuse_many(
        &self,
        length: &'static str,
        key: &Key,
        nothing: Reply,
        command: &Command,
        deadline: Instant,
    ) -> Result<Reply> {
        let packet = Packet::one(&[length.as_bytes(), key]);
        let answer = self.driver.one(self.route.slot(command), &packet, deadline).await;
        let (frame, _) = answer.map_err(Failure::into_error)?;
        if let Frame::Error(text) = &frame {
            return Err(refusal(text));
        }
        if int(&frame)? == 0 {
            return Ok(nothing);
        }
        let limit = self.config.limits.arguments;
        let message = format!("more random elements were asked for than the limit of {limit}");
        Err(Error::new(ErrorKind::LimitExceeded, message).on(NAME))
    }
}

/// The reply of a command that is a function of the script.
fn of_script(command: &Command, call: &Call, frame: Frame, identity: u32) -> Result<Reply> {
    if let Frame::Error(text) = &frame {
        return Err(refused_call(text));
    }
    match Outcome::read(call, frame)? {
        Outcome::Done(frames) => {
            let frame = frames.into_iter().next().ok_or_else(unexpected)?;
            decode::reply(command, frame, identity)
        }
        Outcome::Failed(_, text) => Err(refusal(&text)),
        Outcome::Objected(..) => Err(unexpected()),
    }
}

/// A refusal of a whole call. One that comes from inside of the script may have come after a write.
pub(crate) fn refused_call(text: &[u8]) -> Error {
    let inside = text.windows(12).any(|part| part == b"@user_script");
    if inside { unexpected() } else { refusal(text) }
}

/// The error of a command: with its name, and a hash of its key. Whoever only reads has changed nothing.
pub(crate) fn of(command: &Command, error: Error) -> Error {
    let info = command.info();
    let mut error = error.during(info.name);
    if info.access == Access::Read {
        error = error.with_effect(Effect::NotApplied);
    }
    match command.keys()[..] {
        [key] => error.for_key(key),
        _ => error,
    }
}
