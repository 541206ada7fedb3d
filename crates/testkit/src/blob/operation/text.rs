//! Operations as lines of a script.

use std::fmt;

use credenza_core::blob::{ListOptions, Precondition, Range};

use super::Operation;
use crate::script::quoted;

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operation::Put { key, content, options } => {
                write!(f, "PUT {} {}", quoted(key.as_bytes()), quoted(content))?;
                let headers = [
                    ("type", &options.content_type),
                    ("encoding", &options.content_encoding),
                    ("language", &options.content_language),
                    ("disposition", &options.content_disposition),
                    ("cache", &options.cache_control),
                ];
                for (name, value) in headers.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)))
                {
                    write!(f, " {name} {}", quoted(value.as_bytes()))?;
                }
                for (name, value) in &options.metadata {
                    write!(f, " meta {} {}", quoted(name.as_bytes()), quoted(value.as_bytes()))?;
                }
                if let Some(md5) = options.md5 {
                    f.write_str(" md5 ")?;
                    md5.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                }
                condition(f, "", &options.precondition)
            }
            Operation::Get { key, options } => {
                write!(f, "GET {}", quoted(key.as_bytes()))?;
                match options.range {
                    Range::Full => {}
                    Range::Between(start, end) => write!(f, " {start}..{end}")?,
                    Range::From(start) => write!(f, " {start}..")?,
                    Range::Suffix(count) => write!(f, " -{count}")?,
                }
                condition(f, "", &options.precondition)
            }
            Operation::Head { key } => write!(f, "HEAD {}", quoted(key.as_bytes())),
            Operation::Delete { keys, options } => {
                f.write_str("DELETE")?;
                keys.iter().try_for_each(|key| write!(f, " {}", quoted(key.as_bytes())))?;
                condition(f, "", &options.precondition)
            }
            Operation::List(options) => list(f, "LIST", options),
            Operation::ListAll(options) => list(f, "list", options),
            Operation::Copy { from, to, options } => {
                write!(f, "COPY {} {}", quoted(from.as_bytes()), quoted(to.as_bytes()))?;
                condition(f, "from-", &options.source)?;
                condition(f, "to-", &options.destination)
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, verb: &str, options: &ListOptions) -> fmt::Result {
    f.write_str(verb)?;
    let texts =
        [("prefix", &options.prefix), ("delimiter", &options.delimiter), ("after", &options.start_after)];
    for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        write!(f, " {name} {}", quoted(text.as_bytes()))?;
    }
    if options.limit != ListOptions::default().limit {
        write!(f, " limit {}", options.limit)?;
    }
    options.cursor.iter().try_for_each(|cursor| write!(f, " cursor {}", quoted(cursor.as_bytes())))
}

fn condition(f: &mut fmt::Formatter<'_>, side: &str, condition: &Precondition) -> fmt::Result {
    let (name, tags) = match condition {
        Precondition::None => return Ok(()),
        Precondition::Absent => return write!(f, " {side}if-absent"),
        Precondition::Exists => return write!(f, " {side}if-exists"),
        Precondition::Match(tags) => ("if-match", tags),
        Precondition::NoneMatch(tags) => ("if-none-match", tags),
    };
    tags.iter().try_for_each(|tag| write!(f, " {side}{name} {}", tag.as_str()))
}
