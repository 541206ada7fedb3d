//! Which commands are honoured.

use credenza_core::{CommandId, CommandSet};

use crate::config::Members;

/// The commands that are honoured.
pub(crate) fn honoured(members: Members) -> CommandSet {
    CommandId::ALL.iter().copied().filter(|id| is_honoured(*id, members)).collect()
}

/// Whether a command can be honoured. What is not listed is not: a new command is thought about first.
fn is_honoured(id: CommandId, members: Members) -> bool {
    use CommandId::*;
    match id {
        // Keys are readable, and so are the fields of hashes.
        Del | Exists | Expire | ExpireTime | Persist | Ttl | Type | Scan | Clear | VersionOf => true,
        HDel | HExists | HKeys | HLen | LLen | LTrim => true,
        // Values as a whole, where they stand.
        Get | Set | GetDel | GetEx | GetVersioned | MGet | MSet | MSetNx => true,
        HSet | HSetNx | HGet | HMGet | HGetAll | HVals | HRandField | HScan => true,
        LPush | RPush | LPushX | RPushX | LPop | RPop | LRange | LIndex | LSet => true,
        // They carry members and numbers, and no values.
        SAdd | SRem | SMembers | SIsMember | SMIsMember | SCard | SPop | SRandMember | SMove | SInter
        | SInterCard | SUnion | SDiff | SInterStore | SUnionStore | SDiffStore | SScan | ZAdd | ZAddIncr
        | ZRem | ZScore | ZMScore | ZIncrBy | ZCard | ZCount | ZRank | ZRevRank | ZRange | ZRangeStore
        | ZPopMin | ZPopMax | ZRemRangeByRank | ZRemRangeByScore | ZUnion | ZInter | ZDiff | ZUnionStore
        | ZInterStore | ZDiffStore | ZScan => members != Members::Refused,
        // They compare members.
        ZLexCount | ZRemRangeByLex => members == Members::Readable,
        // They move values to another key, to which they are not bound.
        Rename | RenameNx | Copy | LMove => false,
        // They look into values, compare them or compute with them.
        _ => false,
    }
}
