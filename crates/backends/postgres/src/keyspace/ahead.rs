//! Elements that the commands of a step name, looked for with one statement a collection.

use std::collections::HashMap;

use bytes::Bytes;
use credenza_core::command::Part;
use credenza_core::{Command, Kind, Result};

use super::Io;
use super::elements::bytes;
use super::known::Element;
use crate::error::shape;
use crate::param::{Blob, Param};
use crate::sql;

/// Fields and members by the key of their collection, and whether the values of fields are wanted.
type Wanted = HashMap<Bytes, (Vec<Bytes>, bool)>;

/// What is worth looking for at once: more than one element of a collection.
pub(super) fn wanted(commands: &[Command]) -> Wanted {
    let mut wanted = Wanted::new();
    for command in commands {
        let (mut keys, mut names) = (Vec::new(), Vec::new());
        command.visit(&mut |part| match part {
            Part::Key(key) => keys.push(key.as_bytes()),
            Part::Field(name) => names.push(name.as_bytes()),
            Part::Member(name) => names.push(name.as_bytes()),
            Part::Value(_) | Part::Pattern(_) => {}
        });
        // In a range of members they are its ends.
        let range = matches!(
            command,
            Command::ZRange(_) | Command::ZRangeStore(_) | Command::ZLexCount(_) | Command::ZRemRangeByLex(_)
        );
        if names.is_empty() || range {
            continue;
        }
        let values = !matches!(command, Command::HSet(_) | Command::HDel(_) | Command::HExists(_));
        for key in keys {
            let (all, any) = wanted.entry(key.clone()).or_default();
            all.extend(names.iter().map(|name| (*name).clone()));
            *any |= values;
        }
    }
    wanted.retain(|_, (names, _)| {
        names.sort_unstable();
        names.dedup();
        names.len() > 1
    });
    wanted
}

/// What is known of the elements then.
pub(super) fn look(
    io: &mut Io<'_>,
    id: i64,
    kind: Kind,
    names: &[Bytes],
    values: bool,
) -> Result<HashMap<Bytes, Element>> {
    let mut found: HashMap<Bytes, Element> =
        names.iter().map(|name| (name.clone(), Element::Absent)).collect();
    let list = Param::AllBytes(names.iter().map(|name| Blob(name.clone())).collect());
    let rows = match kind {
        Kind::Hash => io.query(sql::HASH_SOME, vec![Param::Int(id), list, Param::Int(i64::from(values))])?,
        Kind::Set => io.query(sql::SET_SOME, vec![Param::Int(id), list])?,
        Kind::SortedSet => io.query(sql::ZSET_SOME, vec![Param::Int(id), list])?,
        Kind::String | Kind::List => return Ok(HashMap::new()),
    };
    for row in &rows {
        let element = match kind {
            Kind::Hash if values => Element::Value(bytes(row, 1)?),
            Kind::SortedSet => Element::Score(row.try_get(1).map_err(|_| shape())?),
            _ => Element::Present,
        };
        found.insert(bytes(row, 0)?, element);
    }
    Ok(found)
}
