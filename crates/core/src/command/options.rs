//! The options and bounds that commands share.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use super::syntax::{Arg, Opt, Part, PartMut, Role, Sampler, Take, Words, take_self};
use crate::data::{Key, Member};
use crate::error::{Error, Result};
use crate::semantics::number::{format_f64, parse_bound, parse_f64, parse_i64};

/// When a key expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// So many milliseconds from now. Not positive: at once.
    In(i64),
    /// At that many milliseconds since the Unix epoch. In the past: at once.
    At(i64),
}

/// What a write does to the time to live of the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SetExpiry {
    /// Removes it: the key lives for ever.
    #[default]
    Clear,
    /// Keeps it (`KEEPTTL`).
    Keep,
    /// So many milliseconds from now, at least one.
    In(i64),
    /// At that many milliseconds since the Unix epoch, at least one. In the past: the key expires at once.
    At(i64),
}

/// What `GETEX` does to the time to live of the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GetExpiry {
    /// Nothing.
    #[default]
    Keep,
    /// Removes it (`PERSIST`).
    Clear,
    /// So many milliseconds from now, at least one.
    In(i64),
    /// At that many milliseconds since the Unix epoch, at least one. In the past: the key is deleted.
    At(i64),
}

pub(super) fn millis(duration: Duration) -> i64 {
    // A part of a millisecond counts as a whole one: a positive time to live never becomes zero.
    let part = i64::from(duration.subsec_nanos().div_ceil(1_000_000));
    let whole = i64::try_from(duration.as_secs()).ok().and_then(|seconds| seconds.checked_mul(1_000));
    whole.and_then(|whole| whole.checked_add(part)).unwrap_or(i64::MAX)
}

fn epoch_millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

macro_rules! from_time {
    ($($name:ident),*) => { $(
        impl From<Duration> for $name {
            /// So long from now, rounded up to a millisecond.
            fn from(duration: Duration) -> $name {
                $name::In(millis(duration))
            }
        }

        impl From<SystemTime> for $name {
            /// At that time.
            fn from(time: SystemTime) -> $name {
                $name::At(epoch_millis(time))
            }
        }
    )* };
}

from_time!(Expiry, SetExpiry, GetExpiry);
impl<T: Into<Expiry>> Take<Expiry> for T {
    fn take(self) -> Expiry {
        self.into()
    }
}

/// Reads `EX 1`, `PX 1000`, `EXAT …`, `PXAT …`: `Some(Ok(ms from now))`, `Some(Err(ms since the epoch))`.
fn time_option(words: &mut Words<'_>) -> Result<Option<std::result::Result<i64, i64>>> {
    for (keyword, unit, absolute) in
        [("EX", 1000, false), ("PX", 1, false), ("EXAT", 1000, true), ("PXAT", 1, true)]
    {
        if words.take(keyword) {
            let time = i64::decode(words)?
                .checked_mul(unit)
                .filter(|time| *time > 0)
                .ok_or_else(|| Error::invalid("invalid expire time"))?;
            return Ok(Some(if absolute { Err(time) } else { Ok(time) }));
        }
    }
    Ok(None)
}

fn encode_time(keyword: &'static str, time: i64, out: &mut Vec<Bytes>) {
    out.push(Bytes::from_static(keyword.as_bytes()));
    time.encode(out);
}

fn only_once<T: PartialEq + Default>(slot: &mut T, value: T) -> Result<bool> {
    if *slot != T::default() {
        return Err(Error::invalid("options contradict each other"));
    }
    *slot = value;
    Ok(true)
}

impl Opt for SetExpiry {
    fn encode(&self, _: &'static str, out: &mut Vec<Bytes>) {
        match *self {
            SetExpiry::Clear => {}
            SetExpiry::Keep => out.push(Bytes::from_static(b"KEEPTTL")),
            SetExpiry::In(ms) => encode_time("PX", ms, out),
            SetExpiry::At(ms) => encode_time("PXAT", ms, out),
        }
    }
    fn accept(&mut self, _: &'static str, words: &mut Words<'_>) -> Result<bool> {
        if words.take("KEEPTTL") {
            return only_once(self, SetExpiry::Keep);
        }
        match time_option(words)? {
            Some(Ok(ms)) => only_once(self, SetExpiry::In(ms)),
            Some(Err(ms)) => only_once(self, SetExpiry::At(ms)),
            None => Ok(false),
        }
    }
    fn sample(sampler: &mut dyn Sampler) -> SetExpiry {
        match sampler.below(6) {
            0 => SetExpiry::Keep,
            1 => SetExpiry::In(sampler.ttl()),
            2 => SetExpiry::At(sampler.time()),
            _ => SetExpiry::Clear,
        }
    }
}

impl Opt for GetExpiry {
    fn encode(&self, _: &'static str, out: &mut Vec<Bytes>) {
        match *self {
            GetExpiry::Keep => {}
            GetExpiry::Clear => out.push(Bytes::from_static(b"PERSIST")),
            GetExpiry::In(ms) => encode_time("PX", ms, out),
            GetExpiry::At(ms) => encode_time("PXAT", ms, out),
        }
    }
    fn accept(&mut self, _: &'static str, words: &mut Words<'_>) -> Result<bool> {
        if words.take("PERSIST") {
            return only_once(self, GetExpiry::Clear);
        }
        match time_option(words)? {
            Some(Ok(ms)) => only_once(self, GetExpiry::In(ms)),
            Some(Err(ms)) => only_once(self, GetExpiry::At(ms)),
            None => Ok(false),
        }
    }
    fn sample(sampler: &mut dyn Sampler) -> GetExpiry {
        match sampler.below(4) {
            0 => GetExpiry::Keep,
            1 => GetExpiry::Clear,
            2 => GetExpiry::In(sampler.ttl()),
            _ => GetExpiry::At(sampler.time()),
        }
    }
}

/// Declares an enum whose variants are single keywords.
macro_rules! keywords {
    ($(#[$meta:meta])* $name:ident { $( $(#[$vmeta:meta])* $variant:ident $word:literal ),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$vmeta])* $variant, )*
        }

        impl $name {
            const WORDS: &'static [(&'static str, $name)] = &[ $( ($word, $name::$variant), )* ];

            fn word(self) -> Bytes {
                match self {
                    $( $name::$variant => Bytes::from_static($word.as_bytes()), )*
                }
            }
        }
    };
}

keywords! {
    /// What must be true of the key for a write to happen.
    Condition {
        /// It does not exist (`NX`).
        Absent "NX",
        /// It exists (`XX`).
        Present "XX",
    }
}

keywords! {
    /// An end of a list.
    End {
        /// The head, index 0.
        Left "LEFT",
        /// The tail, index −1.
        Right "RIGHT",
    }
}

keywords! {
    /// A side of an element.
    Side {
        /// Nearer to the head.
        Before "BEFORE",
        /// Nearer to the tail.
        After "AFTER",
    }
}

keywords! {
    /// How the scores of a member that is in several sorted sets become one.
    Aggregate {
        /// Their sum; infinities that cancel out give 0.
        Sum "SUM",
        /// The least.
        Min "MIN",
        /// The greatest.
        Max "MAX",
    }
}

macro_rules! keyword_arg {
    ($($name:ident),*) => { $(
        take_self!($name);
        impl Arg for $name {
            fn encode(&self, out: &mut Vec<Bytes>) {
                out.push(self.word());
            }
            fn decode(words: &mut Words<'_>) -> Result<$name> {
                let found = $name::WORDS.iter().find(|(word, _)| words.take(word));
                found.map(|(_, value)| *value).ok_or_else(|| Error::invalid("syntax error"))
            }
            fn sample(sampler: &mut dyn Sampler) -> $name {
                $name::WORDS[sampler.below($name::WORDS.len())].1
            }
        }
    )* };
}

keyword_arg!(End, Side, Aggregate);

impl Opt for Option<Condition> {
    fn encode(&self, _: &'static str, out: &mut Vec<Bytes>) {
        out.extend(self.map(Condition::word));
    }
    fn accept(&mut self, _: &'static str, words: &mut Words<'_>) -> Result<bool> {
        match Condition::WORDS.iter().find(|(word, _)| words.take(word)) {
            Some((_, condition)) if self.is_none_or(|set| set == *condition) => {
                *self = Some(*condition);
                Ok(true)
            }
            Some(_) => Err(Error::invalid("options contradict each other")),
            None => Ok(false),
        }
    }
    fn sample(sampler: &mut dyn Sampler) -> Option<Condition> {
        [None, None, Some(Condition::Absent), Some(Condition::Present)][sampler.below(4)]
    }
}

/// Several keys, preceded by their number on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyList(pub Vec<Key>);

impl<I: IntoIterator<Item = T>, T: Into<Key>> Take<KeyList> for I {
    fn take(self) -> KeyList {
        KeyList(self.into_iter().map(Into::into).collect())
    }
}

impl Arg for KeyList {
    const ROLE: Role = Role::Key;
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(Bytes::from(self.0.len().to_string()));
        self.0.encode(out);
    }
    fn decode(words: &mut Words<'_>) -> Result<KeyList> {
        let count = i64::decode(words)?;
        match usize::try_from(count) {
            Ok(0) | Err(_) => Err(Error::invalid("at least 1 input key is needed")),
            Ok(count) if count > words.left() => Err(Error::invalid("syntax error")),
            Ok(count) => (0..count).map(|_| Key::decode(words)).collect::<Result<_>>().map(KeyList),
        }
    }
    fn sample(sampler: &mut dyn Sampler) -> KeyList {
        KeyList((0..=sampler.below(3)).map(|_| sampler.key()).collect())
    }
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        self.0.visit(see);
    }
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        self.0.visit_mut(change)
    }
}

/// One end of a range of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScoreBound {
    /// This score and beyond.
    Inclusive(f64),
    /// Beyond this score.
    Exclusive(f64),
}

impl ScoreBound {
    /// The score of the bound.
    pub fn score(self) -> f64 {
        match self {
            ScoreBound::Inclusive(score) | ScoreBound::Exclusive(score) => score,
        }
    }
}

/// A range of scores. Empty when the least is greater than the greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    /// The least.
    pub min: ScoreBound,
    /// The greatest.
    pub max: ScoreBound,
}

impl ScoreRange {
    /// All scores.
    pub const ALL: ScoreRange = ScoreRange {
        min: ScoreBound::Inclusive(f64::NEG_INFINITY),
        max: ScoreBound::Inclusive(f64::INFINITY),
    };

    /// Whether `score` is above or at the least.
    pub fn reaches(&self, score: f64) -> bool {
        match self.min {
            ScoreBound::Inclusive(min) => score >= min,
            ScoreBound::Exclusive(min) => score > min,
        }
    }

    /// Whether `score` is beyond the greatest.
    pub fn exceeds(&self, score: f64) -> bool {
        match self.max {
            ScoreBound::Inclusive(max) => score > max,
            ScoreBound::Exclusive(max) => score >= max,
        }
    }

    /// Whether `score` is in the range.
    pub fn contains(&self, score: f64) -> bool {
        self.reaches(score) && !self.exceeds(score)
    }
}

impl From<std::ops::RangeInclusive<f64>> for ScoreRange {
    fn from(range: std::ops::RangeInclusive<f64>) -> ScoreRange {
        ScoreRange { min: ScoreBound::Inclusive(*range.start()), max: ScoreBound::Inclusive(*range.end()) }
    }
}

impl From<std::ops::RangeFrom<f64>> for ScoreRange {
    fn from(range: std::ops::RangeFrom<f64>) -> ScoreRange {
        ScoreRange { min: ScoreBound::Inclusive(range.start), max: ScoreBound::Inclusive(f64::INFINITY) }
    }
}

impl From<std::ops::RangeFull> for ScoreRange {
    fn from(_: std::ops::RangeFull) -> ScoreRange {
        ScoreRange::ALL
    }
}

impl<T: Into<ScoreRange>> Take<ScoreRange> for T {
    fn take(self) -> ScoreRange {
        self.into()
    }
}

impl Arg for ScoreBound {
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(match self {
            ScoreBound::Inclusive(score) => format_f64(*score),
            ScoreBound::Exclusive(score) => [b"(", format_f64(*score).as_ref()].concat().into(),
        });
    }
    fn decode(words: &mut Words<'_>) -> Result<ScoreBound> {
        let word = words.next_word()?;
        let bound = match word.strip_prefix(b"(") {
            Some(score) => parse_bound(score).map(ScoreBound::Exclusive),
            None => parse_bound(word).map(ScoreBound::Inclusive),
        };
        bound.ok_or_else(|| Error::invalid("min or max is not a number"))
    }
    fn sample(sampler: &mut dyn Sampler) -> ScoreBound {
        let score = sampler.float();
        if sampler.one_in(3) { ScoreBound::Exclusive(score) } else { ScoreBound::Inclusive(score) }
    }
}

impl Arg for ScoreRange {
    const ROLE: Role = Role::Score;
    fn encode(&self, out: &mut Vec<Bytes>) {
        self.min.encode(out);
        self.max.encode(out);
    }
    fn decode(words: &mut Words<'_>) -> Result<ScoreRange> {
        Ok(ScoreRange { min: ScoreBound::decode(words)?, max: ScoreBound::decode(words)? })
    }
    fn sample(sampler: &mut dyn Sampler) -> ScoreRange {
        ScoreRange { min: ScoreBound::sample(sampler), max: ScoreBound::sample(sampler) }
    }
}

/// One end of a range of members.
#[derive(Clone, Debug, PartialEq)]
pub enum LexBound {
    /// Before every member (`-`).
    Start,
    /// After every member (`+`).
    End,
    /// This member and beyond (`[`).
    Inclusive(Member),
    /// Beyond this member (`(`).
    Exclusive(Member),
}

/// A range of members by their bytes. Meant for sorted sets in which all scores are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct LexRange {
    /// The least.
    pub min: LexBound,
    /// The greatest.
    pub max: LexBound,
}

impl LexRange {
    /// All members.
    pub const ALL: LexRange = LexRange { min: LexBound::Start, max: LexBound::End };

    /// Whether `member` is above or at the least.
    pub fn reaches(&self, member: &[u8]) -> bool {
        match &self.min {
            LexBound::Start => true,
            LexBound::End => false,
            LexBound::Inclusive(min) => member >= min.as_ref(),
            LexBound::Exclusive(min) => member > min.as_ref(),
        }
    }

    /// Whether `member` is beyond the greatest.
    pub fn exceeds(&self, member: &[u8]) -> bool {
        match &self.max {
            LexBound::Start => true,
            LexBound::End => false,
            LexBound::Inclusive(max) => member > max.as_ref(),
            LexBound::Exclusive(max) => member >= max.as_ref(),
        }
    }

    /// Whether `member` is in the range.
    pub fn contains(&self, member: &[u8]) -> bool {
        self.reaches(member) && !self.exceeds(member)
    }
}

take_self!(LexRange);

impl Arg for LexBound {
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(match self {
            LexBound::Start => Bytes::from_static(b"-"),
            LexBound::End => Bytes::from_static(b"+"),
            LexBound::Inclusive(member) => [b"[", member.as_ref()].concat().into(),
            LexBound::Exclusive(member) => [b"(", member.as_ref()].concat().into(),
        });
    }
    fn decode(words: &mut Words<'_>) -> Result<LexBound> {
        let word = words.next_word()?;
        match word.first() {
            Some(b'-') if word.len() == 1 => Ok(LexBound::Start),
            Some(b'+') if word.len() == 1 => Ok(LexBound::End),
            Some(b'[') => Ok(LexBound::Inclusive(word.slice(1..).into())),
            Some(b'(') => Ok(LexBound::Exclusive(word.slice(1..).into())),
            _ => Err(Error::invalid("min or max is not a valid string range")),
        }
    }
    fn sample(sampler: &mut dyn Sampler) -> LexBound {
        match sampler.below(6) {
            0 => LexBound::Start,
            1 => LexBound::End,
            2 | 3 => LexBound::Inclusive(sampler.member()),
            _ => LexBound::Exclusive(sampler.member()),
        }
    }
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        if let LexBound::Inclusive(member) | LexBound::Exclusive(member) = self {
            see(Part::Member(member));
        }
    }
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        match self {
            LexBound::Inclusive(member) | LexBound::Exclusive(member) => change(PartMut::Member(member)),
            LexBound::Start | LexBound::End => Ok(()),
        }
    }
}

impl Arg for LexRange {
    const ROLE: Role = Role::Member;
    fn encode(&self, out: &mut Vec<Bytes>) {
        self.min.encode(out);
        self.max.encode(out);
    }
    fn decode(words: &mut Words<'_>) -> Result<LexRange> {
        Ok(LexRange { min: LexBound::decode(words)?, max: LexBound::decode(words)? })
    }
    fn sample(sampler: &mut dyn Sampler) -> LexRange {
        LexRange { min: LexBound::sample(sampler), max: LexBound::sample(sampler) }
    }
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        self.min.visit(see);
        self.max.visit(see);
    }
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        self.min.visit_mut(change)?;
        self.max.visit_mut(change)
    }
}

/// The options of `ZADD`, which stand before its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ZAddOptions {
    /// Adds and updates, only adds (`NX`), or only updates (`XX`).
    pub condition: Option<Condition>,
    /// Updates only to a greater score (`GT`); still adds.
    pub greater: bool,
    /// Updates only to a lesser score (`LT`); still adds.
    pub less: bool,
    /// Counts the members that changed instead of those that were added (`CH`).
    pub changed: bool,
}

take_self!(ZAddOptions);

impl Arg for ZAddOptions {
    fn encode(&self, out: &mut Vec<Bytes>) {
        Opt::encode(&self.condition, "", out);
        for (set, keyword) in [(self.greater, "GT"), (self.less, "LT"), (self.changed, "CH")] {
            set.encode(keyword, out);
        }
    }
    fn decode(words: &mut Words<'_>) -> Result<ZAddOptions> {
        let mut options = ZAddOptions::default();
        while options.condition.accept("", words)?
            || options.greater.accept("GT", words)?
            || options.less.accept("LT", words)?
            || options.changed.accept("CH", words)?
        {}
        Ok(options)
    }
    fn sample(sampler: &mut dyn Sampler) -> ZAddOptions {
        ZAddOptions {
            condition: Opt::sample(sampler),
            greater: sampler.one_in(6),
            less: sampler.one_in(6),
            changed: sampler.one_in(4),
        }
    }
}

/// The weights of the inputs of `ZUNION` and `ZINTER`; none means 1 for each.
impl Opt for Vec<f64> {
    fn encode(&self, keyword: &'static str, out: &mut Vec<Bytes>) {
        if !self.is_empty() {
            out.push(Bytes::from_static(keyword.as_bytes()));
            Arg::encode(self, out);
        }
    }
    fn accept(&mut self, keyword: &'static str, words: &mut Words<'_>) -> Result<bool> {
        if !words.take(keyword) {
            return Ok(false);
        }
        self.clear();
        while let Some(weight) = words.peek().and_then(|word| parse_f64(word)) {
            words.next_word()?;
            self.push(weight);
        }
        if self.is_empty() {
            return Err(Error::invalid("weight value is not a number"));
        }
        Ok(true)
    }
    fn sample(sampler: &mut dyn Sampler) -> Vec<f64> {
        if sampler.one_in(4) { vec![sampler.float(), sampler.float()] } else { Vec::new() }
    }
}

/// Reads an index or offset as Redis does, for the commands that decode by hand.
pub(super) fn index(word: &[u8]) -> Result<i64> {
    parse_i64(word).ok_or_else(|| Error::invalid("an argument is not an integer or out of range"))
}
