//! The command table: one row a command.

use bytes::Bytes;

use super::alias;
use super::info::{Access, CommandInfo, Group, Idempotency, ValueUse, Work};
use super::syntax::{Part, PartMut, Sampler, Syntax, Words};
#[allow(clippy::wildcard_imports, reason = "the table names every command")]
use super::*;
use crate::data::{Key, Value};
use crate::error::{Error, Result};
use crate::reply::Reply;

macro_rules! table {
    ($(
        $name:ident ( $payload:ty ) $wire:literal
        $group:ident $access:ident $idempotency:ident $work:ident $values:ident ;
    )*) => {
        /// Names a command without its arguments.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum CommandId {
            $( #[doc = concat!("`", $wire, "`: [`", stringify!($name), "`](super::", stringify!($name), ").")] $name, )*
        }

        /// A key-value operation with its arguments.
        ///
        /// Exhaustive on purpose: a store that implements everything matches without a wildcard, and the compiler
        /// tells it about a new command. A small store matches what it knows and answers
        /// [`Error::unsupported`] to the rest.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Command {
            $( #[doc = concat!("`", $wire, "`")] $name($payload), )*
        }

        impl CommandId {
            /// All commands, in the order of the table.
            pub const ALL: &'static [CommandId] = &[ $( CommandId::$name, )* ];

            /// The row of the table.
            pub fn info(self) -> &'static CommandInfo {
                match self {
                    $( CommandId::$name => {
                        const INFO: CommandInfo = CommandInfo {
                            id: CommandId::$name,
                            name: $wire,
                            group: Group::$group,
                            access: Access::$access,
                            idempotency: Idempotency::$idempotency,
                            work: Work::$work,
                            values: ValueUse::$values,
                            roles: <super::$name as Syntax>::ROLES,
                        };
                        &INFO
                    } )*
                }
            }

            /// A random command of this name.
            pub fn sample(self, sampler: &mut dyn Sampler) -> Command {
                match self {
                    $( CommandId::$name => <super::$name as Syntax>::sample(sampler).into(), )*
                }
            }

            /// Whether this is a reply of the command's own type ([`Op::Reply`]): what a test of a store asks.
            pub fn fits(self, reply: &Reply) -> bool {
                match self {
                    $( CommandId::$name => <super::$name as Op>::reply(reply.clone()).is_ok(), )*
                }
            }

            pub(super) fn decode(self, words: &mut Words<'_>) -> Result<Command> {
                Ok(match self {
                    $( CommandId::$name => <super::$name as Syntax>::decode(words)?.into(), )*
                })
            }
        }

        impl Command {
            /// Which command it is.
            pub fn id(&self) -> CommandId {
                match self {
                    $( Command::$name(_) => CommandId::$name, )*
                }
            }

            /// The words after the name, in canonical form.
            pub fn encode(&self, out: &mut Vec<Bytes>) {
                match self {
                    $( Command::$name(command) => command.encode(out), )*
                }
            }

            /// Shows every part that has a role.
            pub fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
                match self {
                    $( Command::$name(command) => command.visit(see), )*
                }
            }

            /// Lets every part that has a role be changed.
            pub fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
                match self {
                    $( Command::$name(command) => command.visit_mut(change), )*
                }
            }
        }
    };
}

table! {
    //                                   group    access idempotency    work   values
    Del(Del)               "DEL"         Keys     Write  Idempotent     Small  None;
    Exists(Exists)         "EXISTS"      Keys     Read   Safe           Small  None;
    Expire(Expire)         "PEXPIRE"     Keys     Write  NonIdempotent  Small  None;
    ExpireTime(ExpireTime) "PEXPIRETIME" Keys     Read   Safe           Small  None;
    Persist(Persist)       "PERSIST"     Keys     Write  Idempotent     Small  None;
    Ttl(Ttl)               "PTTL"        Keys     Read   Safe           Small  None;
    Type(Type)             "TYPE"        Keys     Read   Safe           Small  None;
    Rename(Rename)         "RENAME"      Keys     Write  NonIdempotent  Large  None;
    RenameNx(RenameNx)     "RENAMENX"    Keys     Write  NonIdempotent  Large  None;
    Copy(Copy)             "COPY"        Keys     Write  Idempotent     Large  None;
    Scan(Scan)             "SCAN"        Keys     Read   Safe           Large  None;
    Clear(Clear)           "CLEAR"       Keys     Write  Idempotent     Large  None;

    Get(Get)               "GET"         Strings  Read   Safe           Small  Opaque;
    Set(Set)               "SET"         Strings  Write  NonIdempotent  Small  Opaque;
    GetDel(GetDel)         "GETDEL"      Strings  Write  NonIdempotent  Small  Opaque;
    GetEx(GetEx)           "GETEX"       Strings  Write  NonIdempotent  Small  Opaque;
    MGet(MGet)             "MGET"        Strings  Read   Safe           Small  Opaque;
    MSet(MSet)             "MSET"        Strings  Write  Idempotent     Small  Opaque;
    MSetNx(MSetNx)         "MSETNX"      Strings  Write  NonIdempotent  Small  Opaque;
    IncrBy(IncrBy)         "INCRBY"      Strings  Write  NonIdempotent  Small  Numeric;
    IncrByFloat(IncrByFloat) "INCRBYFLOAT" Strings Write NonIdempotent  Small  Numeric;
    Append(Append)         "APPEND"      Strings  Write  NonIdempotent  Small  Substring;
    StrLen(StrLen)         "STRLEN"      Strings  Read   Safe           Small  Substring;
    GetRange(GetRange)     "GETRANGE"    Strings  Read   Safe           Small  Substring;
    SetRange(SetRange)     "SETRANGE"    Strings  Write  Idempotent     Small  Substring;

    HSet(HSet)             "HSET"        Hashes   Write  Idempotent     Small  Opaque;
    HSetNx(Box<HSetNx>)         "HSETNX"      Hashes   Write  NonIdempotent  Small  Opaque;
    HGet(HGet)             "HGET"        Hashes   Read   Safe           Small  Opaque;
    HMGet(HMGet)           "HMGET"       Hashes   Read   Safe           Small  Opaque;
    HGetAll(HGetAll)       "HGETALL"     Hashes   Read   Safe           Large  Opaque;
    HDel(HDel)             "HDEL"        Hashes   Write  Idempotent     Small  None;
    HExists(HExists)       "HEXISTS"     Hashes   Read   Safe           Small  None;
    HKeys(HKeys)           "HKEYS"       Hashes   Read   Safe           Large  None;
    HVals(HVals)           "HVALS"       Hashes   Read   Safe           Large  Opaque;
    HLen(HLen)             "HLEN"        Hashes   Read   Safe           Small  None;
    HStrLen(HStrLen)       "HSTRLEN"     Hashes   Read   Safe           Small  Substring;
    HIncrBy(HIncrBy)       "HINCRBY"     Hashes   Write  NonIdempotent  Small  Numeric;
    HIncrByFloat(HIncrByFloat) "HINCRBYFLOAT" Hashes Write NonIdempotent Small Numeric;
    HRandField(HRandField) "HRANDFIELD"  Hashes   Read   Safe           Large  Opaque;
    HScan(Box<HScan>)           "HSCAN"       Hashes   Read   Safe           Large  Opaque;

    SAdd(SAdd)             "SADD"        Sets     Write  Idempotent     Small  None;
    SRem(SRem)             "SREM"        Sets     Write  Idempotent     Small  None;
    SMembers(SMembers)     "SMEMBERS"    Sets     Read   Safe           Large  None;
    SIsMember(SIsMember)   "SISMEMBER"   Sets     Read   Safe           Small  None;
    SMIsMember(SMIsMember) "SMISMEMBER"  Sets     Read   Safe           Small  None;
    SCard(SCard)           "SCARD"       Sets     Read   Safe           Small  None;
    SPop(SPop)             "SPOP"        Sets     Write  NonIdempotent  Large  None;
    SRandMember(SRandMember) "SRANDMEMBER" Sets   Read   Safe           Large  None;
    SMove(Box<SMove>)         "SMOVE"       Sets     Write  NonIdempotent  Small  None;
    SInter(SInter)         "SINTER"      Sets     Read   Safe           Large  None;
    SInterCard(SInterCard) "SINTERCARD"  Sets     Read   Safe           Large  None;
    SUnion(SUnion)         "SUNION"      Sets     Read   Safe           Large  None;
    SDiff(SDiff)           "SDIFF"       Sets     Read   Safe           Large  None;
    SInterStore(SInterStore) "SINTERSTORE" Sets   Write  NonIdempotent  Large  None;
    SUnionStore(SUnionStore) "SUNIONSTORE" Sets   Write  NonIdempotent  Large  None;
    SDiffStore(SDiffStore) "SDIFFSTORE"  Sets     Write  NonIdempotent  Large  None;
    SScan(Box<SScan>)           "SSCAN"       Sets     Read   Safe           Large  None;

    LPush(LPush)           "LPUSH"       Lists    Write  NonIdempotent  Small  Opaque;
    RPush(RPush)           "RPUSH"       Lists    Write  NonIdempotent  Small  Opaque;
    LPushX(LPushX)         "LPUSHX"      Lists    Write  NonIdempotent  Small  Opaque;
    RPushX(RPushX)         "RPUSHX"      Lists    Write  NonIdempotent  Small  Opaque;
    LPop(LPop)             "LPOP"        Lists    Write  NonIdempotent  Large  Opaque;
    RPop(RPop)             "RPOP"        Lists    Write  NonIdempotent  Large  Opaque;
    LRange(LRange)         "LRANGE"      Lists    Read   Safe           Large  Opaque;
    LLen(LLen)             "LLEN"        Lists    Read   Safe           Small  None;
    LTrim(LTrim)           "LTRIM"       Lists    Write  NonIdempotent  Large  None;
    LIndex(LIndex)         "LINDEX"      Lists    Read   Safe           Large  Opaque;
    LSet(LSet)             "LSET"        Lists    Write  Idempotent     Large  Opaque;
    LRem(LRem)             "LREM"        Lists    Write  NonIdempotent  Large  Compared;
    LInsert(Box<LInsert>)  "LINSERT"     Lists    Write  NonIdempotent  Large  Compared;
    LPos(Box<LPos>)        "LPOS"        Lists    Read   Safe           Large  Compared;
    LMove(LMove)           "LMOVE"       Lists    Write  NonIdempotent  Small  Opaque;

    ZAdd(ZAdd)             "ZADD"        SortedSets Write Idempotent    Small  None;
    ZAddIncr(Box<ZAddIncr>) "ZADDINCR"   SortedSets Write NonIdempotent Small  None;
    ZRem(ZRem)             "ZREM"        SortedSets Write Idempotent    Small  None;
    ZScore(ZScore)         "ZSCORE"      SortedSets Read  Safe          Small  None;
    ZMScore(ZMScore)       "ZMSCORE"     SortedSets Read  Safe          Small  None;
    ZIncrBy(ZIncrBy)       "ZINCRBY"     SortedSets Write NonIdempotent Small  None;
    ZCard(ZCard)           "ZCARD"       SortedSets Read  Safe          Small  None;
    ZCount(ZCount)         "ZCOUNT"      SortedSets Read  Safe          Large  None;
    ZLexCount(Box<ZLexCount>) "ZLEXCOUNT" SortedSets Read Safe          Large  None;
    ZRank(ZRank)           "ZRANK"       SortedSets Read  Safe          Large  None;
    ZRevRank(ZRevRank)     "ZREVRANK"    SortedSets Read  Safe          Large  None;
    ZRange(Box<ZRange>)    "ZRANGE"      SortedSets Read  Safe          Large  None;
    ZRangeStore(Box<ZRangeStore>) "ZRANGESTORE" SortedSets Write NonIdempotent Large None;
    ZPopMin(ZPopMin)       "ZPOPMIN"     SortedSets Write NonIdempotent Large  None;
    ZPopMax(ZPopMax)       "ZPOPMAX"     SortedSets Write NonIdempotent Large  None;
    ZRemRangeByRank(ZRemRangeByRank) "ZREMRANGEBYRANK" SortedSets Write NonIdempotent Large None;
    ZRemRangeByScore(ZRemRangeByScore) "ZREMRANGEBYSCORE" SortedSets Write Idempotent Large None;
    ZRemRangeByLex(Box<ZRemRangeByLex>) "ZREMRANGEBYLEX" SortedSets Write Idempotent Large None;
    ZUnion(Box<ZUnion>)    "ZUNION"      SortedSets Read  Safe          Large  None;
    ZInter(Box<ZInter>)    "ZINTER"      SortedSets Read  Safe          Large  None;
    ZDiff(ZDiff)           "ZDIFF"       SortedSets Read  Safe          Large  None;
    ZUnionStore(Box<ZUnionStore>) "ZUNIONSTORE" SortedSets Write NonIdempotent Large None;
    ZInterStore(Box<ZInterStore>) "ZINTERSTORE" SortedSets Write NonIdempotent Large None;
    ZDiffStore(ZDiffStore) "ZDIFFSTORE"  SortedSets Write NonIdempotent Large  None;
    ZScan(Box<ZScan>)           "ZSCAN"       SortedSets Read  Safe          Large  None;

    GetVersioned(GetVersioned) "GETVERSIONED" Extensions Read Safe      Small  Opaque;
    VersionOf(VersionOf)   "VERSIONOF"   Extensions Read  Safe          Small  None;
    SetIfEqual(Box<SetIfEqual>) "SETIFEQUAL" Extensions Write NonIdempotent Small Compared;
    DelIfEqual(DelIfEqual) "DELIFEQUAL"  Extensions Write NonIdempotent Small  Compared;
    IncrBounded(IncrBounded) "INCRBOUNDED" Extensions Write NonIdempotent Small Numeric;
}

impl CommandId {
    /// The command of that canonical name, in any case.
    pub fn from_name(name: &[u8]) -> Option<CommandId> {
        CommandId::ALL.iter().copied().find(|id| name.eq_ignore_ascii_case(id.info().name.as_bytes()))
    }
}

impl Command {
    /// The row of the table.
    pub fn info(&self) -> &'static CommandInfo {
        self.id().info()
    }

    /// Reads a command from its words, the name first; knows the other names Redis has for some of them
    /// (`EXPIRE`, `TTL`, `INCR`, …).
    ///
    /// ```
    /// use credenza_core::{Command, command::Set};
    ///
    /// let words = ["SET", "greeting", "hello", "EX", "60"].map(|word| word.into());
    /// let command = Command::parse(&words)?;
    /// assert_eq!(command, Set::new("greeting", "hello").expire_in(std::time::Duration::from_secs(60)).into());
    /// # Ok::<(), credenza_core::Error>(())
    /// ```
    pub fn parse(words: &[Bytes]) -> Result<Command> {
        let (name, rest) = words.split_first().ok_or_else(|| Error::invalid("no command"))?;
        let mut rest = Words::new(rest);
        if let Some(command) = alias::decode(name, &mut rest)? {
            return Ok(command);
        }
        let id = CommandId::from_name(name)
            .ok_or_else(|| Error::new(crate::ErrorKind::Unsupported, "unknown command"))?;
        id.decode(&mut rest).map_err(|error| error.during(id.info().name))
    }

    /// The words of the command, the name first: what [`Command::parse`] reads back, and what Redis reads if it has
    /// the command.
    pub fn words(&self) -> Vec<Bytes> {
        if let Some(words) = alias::encode(self) {
            return words;
        }
        let mut words = vec![Bytes::from_static(self.info().name.as_bytes())];
        self.encode(&mut words);
        words
    }

    /// The keys of the command, in order.
    pub fn keys(&self) -> Vec<&Key> {
        let mut keys = Vec::new();
        self.visit(&mut |part| {
            if let Part::Key(key) = part {
                keys.push(key);
            }
        });
        keys
    }

    /// Replaces every key.
    pub fn map_keys(&mut self, change: &mut dyn FnMut(&Key) -> Result<Key>) -> Result<()> {
        self.visit_mut(&mut |part| {
            if let PartMut::Key(key) = part {
                *key = change(key)?;
            }
            Ok(())
        })
    }

    /// Replaces every value. Look at [`CommandInfo::values`] first: a command that computes with values, or
    /// compares them, may not survive.
    pub fn map_values(&mut self, change: &mut dyn FnMut(&Value) -> Result<Value>) -> Result<()> {
        self.visit_mut(&mut |part| {
            if let PartMut::Value(value) = part {
                *value = change(value)?;
            }
            Ok(())
        })
    }
}

const _: () = assert!(CommandId::ALL.len() <= 128, "a `CommandSet` has a bit for each command");
const _: () = assert!(size_of::<Command>() <= 96, "a command is moved through every layer of a stack");
