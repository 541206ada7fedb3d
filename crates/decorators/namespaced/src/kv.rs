//! [`Namespaced`].

use credenza_core::{
    Capabilities, Command, Context, Execution, Key, KvStore, Reply, Request, Response, Result, StoreInfo,
};

use crate::prefix::Prefix;

/// A store inside of another: every key gets a prefix on its way in and loses it on its way out.
///
/// [`Namespaced::named`] takes any name and no two of them share a key. A prefix of [`Namespaced::new`] must not be the start of another
/// one: end it with a separator that no name contains.
#[derive(Debug)]
pub struct Namespaced<S> {
    inner: S,
    prefix: Prefix,
    info: StoreInfo,
}

impl<S: KvStore> Namespaced<S> {
    /// The keys of `inner` that start with `prefix`.
    pub fn new(inner: S, prefix: impl Into<Key>) -> Namespaced<S> {
        Namespaced::at(inner, Prefix::new(prefix.into()))
    }

    /// The namespace of this name, whatever the name contains: `a:b` with the key `c` is not `a` with the key `b:c`. The prefix is the name as a
    /// [`KeyPath`](credenza_core::KeyPath) of one part, `name#`.
    pub fn named(inner: S, name: impl AsRef<[u8]>) -> Namespaced<S> {
        Namespaced::at(inner, Prefix::named(name.as_ref()))
    }

    /// The same in one slot of a Redis cluster, so that batches and commands of several keys work there: the name is a
    /// [hash tag](https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags), and all of the namespace is on one server. It shares no key with a
    /// namespace that is only named.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty name.
    pub fn in_one_slot(inner: S, name: impl AsRef<[u8]>) -> Result<Namespaced<S>> {
        Ok(Namespaced::at(inner, Prefix::tagged(name.as_ref())?))
    }

    fn at(inner: S, prefix: Prefix) -> Namespaced<S> {
        let info = StoreInfo::decorator("namespaced", inner.info());
        Namespaced { inner, prefix, info }
    }

    fn inside(&self, key: &Key) -> Key {
        Key::from(self.prefix.put(key))
    }

    fn enter(&self, request: &mut Request) -> Result<()> {
        for command in request.commands_mut() {
            command.map_keys(&mut |key| Ok(self.inside(key)))?;
            if let Command::Scan(scan) = command {
                let wanted = scan.pattern.as_ref().map_or(&b"*"[..], |pattern| pattern);
                scan.pattern = Some(self.prefix.put_pattern(wanted));
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
        reply.map_keys(&mut |key| self.prefix.take(key));
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
