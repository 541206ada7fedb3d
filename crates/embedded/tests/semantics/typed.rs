//! Every reply is of the type that its command declares.

use credenza_core::command as op;
use credenza_core::{Command, CommandId, Op, Reply};

use crate::common::{Dice, Runner, START, show};

macro_rules! typed {
    ($($name:ident)*) => {
        fn fits(id: CommandId, reply: Reply) -> bool {
            match id {
                $( CommandId::$name => <op::$name as Op>::reply(reply).is_ok(), )*
            }
        }
    };
}

typed! {
    Del Exists Expire ExpireTime Persist Ttl Type Rename RenameNx Copy Scan Clear
    Get Set GetDel GetEx MGet MSet MSetNx IncrBy IncrByFloat Append StrLen GetRange SetRange
    HSet HSetNx HGet HMGet HGetAll HDel HExists HKeys HVals HLen HStrLen HIncrBy HIncrByFloat HRandField HScan
    SAdd SRem SMembers SIsMember SMIsMember SCard SPop SRandMember SMove SInter SInterCard SUnion SDiff SInterStore
    SUnionStore SDiffStore SScan
    LPush RPush LPushX RPushX LPop RPop LRange LLen LTrim LIndex LSet LRem LInsert LPos LMove
    ZAdd ZAddIncr ZRem ZScore ZMScore ZIncrBy ZCard ZCount ZLexCount ZRank ZRevRank ZRange ZRangeStore ZPopMin ZPopMax
    ZRemRangeByRank ZRemRangeByScore ZRemRangeByLex ZUnion ZInter ZDiff ZUnionStore ZInterStore ZDiffStore ZScan
    GetVersioned VersionOf SetIfEqual DelIfEqual IncrBounded
}

#[test]
fn replies_have_the_type_of_their_command() {
    let mut dice = Dice::new(3);
    let mut runner = Runner::new();
    let mut answered = std::collections::HashSet::new();
    for _ in 0..20_000 {
        let command: Command = dice.command(CommandId::ALL, START);
        let id = command.id();
        if let Ok(reply) = runner.run(command.clone()) {
            assert!(fits(id, reply.clone()), "{} answered {reply:?}", show(&command));
            answered.insert(id);
        }
    }
    let silent: Vec<_> = CommandId::ALL.iter().filter(|id| !answered.contains(id)).collect();
    assert!(silent.is_empty(), "these never succeeded: {silent:?}");
}
