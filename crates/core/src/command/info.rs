//! What the table says about a command.

use std::fmt;

use super::syntax::{Role, Syntax};
use super::table::{Command, CommandId};
use crate::error::{Effect, Result};
use crate::reply::Reply;

/// The family of a command; also the name of the file that holds it, in every crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Any kind of key.
    Keys,
    /// Strings.
    Strings,
    /// Hashes.
    Hashes,
    /// Sets.
    Sets,
    /// Lists.
    Lists,
    /// Sorted sets.
    SortedSets,
    /// Beyond Redis 7.
    Extensions,
}

/// Whether a command may change the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Never changes anything.
    Read,
    /// May change something.
    Write,
}

/// What happens when a command is applied twice in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// It changes nothing.
    Safe,
    /// The store ends up the same as after once; the second reply may differ.
    Idempotent,
    /// The store ends up different: never repeat it after an ambiguous failure.
    NonIdempotent,
}

/// What a command makes of the values it carries: what a decorator that transforms values must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueUse {
    /// It has none.
    None,
    /// It stores, returns or moves them whole.
    Opaque,
    /// It compares them whole with stored ones.
    Compared,
    /// It computes with them as numbers.
    Numeric,
    /// It reads or writes parts of them, or their length.
    Substring,
}

/// How much work a command can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Bounded by the request: does not grow with what is stored, or with its logarithm only.
    Small,
    /// May grow with what is stored under its keys, or with the store.
    Large,
}

/// One row of the command table.
#[derive(Clone, Copy, Debug)]
pub struct CommandInfo {
    /// The command.
    pub id: CommandId,
    /// Its canonical name on the wire, in upper case.
    pub name: &'static str,
    /// Its family.
    pub group: Group,
    /// Whether it may change the store.
    pub access: Access,
    /// What applying it twice does.
    pub idempotency: Idempotency,
    /// How much work it can be.
    pub work: Work,
    /// What it makes of its values.
    pub values: ValueUse,
    /// The names and roles of its arguments, in order.
    pub roles: &'static [(&'static str, Role)],
}

impl CommandInfo {
    /// Whether Redis 7 has the command.
    pub fn in_redis(&self) -> bool {
        self.group != Group::Extensions && self.id != CommandId::Clear
    }
}

/// A command as a type, with the type of its reply.
pub trait Op: Into<Command> + Syntax + Send {
    /// What it returns.
    type Reply: TryFrom<Reply, Error = crate::Error> + Send;
    /// Which command it is.
    const ID: CommandId;

    /// Reads the reply of this command.
    #[inline]
    fn reply(reply: Reply) -> Result<Self::Reply> {
        Self::Reply::try_from(reply).map_err(|error| {
            let info = Self::ID.info();
            let error = error.during(info.name);
            // The store answered: what it did is done.
            if info.access == Access::Write { error.with_effect(Effect::MaybeApplied) } else { error }
        })
    }
}

/// A set of commands: what a store supports, what an application needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommandSet(u128);

impl CommandSet {
    /// No command.
    pub const EMPTY: CommandSet = CommandSet(0);

    /// Every command.
    pub fn all() -> CommandSet {
        CommandId::ALL.iter().copied().collect()
    }

    /// The same set with one more.
    #[must_use]
    pub const fn with(self, id: CommandId) -> CommandSet {
        CommandSet(self.0 | 1 << id as u8)
    }

    /// The same set with one less.
    #[must_use]
    pub const fn without(self, id: CommandId) -> CommandSet {
        CommandSet(self.0 & !(1 << id as u8))
    }

    /// Whether `id` is in the set.
    pub const fn contains(self, id: CommandId) -> bool {
        self.0 & (1 << id as u8) != 0
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub const fn minus(self, other: CommandSet) -> CommandSet {
        CommandSet(self.0 & !other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn and(self, other: CommandSet) -> CommandSet {
        CommandSet(self.0 & other.0)
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The commands in the set, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = CommandId> {
        CommandId::ALL.iter().copied().filter(move |id| self.contains(*id))
    }
}

impl FromIterator<CommandId> for CommandSet {
    fn from_iter<I: IntoIterator<Item = CommandId>>(ids: I) -> CommandSet {
        ids.into_iter().fold(CommandSet::EMPTY, CommandSet::with)
    }
}

impl fmt::Debug for CommandSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|id| id.info().name)).finish()
    }
}

/// Declares a command's struct: its positional fields, then, after `;`, its options with their keywords.
macro_rules! command {
    (
        $(#[$meta:meta])*
        pub struct $name:ident -> $reply:ty {
            $( $(#[$fmeta:meta])* $field:ident : $ty:ty ),* $(,)?
            $( ; $( $(#[$ometa:meta])* $opt:ident : $oty:ty $(= $keyword:literal)? ),* $(,)? )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[$fmeta])* pub $field: $ty, )*
            $( $( $(#[$ometa])* pub $opt: $oty, )* )?
        }

        impl $name {
            /// The command without options.
            #[allow(clippy::too_many_arguments)]
            pub fn new($( $field: impl $crate::command::Take<$ty> ),*) -> $name {
                $name {
                    $( $field: $crate::command::Take::take($field), )*
                    $( $( $opt: Default::default(), )* )?
                }
            }

            $( $(
                /// Sets the option of this name.
                #[must_use]
                pub fn $opt(mut self, $opt: impl Into<$oty>) -> $name {
                    self.$opt = $opt.into();
                    self
                }
            )* )?
        }

        impl $crate::command::Op for $name {
            type Reply = $reply;
            const ID: $crate::command::CommandId = $crate::command::CommandId::$name;
        }

        impl From<$name> for $crate::command::Command {
            fn from(command: $name) -> $crate::command::Command {
                #[allow(clippy::useless_conversion)]
                $crate::command::Command::$name(command.into())
            }
        }

        impl $crate::command::Syntax for $name {
            const ROLES: &'static [(&'static str, $crate::command::Role)] = &[
                $( (stringify!($field), <$ty as $crate::command::Arg>::ROLE), )*
                $( $( (stringify!($opt), $crate::command::Role::Plain), )* )?
            ];

            #[allow(unused_variables)]
            fn encode(&self, out: &mut Vec<bytes::Bytes>) {
                $( $crate::command::Arg::encode(&self.$field, out); )*
                $( $( $crate::command::Opt::encode(&self.$opt, concat!($($keyword)?), out); )* )?
            }

            fn decode(words: &mut $crate::command::Words<'_>) -> $crate::error::Result<$name> {
                let command = $name {
                    $( $field: <$ty as $crate::command::Arg>::decode(words)?, )*
                    $( $( $opt: Default::default(), )* )?
                };
                #[allow(unused_mut)]
                let mut command = command;
                $(
                    while words.left() > 0 {
                        $( if $crate::command::Opt::accept(&mut command.$opt, concat!($($keyword)?), words)? {
                            continue;
                        } )*
                        return Err($crate::error::Error::invalid("syntax error"));
                    }
                )?
                if words.left() > 0 {
                    return Err($crate::error::Error::invalid("wrong number of arguments"));
                }
                Ok(command)
            }

            #[allow(unused_variables)]
            fn sample(sampler: &mut dyn $crate::command::Sampler) -> $name {
                $name {
                    $( $field: <$ty as $crate::command::Arg>::sample(sampler), )*
                    $( $( $opt: <$oty as $crate::command::Opt>::sample(sampler), )* )?
                }
            }

            #[allow(unused_variables)]
            fn visit<'a>(&'a self, see: &mut dyn FnMut($crate::command::Part<'a>)) {
                $( $crate::command::Arg::visit(&self.$field, see); )*
                $( $( $crate::command::Opt::visit(&self.$opt, see); )* )?
            }

            #[allow(unused_variables)]
            fn visit_mut(
                &mut self,
                change: &mut dyn FnMut($crate::command::PartMut<'_>) -> $crate::error::Result<()>,
            ) -> $crate::error::Result<()> {
                $( $crate::command::Arg::visit_mut(&mut self.$field, change)?; )*
                $( $( $crate::command::Opt::visit_mut(&mut self.$opt, change)?; )* )?
                Ok(())
            }
        }
    };
}
pub(crate) use command;
