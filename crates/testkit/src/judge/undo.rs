//! What a batch that fails has changed already.

use std::collections::BTreeMap;

use bytes::Bytes;
use credenza_core::Key;

use super::oracle::Oracle;
use crate::script::Answer;

/// Keys as they were.
#[derive(Debug)]
pub(super) struct Undo(BTreeMap<Key, Option<(Bytes, i64)>>);

impl Undo {
    pub(super) fn of<'a>(oracle: &Oracle, keys: impl Iterator<Item = &'a Key>) -> Undo {
        let before = |key: &Key| match oracle.ask_about("DUMP", &[key]) {
            Answer::Bulk(dump) => {
                let expires_at = match oracle.ask_about("PEXPIRETIME", &[key]) {
                    Answer::Int(at) => at.max(0),
                    _ => 0,
                };
                Some((dump, expires_at))
            }
            _ => None,
        };
        Undo(keys.map(|key| (key.clone(), before(key))).collect())
    }

    pub(super) fn undo(&self, oracle: &Oracle) {
        for (key, before) in &self.0 {
            oracle.ask_about("DEL", &[key]);
            if let Some((dump, expires_at)) = before {
                let expires_at = expires_at.to_string();
                // Zero is for ever, with ABSTTL too.
                oracle.ask_about("RESTORE", &[key, expires_at.as_bytes(), dump, b"ABSTTL"]);
            }
        }
    }
}
