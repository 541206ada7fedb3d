//! The fixed script that makes a batch one step, and what it is called with.

mod compile;
mod needs;
mod outcome;

use std::sync::OnceLock;

use bytes::Bytes;
use credenza_core::Key;

use crate::wire::{Frame, Packet};

pub(crate) use compile::{Call, Terms, compile};
pub(crate) use outcome::Outcome;

/// Its text.
const SOURCE: &[u8] = include_bytes!("batch.lua");

/// The script, and by which name the servers know it.
#[derive(Debug, Default)]
pub(crate) struct Script {
    name: OnceLock<Bytes>,
}

impl Script {
    /// What makes a server know the script, and answer with its name.
    pub(crate) fn load() -> Packet {
        Packet::one(&[&b"SCRIPT"[..], b"LOAD", SOURCE])
    }

    /// Takes the name out of the answer. Where a user may not load scripts, their text is sent each time.
    pub(crate) fn loaded(&self, reply: &Frame) {
        if let Frame::Bulk(name) = reply {
            let _ = self.name.set(name.clone());
        }
    }

    /// Calls it by its name, if it has one.
    pub(crate) fn by_name(&self, call: &Call) -> Option<Packet> {
        let name = self.name.get()?;
        Some(Packet::one(&invocation(b"EVALSHA", name, call)))
    }

    /// Calls it by its text, which every server takes.
    pub(crate) fn by_text(call: &Call) -> Packet {
        Packet::one(&invocation(b"EVAL", SOURCE, call))
    }
}

fn invocation<'a>(command: &'static [u8], script: &'a [u8], call: &'a Call) -> Vec<&'a [u8]> {
    let mut words = Vec::with_capacity(3 + call.keys.len() + call.arguments.len());
    words.extend([command, script, &call.key_count]);
    words.extend(call.keys.iter().map(|key: &Key| &key[..]));
    words.extend(call.arguments.iter().map(|argument| &argument[..]));
    words
}

/// Whether the server does not know the script, and has done nothing.
pub(crate) fn is_unknown(reply: &Frame) -> bool {
    matches!(reply, Frame::Error(text) if text.starts_with(b"NOSCRIPT"))
}
