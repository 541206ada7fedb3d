//! What is answered instead of the store.

use bytes::Bytes;
use credenza_core::{Command, Page, Reply, SetReply};

/// What an empty store answers to a read, or a write that had nothing to do; `None` if the command has no such answer.
pub(crate) fn instead(command: &Command) -> Option<Reply> {
    Some(match command {
        // Reads: nothing is there.
        Command::Exists(_)
        | Command::StrLen(_)
        | Command::HLen(_)
        | Command::HStrLen(_)
        | Command::SCard(_)
        | Command::SInterCard(_)
        | Command::LLen(_)
        | Command::ZCard(_)
        | Command::ZCount(_)
        | Command::ZLexCount(_) => Reply::Int(0),
        // -2: there is no such key.
        Command::Ttl(_) | Command::ExpireTime(_) => Reply::Int(-2),
        Command::Type(_) => Reply::Kind(None),
        Command::Scan(_) => Reply::KeyPage(empty()),
        Command::Get(_) | Command::HGet(_) | Command::LIndex(_) => Reply::Value(None),
        Command::GetRange(_) => Reply::Value(Some(Bytes::new())),
        Command::MGet(get) => Reply::Values(vec![None; get.keys.len()]),
        Command::HMGet(get) => Reply::Values(vec![None; get.fields.len()]),
        Command::HGetAll(_) | Command::HRandField(_) => Reply::Entries(Vec::new()),
        Command::HExists(_) | Command::SIsMember(_) => Reply::Bool(false),
        Command::HKeys(_) => Reply::Fields(Vec::new()),
        Command::HVals(_) | Command::LRange(_) => Reply::List(Some(Vec::new())),
        Command::HScan(_) => Reply::EntryPage(empty()),
        Command::SMembers(_)
        | Command::SRandMember(_)
        | Command::SInter(_)
        | Command::SUnion(_)
        | Command::SDiff(_) => Reply::Members(Vec::new()),
        Command::SMIsMember(is) => Reply::Bools(vec![false; is.members.len()]),
        Command::SScan(_) => Reply::MemberPage(empty()),
        Command::LPos(_) => Reply::Positions(Vec::new()),
        Command::ZScore(_) => Reply::Score(None),
        Command::ZMScore(score) => Reply::Scores(vec![None; score.members.len()]),
        Command::ZRank(_) | Command::ZRevRank(_) => Reply::Rank(None),
        Command::ZRange(_) | Command::ZUnion(_) | Command::ZInter(_) | Command::ZDiff(_) => {
            Reply::Scored(Vec::new())
        }
        Command::ZScan(_) => Reply::ScoredPage(empty()),
        Command::GetVersioned(_) => Reply::Versioned(None),
        Command::VersionOf(_) => Reply::Version(None),

        // Writes whose answer is no fact that somebody could build on.
        Command::Set(set) if set.condition.is_none() && !set.get => {
            Reply::Set(SetReply { applied: true, previous: None })
        }
        Command::MSet(_) | Command::LTrim(_) => Reply::Done,
        Command::Del(_)
        | Command::HSet(_)
        | Command::HDel(_)
        | Command::SAdd(_)
        | Command::SRem(_)
        | Command::ZAdd(_)
        | Command::ZRem(_) => Reply::Int(0),
        Command::Expire(_) | Command::Persist(_) => Reply::Bool(false),
        // Locks, counters, queues, moves: whoever asks acts on the answer.
        _ => return None,
    })
}

fn empty<T>() -> Box<Page<T>> {
    Box::new(Page { items: Vec::new(), next: None })
}
