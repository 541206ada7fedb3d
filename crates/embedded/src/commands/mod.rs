//! One method a command, in one file a group.

mod checks;
mod extensions;
mod hashes;
mod keys;
mod lists;
mod scans;
mod set_algebra;
mod sets;
mod sorted_sets;
mod strings;
mod zset_algebra;

use credenza_core::{Command, Reply, Result};

use crate::keyspace::Keyspace;
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    /// The one match over all commands: the compiler says here what a new command lacks.
    pub(crate) fn dispatch(&mut self, command: Command) -> Result<Reply> {
        match command {
            Command::Del(c) => self.del(c),
            Command::Exists(c) => self.exists(c),
            Command::Expire(c) => self.expire(c),
            Command::ExpireTime(c) => self.expiretime(c),
            Command::Persist(c) => self.persist(c),
            Command::Ttl(c) => self.ttl(c),
            Command::Type(c) => self.kind_of(c),
            Command::Rename(c) => self.rename(c),
            Command::RenameNx(c) => self.renamenx(c),
            Command::Copy(c) => self.copy(c),
            Command::Scan(c) => self.scan(c),
            Command::Clear(c) => self.clear(c),
            Command::Get(c) => self.get(c),
            Command::Set(c) => self.set(c),
            Command::GetDel(c) => self.getdel(c),
            Command::GetEx(c) => self.getex(c),
            Command::MGet(c) => self.mget(c),
            Command::MSet(c) => self.mset(c),
            Command::MSetNx(c) => self.msetnx(c),
            Command::IncrBy(c) => self.incrby(c),
            Command::IncrByFloat(c) => self.incrbyfloat(c),
            Command::Append(c) => self.append(c),
            Command::StrLen(c) => self.strlen(c),
            Command::GetRange(c) => self.getrange(c),
            Command::SetRange(c) => self.setrange(c),
            Command::HSet(c) => self.hset(c),
            Command::HSetNx(c) => self.hsetnx(*c),
            Command::HGet(c) => self.hget(c),
            Command::HMGet(c) => self.hmget(c),
            Command::HGetAll(c) => self.hgetall(c),
            Command::HDel(c) => self.hdel(c),
            Command::HExists(c) => self.hexists(c),
            Command::HKeys(c) => self.hkeys(c),
            Command::HVals(c) => self.hvals(c),
            Command::HLen(c) => self.hlen(c),
            Command::HStrLen(c) => self.hstrlen(c),
            Command::HIncrBy(c) => self.hincrby(c),
            Command::HIncrByFloat(c) => self.hincrbyfloat(c),
            Command::HRandField(c) => self.hrandfield(c),
            Command::HScan(c) => self.hscan(*c),
            Command::SAdd(c) => self.sadd(c),
            Command::SRem(c) => self.srem(c),
            Command::SMembers(c) => self.smembers(c),
            Command::SIsMember(c) => self.sismember(c),
            Command::SMIsMember(c) => self.smismember(c),
            Command::SCard(c) => self.scard(c),
            Command::SPop(c) => self.spop(c),
            Command::SRandMember(c) => self.srandmember(c),
            Command::SMove(c) => self.smove(*c),
            Command::SInter(c) => self.sinter(c),
            Command::SInterCard(c) => self.sintercard(c),
            Command::SUnion(c) => self.sunion(c),
            Command::SDiff(c) => self.sdiff(c),
            Command::SInterStore(c) => self.sinterstore(c),
            Command::SUnionStore(c) => self.sunionstore(c),
            Command::SDiffStore(c) => self.sdiffstore(c),
            Command::SScan(c) => self.sscan(*c),
            Command::LPush(c) => self.lpush(c),
            Command::RPush(c) => self.rpush(c),
            Command::LPushX(c) => self.lpushx(c),
            Command::RPushX(c) => self.rpushx(c),
            Command::LPop(c) => self.lpop(c),
            Command::RPop(c) => self.rpop(c),
            Command::LRange(c) => self.lrange(c),
            Command::LLen(c) => self.llen(c),
            Command::LTrim(c) => self.ltrim(c),
            Command::LIndex(c) => self.lindex(c),
            Command::LSet(c) => self.lset(c),
            Command::LRem(c) => self.lrem(c),
            Command::LInsert(c) => self.linsert(*c),
            Command::LPos(c) => self.lpos(*c),
            Command::LMove(c) => self.lmove(c),
            Command::ZAdd(c) => self.zadd(c),
            Command::ZAddIncr(c) => self.zaddincr(*c),
            Command::ZRem(c) => self.zrem(c),
            Command::ZScore(c) => self.zscore(c),
            Command::ZMScore(c) => self.zmscore(c),
            Command::ZIncrBy(c) => self.zincrby(c),
            Command::ZCard(c) => self.zcard(c),
            Command::ZCount(c) => self.zcount(c),
            Command::ZLexCount(c) => self.zlexcount(*c),
            Command::ZRank(c) => self.zrank(c),
            Command::ZRevRank(c) => self.zrevrank(c),
            Command::ZRange(c) => self.zrange(*c),
            Command::ZRangeStore(c) => self.zrangestore(*c),
            Command::ZPopMin(c) => self.zpopmin(c),
            Command::ZPopMax(c) => self.zpopmax(c),
            Command::ZRemRangeByRank(c) => self.zremrangebyrank(c),
            Command::ZRemRangeByScore(c) => self.zremrangebyscore(c),
            Command::ZRemRangeByLex(c) => self.zremrangebylex(*c),
            Command::ZUnion(c) => self.zunion(*c),
            Command::ZInter(c) => self.zinter(*c),
            Command::ZDiff(c) => self.zdiff(c),
            Command::ZUnionStore(c) => self.zunionstore(*c),
            Command::ZInterStore(c) => self.zinterstore(*c),
            Command::ZDiffStore(c) => self.zdiffstore(c),
            Command::ZScan(c) => self.zscan(*c),
            Command::GetVersioned(c) => self.getversioned(c),
            Command::VersionOf(c) => self.versionof(c),
            Command::SetIfEqual(c) => self.setifequal(*c),
            Command::DelIfEqual(c) => self.delifequal(c),
            Command::IncrBounded(c) => self.incrbounded(c),
        }
    }
}

/// A count as a reply.
fn length(count: u64) -> Reply {
    Reply::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
