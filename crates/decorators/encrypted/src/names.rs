//! Fields and members, which a store finds by their bytes: encrypted so that the same one always looks the same.
//!
//! ```text
//! format: 1 byte   ciphertext: as long as the name   tag: 16
//! ```
//!
//! The format is 1: AES-256-GCM-SIV (RFC 8452) with a nonce of zeros. Its tag depends on the whole name and is the nonce of what
//! encrypts, so equal names look equal and nothing else is told. What is authenticated besides is whether it is a field or a member, and for
//! a field the key of its hash; members are compared between sets, and have no key.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use bytes::{Bytes, BytesMut};
use credenza_core::command::{Access, Part, PartMut, ZRangeBy, ZSelect};
use credenza_core::semantics::{glob, validate};
use credenza_core::{
    Capabilities, Check, Command, Context, Effect, Error, Execution, Field, KvStore, Limits, Member, Pattern,
    Reply, Request, Response, Result, StoreInfo,
};
use zeroize::Zeroizing;

use crate::aead::{TAG, failed};
use crate::config::{EncryptedConfig, Fields, Members};
use crate::envelope::corrupt;
use crate::keyring::Keyring;
use crate::kv::NAME;

const FORMAT: u8 = 1;
/// How much longer a name is when it is stored.
const OVERHEAD: usize = 1 + TAG;

/// A store below which fields, members or both are encrypted.
#[derive(Debug)]
pub(crate) struct Names<S> {
    inner: S,
    cipher: Option<NameCipher>,
    limits: Limits,
}

/// Which names are encrypted, and how.
struct NameCipher {
    key: LessSafeKey,
    fields: bool,
    members: bool,
}

struct Derived;

impl KeyType for Derived {
    fn len(&self) -> usize {
        32
    }
}

impl NameCipher {
    fn new(keys: &Keyring, config: &EncryptedConfig) -> Result<Option<NameCipher>> {
        let fields = config.fields == Fields::Deterministic;
        let members = config.members == Members::Deterministic;
        if !fields && !members {
            return Ok(None);
        }
        let Some(key) = keys.names() else {
            return Err(Error::invalid(
                "fields and members are encrypted with a key of their own, which the ring lacks",
            ));
        };
        let extracted = Salt::new(HKDF_SHA256, b"credenza-encrypted names").extract(key.expose());
        let mut derived = Zeroizing::new([0; 32]);
        let info = [&[FORMAT], config.namespace.as_bytes()];
        extracted.expand(&info, Derived).and_then(|okm| okm.fill(&mut *derived)).map_err(|_| failed())?;
        let key = UnboundKey::new(&AES_256_GCM_SIV, &*derived).map_err(|_| failed())?;
        Ok(Some(NameCipher { key: LessSafeKey::new(key), fields, members }))
    }

    /// What stands for a name of this hash, or for a member.
    fn seal(&self, hash: Option<&[u8]>, name: &[u8]) -> Result<Bytes> {
        let mut out = BytesMut::with_capacity(OVERHEAD + name.len());
        out.extend_from_slice(&[FORMAT]);
        out.extend_from_slice(name);
        let tag = self.key.seal_in_place_separate_tag(nonce(), aad(hash), &mut out[1..]);
        out.extend_from_slice(tag.map_err(|_| failed())?.as_ref());
        Ok(out.freeze())
    }

    fn open(&self, hash: Option<&[u8]>, stored: &[u8]) -> Result<Bytes> {
        let sealed = stored.strip_prefix(&[FORMAT]).ok_or_else(unreadable)?;
        let mut text = BytesMut::from(sealed);
        let opened = self.key.open_in_place(nonce(), aad(hash), &mut text).map_err(|_| unreadable())?;
        let length = opened.len();
        text.truncate(length);
        Ok(text.freeze())
    }

    /// Replaces the names of a command. A field belongs to the key before it.
    fn enter(&self, command: &mut Command) -> Result<()> {
        let mut key = Bytes::new();
        command.visit_mut(&mut |part| {
            match part {
                PartMut::Key(next) => key = next.as_bytes().clone(),
                PartMut::Field(field) if self.fields => {
                    *field = Field::from(self.seal(Some(&key), field)?);
                }
                PartMut::Member(member) if self.members => {
                    *member = Member::from(self.seal(None, member)?);
                }
                _ => {}
            }
            Ok(())
        })
    }

    fn check(&self, check: &mut Check) -> Result<()> {
        match check {
            Check::FieldEquals { key, field, .. }
            | Check::FieldAbsent { key, field }
            | Check::FieldExists { key, field }
                if self.fields =>
            {
                *field = Field::from(self.seal(Some(key), field)?);
            }
            Check::MemberPresent { member, .. }
            | Check::MemberAbsent { member, .. }
            | Check::ScoreEquals { member, .. }
                if self.members =>
            {
                *member = Member::from(self.seal(None, member)?);
            }
            _ => {}
        }
        Ok(())
    }
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn aad(hash: Option<&[u8]>) -> Aad<Vec<u8>> {
    Aad::from(match hash {
        Some(key) => [&[FORMAT, b'f'], key].concat(),
        None => vec![FORMAT, b'm'],
    })
}

#[cold]
fn unreadable() -> Error {
    corrupt("a field or a member is not encrypted, was changed, or belongs to another key")
}

/// What has to be known of a command to read the names of its reply.
#[derive(Debug)]
enum Opening {
    Nothing,
    Fields(Bytes, Option<Pattern>),
    Members(Option<Pattern>),
}

impl Opening {
    /// For a command; a pattern is taken out of it, for the store below knows no names.
    fn of(command: &mut Command, cipher: &NameCipher) -> Opening {
        let pattern = match command {
            Command::HScan(scan) if cipher.fields => scan.pattern.take(),
            Command::SScan(scan) if cipher.members => scan.pattern.take(),
            Command::ZScan(scan) if cipher.members => scan.pattern.take(),
            _ => None,
        };
        match command {
            Command::HGetAll(_) | Command::HKeys(_) | Command::HRandField(_) | Command::HScan(_)
                if cipher.fields =>
            {
                Opening::Fields(first_key(command), pattern)
            }
            Command::HGetAll(_) | Command::HKeys(_) | Command::HRandField(_) | Command::HScan(_) => {
                Opening::Nothing
            }
            _ if cipher.members => Opening::Members(pattern),
            _ => Opening::Nothing,
        }
    }

    fn open(&self, reply: &mut Reply, cipher: &NameCipher) -> Result<()> {
        let (hash, pattern) = match self {
            Opening::Nothing => return Ok(()),
            Opening::Fields(key, pattern) => (Some(&key[..]), pattern),
            Opening::Members(pattern) => (None, pattern),
        };
        reply.map_names(&mut |name| cipher.open(hash, name))?;
        if let Some(pattern) = pattern {
            match reply {
                Reply::EntryPage(page) => page.items.retain(|(name, _)| glob::matches(pattern, name)),
                Reply::MemberPage(page) => page.items.retain(|name| glob::matches(pattern, name)),
                Reply::ScoredPage(page) => page.items.retain(|(name, _)| glob::matches(pattern, name)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn first_key(command: &Command) -> Bytes {
    let mut found = None;
    command.visit(&mut |part| {
        if let Part::Key(key) = part
            && found.is_none()
        {
            found = Some(key.as_bytes().clone());
        }
    });
    found.unwrap_or_default()
}

/// Whether a command asks for an order of members.
fn asks_for_order(command: &Command) -> bool {
    let lex = |by: &ZRangeBy| matches!(by.select, ZSelect::Lex(_));
    match command {
        Command::ZRange(range) => lex(&range.by),
        Command::ZRangeStore(range) => lex(&range.by),
        _ => false,
    }
}

impl<S: KvStore> Names<S> {
    pub(crate) fn new(inner: S, keys: &Keyring, config: &EncryptedConfig) -> Result<Names<S>> {
        let cipher = NameCipher::new(keys, config)?;
        let mut limits = inner.capabilities().limits;
        if cipher.is_some() {
            limits.member = limits.member.saturating_sub(OVERHEAD);
        }
        Ok(Names { inner, cipher, limits })
    }

    fn enter(&self, cipher: &NameCipher, request: &mut Request) -> Result<Vec<Opening>> {
        // Here, for the store below sees other names than the caller.
        validate::request(request)?;
        self.limits.check(request)?;
        let batch = matches!(request, Request::Batch(_));
        let mut openings = Vec::with_capacity(request.commands().len());
        for (index, command) in request.commands_mut().iter_mut().enumerate() {
            let entered = match cipher.members && asks_for_order(command) {
                true => Err(Error::unsupported(command.info().name)),
                false => {
                    openings.push(Opening::of(command, cipher));
                    cipher.enter(command)
                }
            };
            entered.map_err(|error| if batch { error.at(index) } else { error })?;
        }
        if let Request::Batch(batch) = request {
            batch.checks.iter_mut().try_for_each(|check| cipher.check(check))?;
        }
        Ok(openings)
    }
}

impl<S: KvStore> KvStore for Names<S> {
    fn info(&self) -> &StoreInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.limits = self.limits;
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, mut request: Request) -> Execution<'a> {
        let Some(cipher) = &self.cipher else { return self.inner.execute(cx, request) };
        let openings = match self.enter(cipher, &mut request) {
            Ok(openings) => openings,
            Err(error) => return Execution::ready(Err(error)),
        };
        let writes = request.commands().iter().any(|command| command.info().access == Access::Write);
        let failed = move |error: Error| {
            let error = error.on(NAME);
            if writes { error.with_effect(Effect::MaybeApplied) } else { error }
        };
        self.inner.execute(cx, request).map(move |answer| {
            let mut answer = answer?;
            match &mut answer {
                Response::One(reply) => {
                    openings.iter().try_for_each(|opening| opening.open(reply, cipher)).map_err(failed)?;
                }
                Response::Batch(batch) => {
                    for (index, (reply, opening)) in batch.replies.iter_mut().zip(&openings).enumerate() {
                        if let Ok(found) = reply
                            && let Err(error) = opening.open(found, cipher)
                        {
                            *reply = Err(failed(error).at(index));
                        }
                    }
                }
            }
            Ok(answer)
        })
    }
}

impl std::fmt::Debug for NameCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NameCipher")
            .field("fields", &self.fields)
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}
