//! What a server promises to keep, as far as it says.

use credenza_core::{Consistency, Durability};

use crate::wire::Frame;

/// What is declared of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) durability: Durability,
    pub(crate) consistency: Consistency,
}

/// What asks for it.
pub(crate) const QUESTIONS: [&[&str]; 4] = [
    &["CONFIG", "GET", "appendonly"],
    &["CONFIG", "GET", "appendfsync"],
    &["CONFIG", "GET", "no-appendfsync-on-rewrite"],
    &["INFO", "replication"],
];

impl Promise {
    /// What is declared where nothing is known.
    pub(crate) const UNKNOWN: Promise =
        Promise { durability: Durability::Unknown, consistency: Consistency::Unknown };

    /// Reads the answers to [`QUESTIONS`]; any of them may be a refusal. `fails_over`: whether another server may take
    /// the place of this one, without the last writes.
    pub(crate) fn read(answers: &[Frame], fails_over: bool) -> Promise {
        let [appends, syncs, pauses, replication] = answers else { return Promise::UNKNOWN };
        // A replica takes over without what did not reach it: replication does not wait for it.
        let durability = match (setting(appends), setting(syncs), setting(pauses)) {
            _ if fails_over => Durability::Unknown,
            (Some("no"), ..) => Durability::None,
            (Some("yes"), Some("always"), Some("no")) => Durability::PowerLoss,
            // The file is written before the answer, and synced later or never.
            (Some("yes"), Some("always" | "no"), _) => Durability::ProcessCrash,
            // While a sync is slow, what was answered waits in memory for up to two seconds to be written.
            (Some("yes"), Some("everysec"), _) => Durability::None,
            _ => Durability::Unknown,
        };
        let consistency = match role(replication) {
            Some("slave") => Consistency::ReplicaLag,
            Some("master") if !fails_over => Consistency::Linearizable,
            _ => Consistency::Unknown,
        };
        Promise { durability, consistency }
    }

    /// What holds of both.
    pub(crate) fn weaker(self, other: Promise) -> Promise {
        Promise {
            durability: self.durability.min(other.durability),
            consistency: self.consistency.min(other.consistency),
        }
    }
}

/// The value in the reply to `CONFIG GET`.
fn setting(frame: &Frame) -> Option<&str> {
    match frame {
        Frame::Array(pair) => match &pair[..] {
            [_, Frame::Bulk(value)] => std::str::from_utf8(value).ok(),
            _ => None,
        },
        _ => None,
    }
}

fn role(frame: &Frame) -> Option<&str> {
    let Frame::Bulk(text) = frame else { return None };
    let text = std::str::from_utf8(text).ok()?;
    text.lines().find_map(|line| line.strip_prefix("role:")).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Frame {
        Frame::Bulk(text.to_owned().into())
    }

    fn read(
        appends: &str,
        syncs: &str,
        pauses: &str,
        role: &str,
        fails_over: bool,
    ) -> (Durability, Consistency) {
        let setting = |value: &str| Frame::Array(vec![bulk("name"), bulk(value)]);
        let replication = bulk(&format!("# Replication\r\nrole:{role}\r\nconnected_slaves:0\r\n"));
        let answers = [setting(appends), setting(syncs), setting(pauses), replication];
        let Promise { durability, consistency } = Promise::read(&answers, fails_over);
        (durability, consistency)
    }

    #[test]
    fn promises_are_those_of_the_settings() {
        let linearizable = Consistency::Linearizable;
        assert_eq!(read("no", "everysec", "no", "master", false), (Durability::None, linearizable));
        assert_eq!(read("yes", "everysec", "no", "master", false), (Durability::None, linearizable));
        assert_eq!(read("yes", "no", "no", "master", false), (Durability::ProcessCrash, linearizable));
        assert_eq!(read("yes", "always", "no", "master", false), (Durability::PowerLoss, linearizable));
        assert_eq!(read("yes", "always", "yes", "master", false), (Durability::ProcessCrash, linearizable));
        let lags = (Durability::PowerLoss, Consistency::ReplicaLag);
        assert_eq!(read("yes", "always", "no", "slave", false), lags);
        let unknown = (Durability::Unknown, Consistency::Unknown);
        assert_eq!(read("yes", "always", "no", "master", true), unknown);
    }

    #[test]
    fn what_is_refused_is_unknown() {
        let refused = || Frame::Error("NOPERM".into());
        let answers = [refused(), refused(), refused(), refused()];
        assert_eq!(Promise::read(&answers, false), Promise::UNKNOWN);
        assert_eq!(Promise::read(&[], false), Promise::UNKNOWN);
    }

    #[test]
    fn of_several_the_weakest_counts() {
        let strong = Promise { durability: Durability::PowerLoss, consistency: Consistency::Linearizable };
        let weak = Promise { durability: Durability::None, consistency: Consistency::ReplicaLag };
        assert_eq!(strong.weaker(weak), weak);
    }
}
