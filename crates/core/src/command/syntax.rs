//! How the fields of a command look on the wire, what role they play, and how random ones are made.
//! A field's type implements [`Arg`] once; every command made of such fields gets all of it from the table.

use bytes::Bytes;

use crate::data::{Cursor, Field, Key, Kind, Member, Pattern, Value};
use crate::error::{Error, Result};
use crate::semantics::number::{format_f64, format_i64, parse_f64, parse_i64};

/// A part of a command that a decorator may want to see, by role.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// A key.
    Key(&'a Key),
    /// A value: of a string, a hash's field, a list's element.
    Value(&'a Value),
    /// A hash's field.
    Field(&'a Field),
    /// A member of a set or a sorted set.
    Member(&'a Member),
    /// A glob pattern over keys, fields or members.
    Pattern(&'a Pattern),
}

/// A part of a command that a decorator may change, by role.
#[derive(Debug)]
pub enum PartMut<'a> {
    /// A key.
    Key(&'a mut Key),
    /// A value: of a string, a hash's field, a list's element.
    Value(&'a mut Value),
    /// A hash's field.
    Field(&'a mut Field),
    /// A member of a set or a sorted set.
    Member(&'a mut Member),
    /// A glob pattern over keys, fields or members.
    Pattern(&'a mut Pattern),
}

/// The role an argument plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A key.
    Key,
    /// A value.
    Value,
    /// A hash's field.
    Field,
    /// A member.
    Member,
    /// A score.
    Score,
    /// A glob pattern.
    Pattern,
    /// A number, an option or a position.
    Plain,
}

/// Where random commands come from: a test's generator, which decides how often keys collide and numbers overflow.
pub trait Sampler {
    /// A number below `bound`, which is at least one.
    fn below(&mut self, bound: usize) -> usize;
    /// A key.
    fn key(&mut self) -> Key;
    /// A field.
    fn field(&mut self) -> Field;
    /// A member.
    fn member(&mut self) -> Member;
    /// A value, sometimes numeric.
    fn value(&mut self) -> Value;
    /// A pattern.
    fn pattern(&mut self) -> Pattern;
    /// An index, increment or offset.
    fn int(&mut self) -> i64;
    /// A count.
    fn count(&mut self) -> u64;
    /// A score or increment.
    fn float(&mut self) -> f64;
    /// A time to live in milliseconds.
    fn ttl(&mut self) -> i64;
    /// A point in time in milliseconds since the epoch.
    fn time(&mut self) -> i64;
    /// True with the chance of one in `n`.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// The words of a command on its way in.
#[derive(Debug)]
pub struct Words<'a> {
    words: &'a [Bytes],
}

impl<'a> Words<'a> {
    /// The words after the command's name.
    pub fn new(words: &'a [Bytes]) -> Words<'a> {
        Words { words }
    }

    /// The next word, without taking it.
    pub fn peek(&self) -> Option<&'a Bytes> {
        self.words.first()
    }

    /// Takes the next word.
    pub fn next_word(&mut self) -> Result<&'a Bytes> {
        let (first, rest) =
            self.words.split_first().ok_or_else(|| Error::invalid("wrong number of arguments"))?;
        self.words = rest;
        Ok(first)
    }

    /// Takes the next word if it is `keyword`, in any case.
    pub fn take(&mut self, keyword: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.eq_ignore_ascii_case(keyword.as_bytes()));
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    /// The words that are left.
    pub fn rest(&self) -> &'a [Bytes] {
        self.words
    }

    /// How many words are left.
    pub fn left(&self) -> usize {
        self.words.len()
    }
}

/// The type of a field of a command.
pub trait Arg: Sized {
    /// The role it plays.
    const ROLE: Role = Role::Plain;
    /// Appends its words.
    fn encode(&self, out: &mut Vec<Bytes>);
    /// Takes its words.
    fn decode(words: &mut Words<'_>) -> Result<Self>;
    /// A random one.
    fn sample(sampler: &mut dyn Sampler) -> Self;
    /// Shows the parts that have a role.
    fn visit<'a>(&'a self, _see: &mut dyn FnMut(Part<'a>)) {}
    /// Lets the parts that have a role be changed.
    fn visit_mut(&mut self, _change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        Ok(())
    }
}

/// The type of an option of a command: named by a keyword, in any order, at most once.
pub trait Opt: Default {
    /// Appends its words, if it is set.
    fn encode(&self, keyword: &'static str, out: &mut Vec<Bytes>);
    /// Takes its words if they come next; false if something else does.
    fn accept(&mut self, keyword: &'static str, words: &mut Words<'_>) -> Result<bool>;
    /// A random one.
    fn sample(sampler: &mut dyn Sampler) -> Self;
    /// Shows the parts that have a role.
    fn visit<'a>(&'a self, _see: &mut dyn FnMut(Part<'a>)) {}
    /// Lets the parts that have a role be changed.
    fn visit_mut(&mut self, _change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        Ok(())
    }
}

/// What every command can do with its words and parts. The `command!` macro writes it.
pub trait Syntax: Sized {
    /// The roles of the fields, in order.
    const ROLES: &'static [(&'static str, Role)];
    /// Appends the words after the name.
    fn encode(&self, out: &mut Vec<Bytes>);
    /// Reads the words after the name. Takes them all or fails.
    fn decode(words: &mut Words<'_>) -> Result<Self>;
    /// A random one; often valid, not always.
    fn sample(sampler: &mut dyn Sampler) -> Self;
    /// Shows the parts that have a role.
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>));
    /// Lets the parts that have a role be changed.
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()>;
}

/// What a constructor accepts for a field of type `T`: anything that converts into it, and for a list of
/// them anything that can be iterated.
pub trait Take<T> {
    /// Converts.
    fn take(self) -> T;
}

macro_rules! bytes_arg {
    ($($name:ident => $sample:ident;)*) => { $(
        impl Arg for $name {
            const ROLE: Role = Role::$name;
            fn encode(&self, out: &mut Vec<Bytes>) {
                out.push(self.as_bytes().clone());
            }
            fn decode(words: &mut Words<'_>) -> Result<$name> {
                Ok($name::from(words.next_word()?.clone()))
            }
            fn sample(sampler: &mut dyn Sampler) -> $name {
                sampler.$sample()
            }
            fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
                see(Part::$name(self));
            }
            fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
                change(PartMut::$name(self))
            }
        }

        impl<T: Into<$name>> Take<$name> for T {
            fn take(self) -> $name {
                self.into()
            }
        }

        impl<I: IntoIterator<Item = T>, T: Into<$name>> Take<Vec<$name>> for I {
            fn take(self) -> Vec<$name> {
                self.into_iter().map(Into::into).collect()
            }
        }
    )* };
}

bytes_arg! {
    Key => key;
    Value => value;
    Field => field;
    Member => member;
    Pattern => pattern;
}

macro_rules! take_self {
    ($($name:ty),*) => { $(
        impl $crate::command::Take<$name> for $name {
            fn take(self) -> $name {
                self
            }
        }
    )* };
}
pub(crate) use take_self;

take_self!(i64, u64, f64, bool, Option<i64>, Option<u64>, Cursor, Kind);

impl<I: IntoIterator<Item = (A, B)>, A: Into<Field>, B: Into<Value>> Take<Vec<(Field, Value)>> for I {
    fn take(self) -> Vec<(Field, Value)> {
        self.into_iter().map(|(field, value)| (field.into(), value.into())).collect()
    }
}

impl<I: IntoIterator<Item = (A, B)>, A: Into<Key>, B: Into<Value>> Take<Vec<(Key, Value)>> for I {
    fn take(self) -> Vec<(Key, Value)> {
        self.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
    }
}

impl<I: IntoIterator<Item = (f64, M)>, M: Into<Member>> Take<Vec<(f64, Member)>> for I {
    fn take(self) -> Vec<(f64, Member)> {
        self.into_iter().map(|(score, member)| (score, member.into())).collect()
    }
}

impl Arg for i64 {
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(format_i64(*self));
    }
    fn decode(words: &mut Words<'_>) -> Result<i64> {
        parse_i64(words.next_word()?)
            .ok_or_else(|| Error::invalid("an argument is not an integer or out of range"))
    }
    fn sample(sampler: &mut dyn Sampler) -> i64 {
        sampler.int()
    }
}

impl Arg for u64 {
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(Bytes::from(self.to_string()));
    }
    fn decode(words: &mut Words<'_>) -> Result<u64> {
        i64::decode(words)?.try_into().map_err(|_| Error::invalid("a count must not be negative"))
    }
    fn sample(sampler: &mut dyn Sampler) -> u64 {
        sampler.count()
    }
}

impl Arg for f64 {
    const ROLE: Role = Role::Score;
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(format_f64(*self));
    }
    fn decode(words: &mut Words<'_>) -> Result<f64> {
        parse_f64(words.next_word()?).ok_or_else(|| Error::invalid("an argument is not a valid number"))
    }
    fn sample(sampler: &mut dyn Sampler) -> f64 {
        sampler.float()
    }
}

impl Arg for Cursor {
    /// `0` at the start; every other position as hexadecimal digits after an `x`, so that it survives as text.
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(match self.is_start() {
            true => Bytes::from_static(b"0"),
            false => {
                let digits: String = self.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                Bytes::from(format!("x{digits}"))
            }
        });
    }
    fn decode(words: &mut Words<'_>) -> Result<Cursor> {
        let word = words.next_word()?;
        if word.as_ref() == b"0" {
            return Ok(Cursor::START);
        }
        let invalid = || Error::invalid("invalid cursor");
        let digits = word.strip_prefix(b"x").ok_or_else(invalid)?;
        if digits.is_empty() || !digits.len().is_multiple_of(2) {
            return Err(invalid());
        }
        let position = digits
            .chunks_exact(2)
            .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(invalid)?;
        Ok(Cursor::new(position))
    }
    fn sample(_: &mut dyn Sampler) -> Cursor {
        Cursor::START
    }
}

/// Several in a row; takes all the words that are left.
impl<T: Arg> Arg for Vec<T> {
    const ROLE: Role = T::ROLE;
    fn encode(&self, out: &mut Vec<Bytes>) {
        for item in self {
            item.encode(out);
        }
    }
    fn decode(words: &mut Words<'_>) -> Result<Vec<T>> {
        let mut items = vec![T::decode(words)?];
        while words.left() > 0 {
            items.push(T::decode(words)?);
        }
        Ok(items)
    }
    fn sample(sampler: &mut dyn Sampler) -> Vec<T> {
        (0..=sampler.below(4)).map(|_| T::sample(sampler)).collect()
    }
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        for item in self {
            item.visit(see);
        }
    }
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        self.iter_mut().try_for_each(|item| item.visit_mut(change))
    }
}

/// One that may be missing at the end.
impl<T: Arg> Arg for Option<T> {
    const ROLE: Role = T::ROLE;
    fn encode(&self, out: &mut Vec<Bytes>) {
        if let Some(item) = self {
            item.encode(out);
        }
    }
    fn decode(words: &mut Words<'_>) -> Result<Option<T>> {
        if words.left() == 0 { Ok(None) } else { T::decode(words).map(Some) }
    }
    fn sample(sampler: &mut dyn Sampler) -> Option<T> {
        if sampler.one_in(2) { None } else { Some(T::sample(sampler)) }
    }
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        if let Some(item) = self {
            item.visit(see);
        }
    }
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        self.as_mut().map_or(Ok(()), |item| item.visit_mut(change))
    }
}

impl<A: Arg, B: Arg> Arg for (A, B) {
    const ROLE: Role = A::ROLE;
    fn encode(&self, out: &mut Vec<Bytes>) {
        self.0.encode(out);
        self.1.encode(out);
    }
    fn decode(words: &mut Words<'_>) -> Result<(A, B)> {
        Ok((A::decode(words)?, B::decode(words)?))
    }
    fn sample(sampler: &mut dyn Sampler) -> (A, B) {
        (A::sample(sampler), B::sample(sampler))
    }
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        self.0.visit(see);
        self.1.visit(see);
    }
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        self.0.visit_mut(change)?;
        self.1.visit_mut(change)
    }
}

impl Opt for bool {
    fn encode(&self, keyword: &'static str, out: &mut Vec<Bytes>) {
        if *self {
            out.push(Bytes::from_static(keyword.as_bytes()));
        }
    }
    fn accept(&mut self, keyword: &'static str, words: &mut Words<'_>) -> Result<bool> {
        let found = words.take(keyword);
        *self |= found;
        Ok(found)
    }
    fn sample(sampler: &mut dyn Sampler) -> bool {
        sampler.one_in(3)
    }
}

impl<T: Arg> Opt for Option<T> {
    fn encode(&self, keyword: &'static str, out: &mut Vec<Bytes>) {
        if let Some(item) = self {
            out.push(Bytes::from_static(keyword.as_bytes()));
            item.encode(out);
        }
    }
    fn accept(&mut self, keyword: &'static str, words: &mut Words<'_>) -> Result<bool> {
        if !words.take(keyword) {
            return Ok(false);
        }
        *self = Some(T::decode(words)?);
        Ok(true)
    }
    fn sample(sampler: &mut dyn Sampler) -> Option<T> {
        if sampler.one_in(3) { Some(T::sample(sampler)) } else { None }
    }
    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        if let Some(item) = self {
            item.visit(see);
        }
    }
    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        self.as_mut().map_or(Ok(()), |item| item.visit_mut(change))
    }
}

impl Arg for Kind {
    fn encode(&self, out: &mut Vec<Bytes>) {
        out.push(Bytes::from_static(self.redis_name().as_bytes()));
    }
    fn decode(words: &mut Words<'_>) -> Result<Kind> {
        Kind::from_redis_name(words.next_word()?).ok_or_else(|| Error::invalid("unknown type name"))
    }
    fn sample(sampler: &mut dyn Sampler) -> Kind {
        Kind::ALL[sampler.below(Kind::ALL.len())]
    }
}
