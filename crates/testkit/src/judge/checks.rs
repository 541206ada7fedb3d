//! The checks of an atomic batch, in Redis's own commands.

use credenza_core::semantics::number::parse_f64;
use credenza_core::{Check, Found, Key};

use super::oracle::Oracle;
use crate::script::Answer;

impl Oracle {
    /// What stands in the way of the check. A key of another kind than the check is about always does.
    pub(super) fn objection(&self, check: &Check) -> Option<Found> {
        let kind = self.kind(check.key());
        let absent = kind == "none";
        match check {
            Check::Absent { .. } => (!absent).then_some(Found::Present),
            Check::Exists { .. } => absent.then_some(Found::Absent),
            Check::ValueEquals { key, value } => match kind.as_str() {
                "none" => Some(Found::Absent),
                "string" => self.other_than(value, self.ask_about("GET", &[key])),
                _ => Some(Found::Present),
            },
            Check::FieldEquals { key, field, value } => match kind.as_str() {
                "none" => Some(Found::Absent),
                "hash" => self.other_than(value, self.ask_about("HGET", &[key, field])),
                _ => Some(Found::Present),
            },
            Check::FieldAbsent { key, field } => match kind.as_str() {
                "none" => None,
                "hash" if self.ask_about("HEXISTS", &[key, field]) == Answer::Int(0) => None,
                _ => Some(Found::Present),
            },
            Check::FieldExists { key, field } => match kind.as_str() {
                "none" => Some(Found::Absent),
                "hash" if self.ask_about("HEXISTS", &[key, field]) == Answer::Int(1) => None,
                "hash" => Some(Found::Absent),
                _ => Some(Found::Present),
            },
            Check::MemberPresent { key, member } => match self.has_member(&kind, key, member) {
                _ if absent => Some(Found::Absent),
                Some(true) => None,
                Some(false) => Some(Found::Absent),
                None => Some(Found::Present),
            },
            Check::MemberAbsent { key, member } => match self.has_member(&kind, key, member) {
                _ if absent => None,
                Some(false) => None,
                _ => Some(Found::Present),
            },
            Check::ScoreEquals { key, member, score } => match kind.as_str() {
                "none" => Some(Found::Absent),
                "zset" => match self.ask_about("ZSCORE", &[key, member]) {
                    Answer::Bulk(found) => parse_f64(&found).filter(|found| found != score).map(Found::Score),
                    _ => Some(Found::Absent),
                },
                _ => Some(Found::Present),
            },
            Check::LengthAtMost { key, length } => {
                let command = match kind.as_str() {
                    "string" => "STRLEN",
                    "hash" => "HLEN",
                    "set" => "SCARD",
                    "list" => "LLEN",
                    "zset" => "ZCARD",
                    _ => return None,
                };
                match self.ask_about(command, &[key]) {
                    Answer::Int(found) if found.unsigned_abs() > *length => {
                        Some(Found::Length(found.unsigned_abs()))
                    }
                    _ => None,
                }
            }
            // Of versions Redis knows nothing, and no judge is asked about them.
            _ => Some(Found::Absent),
        }
    }

    fn kind(&self, key: &Key) -> String {
        match self.ask_about("TYPE", &[key]) {
            Answer::Status(kind) => kind,
            other => other.to_string(),
        }
    }

    fn other_than(&self, expected: &[u8], answer: Answer) -> Option<Found> {
        match answer {
            Answer::Bulk(found) => (found != expected).then_some(Found::Value(found)),
            _ => Some(Found::Absent),
        }
    }

    /// `None` if it is no set.
    fn has_member(&self, kind: &str, key: &Key, member: &[u8]) -> Option<bool> {
        match kind {
            "set" => Some(self.ask_about("SISMEMBER", &[key, member]) == Answer::Int(1)),
            "zset" => Some(self.ask_about("ZSCORE", &[key, member]) != Answer::Nil),
            _ => None,
        }
    }
}
