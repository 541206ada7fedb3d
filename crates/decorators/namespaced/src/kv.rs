//! [`Namespaced`].

use bytes::Bytes;
use credenza_core::semantics::glob::escape_prefix;
use credenza_core::{
    Capabilities, Command, Context, Execution, Key, KvStore, Pattern, Reply, Request, Response, Result,
    StoreInfo,
};

/// A store inside of another: every key gets a prefix on its way in and loses it on its way out.
///
/// The prefix must not be the start of another namespace's prefix, or they would share keys: end it with a
/// separator that no name contains, or make it with [`credenza_core::KeyPath`].
#[derive(Debug)]
pub struct Namespaced<S> {
    inner: S,
    prefix: Bytes,
    pattern: Vec<u8>,
    info: StoreInfo,
}

impl<S: KvStore> Namespaced<S> {
    /// The keys of `inner` that start with `prefix`.
    pub fn new(inner: S, prefix: impl Into<Key>) -> Namespaced<S> {
        let prefix = prefix.into().into_bytes();
        let info = StoreInfo::decorator("namespaced", inner.info());
        let mut pattern = escape_prefix(&prefix);
        pattern.pop(); // The star: what follows the prefix is the caller's pattern.
        Namespaced { inner, prefix, pattern, info }
    }

    fn inside(&self, key: &Key) -> Key {
        Key::from([&self.prefix, key.as_ref()].concat())
    }

    fn enter(&self, request: &mut Request) -> Result<()> {
        for command in request.commands_mut() {
            command.map_keys(&mut |key| Ok(self.inside(key)))?;
            if let Command::Scan(scan) = command {
                let wanted = scan.pattern.as_ref().map_or(&b"*"[..], |pattern| pattern);
                scan.pattern = Some(Pattern::from([&self.pattern, wanted].concat()));
            }
        }
        if let Request::Batch(batch) = request {
            for check in &mut batch.checks {
                let key = self.inside(check.key());
                *check.key_mut() = key;
            }
        }
        Ok(())
    }

    fn leave(&self, reply: &mut Reply) {
        reply.map_keys(&mut |key| key.starts_with(&self.prefix).then(|| key.slice(self.prefix.len()..)));
    }
}

impl<S: KvStore> KvStore for Namespaced<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.limits.key = capabilities.limits.key.saturating_sub(self.prefix.len());
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, mut request: Request) -> Execution<'a> {
        if let Err(error) = self.enter(&mut request) {
            return Execution::ready(Err(error));
        }
        let scans = request.commands().iter().any(|command| matches!(command, Command::Scan(_)));
        let answer = self.inner.execute(cx, request);
        if !scans {
            return answer;
        }
        answer.map(|answer| {
            let mut answer = answer?;
            match &mut answer {
                Response::One(reply) => self.leave(reply),
                Response::Batch(batch) => {
                    batch.replies.iter_mut().flatten().for_each(|reply| self.leave(reply))
                }
            }
            Ok(answer)
        })
    }
}
