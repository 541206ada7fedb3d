//! [`Usage`].

use credenza_core::command::{HLen, LLen, SCard, Scan, StrLen, Type, ZCard};
use credenza_core::{
    Batch, Command, CommandId, Context, Cursor, Error, ErrorKind, Key, Kind, KvStore, Op, Reply, Request,
    Result,
};

use crate::kv::Namespaced;

/// How many keys are read at a time.
const PAGE: u64 = 500;

/// What is in a namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Keys.
    pub keys: u64,
    /// Bytes of all keys, without the prefix.
    pub key_bytes: u64,
    /// Bytes of all strings; none where the store below cannot tell (`STRLEN`).
    pub string_bytes: u64,
    /// Fields of hashes, items of lists, and members of sets and sorted sets.
    pub elements: u64,
}

impl<S: KvStore> Namespaced<S> {
    /// Counts what is in the namespace, by a scan: what comes and goes meanwhile may be counted or not, and on Redis a key may be
    /// counted twice while it resizes its tables. To empty a namespace, `CLEAR` it.
    ///
    /// # Errors
    /// What the store below fails with.
    pub async fn usage(&self, cx: &Context) -> Result<Usage> {
        let (mut usage, mut cursor) = (Usage::default(), Cursor::START);
        loop {
            let scan = Request::One(Scan::new(cursor).count(PAGE).into());
            let page = Scan::reply(self.execute(cx, scan).await?.one()?)?;
            let keys: Vec<Key> = page.items.into_iter().map(Key::from).collect();
            usage.keys += keys.len() as u64;
            usage.key_bytes += keys.iter().map(|key| key.len() as u64).sum::<u64>();
            self.add(cx, &keys, &mut usage).await?;
            match page.next {
                Some(next) => cursor = next,
                None => return Ok(usage),
            }
        }
    }

    /// Adds what stands under some keys.
    async fn add(&self, cx: &Context, keys: &[Key], usage: &mut Usage) -> Result<()> {
        let kinds = self.ask(cx, keys.iter().map(|key| Type::new(key).into()).collect()).await?;
        let tells = self.capabilities().commands.contains(CommandId::StrLen);
        let mut sizes = Vec::new();
        for (key, kind) in keys.iter().zip(kinds) {
            sizes.push(match kind? {
                Reply::Kind(Some(Kind::String)) if tells => StrLen::new(key).into(),
                Reply::Kind(Some(Kind::Hash)) => HLen::new(key).into(),
                Reply::Kind(Some(Kind::List)) => LLen::new(key).into(),
                Reply::Kind(Some(Kind::Set)) => SCard::new(key).into(),
                Reply::Kind(Some(Kind::SortedSet)) => ZCard::new(key).into(),
                Reply::Kind(_) => continue,
                _ => return Err(Error::internal("the store's reply is not of the command's type")),
            });
        }
        let strings: Vec<bool> = sizes.iter().map(|size| matches!(size, Command::StrLen(_))).collect();
        for (size, string) in self.ask(cx, sizes).await?.into_iter().zip(strings) {
            let size = match size {
                Ok(Reply::Int(size)) => u64::try_from(size).unwrap_or_default(),
                Ok(_) => return Err(Error::internal("the store's reply is not of the command's type")),
                // It has become something else.
                Err(error) if error.kind() == ErrorKind::WrongType => 0,
                Err(error) => return Err(error),
            };
            *(if string { &mut usage.string_bytes } else { &mut usage.elements }) += size;
        }
        Ok(())
    }

    async fn ask(&self, cx: &Context, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch { commands, ..Batch::pipelined() };
        Ok(self.execute(cx, Request::Batch(batch)).await?.batch()?.replies)
    }
}
