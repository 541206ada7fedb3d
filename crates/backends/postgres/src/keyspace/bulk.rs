//! Writes of many elements as one statement.

use std::collections::HashMap;

use bytes::Bytes;

use crate::param::{Blob, Param};
use crate::sql;

/// So many elements go into one statement, and so many bytes, about.
const MOST: usize = 1000;
const MOST_BYTES: usize = 4 << 20;

/// What is done to the elements of one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    HashPut,
    HashRemove,
    SetAdd,
    SetRemove,
    ZsetPut,
    ZsetRemove,
}

/// What an element carries.
#[derive(Clone, Debug)]
pub(super) enum Load {
    None,
    Value(Bytes),
    Score(f64),
}

/// Elements that are gathered for a statement.
#[derive(Debug)]
pub(super) struct Bulk {
    pub(super) task: Task,
    elements: Vec<(i64, Bytes, Load)>,
    /// Where an element is: a statement must not meet one twice.
    places: HashMap<(i64, Bytes), usize>,
    bytes: usize,
}

impl Bulk {
    pub(super) fn new(task: Task) -> Bulk {
        Bulk { task, elements: Vec::new(), places: HashMap::new(), bytes: 0 }
    }

    /// Adds an element; of two, the later counts.
    pub(super) fn add(&mut self, id: i64, name: Bytes, load: Load) {
        self.bytes += name.len() + if let Load::Value(value) = &load { value.len() } else { 16 };
        let place = *self.places.entry((id, name.clone())).or_insert(self.elements.len());
        match self.elements.get_mut(place) {
            Some(element) => element.2 = load,
            None => self.elements.push((id, name, load)),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.elements.len() >= MOST || self.bytes >= MOST_BYTES
    }

    /// The statement.
    pub(super) fn statement(self) -> (&'static str, Vec<Param>) {
        let sql = match self.task {
            Task::HashPut => sql::HASH_PUT,
            Task::HashRemove => sql::HASH_REMOVE,
            Task::SetAdd => sql::SET_ADD,
            Task::SetRemove => sql::SET_REMOVE,
            Task::ZsetPut => sql::ZSET_PUT,
            Task::ZsetRemove => sql::ZSET_REMOVE,
        };
        let (mut ids, mut names, mut values, mut scores) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (id, name, load) in self.elements {
            ids.push(id);
            names.push(Blob(name));
            match load {
                Load::None => {}
                Load::Value(value) => values.push(Blob(value)),
                Load::Score(score) => scores.push(score),
            }
        }
        let mut params = vec![Param::Ints(ids), Param::AllBytes(names)];
        match self.task {
            Task::HashPut => params.push(Param::AllBytes(values)),
            Task::ZsetPut => params.push(Param::Floats(scores)),
            Task::HashRemove | Task::SetAdd | Task::SetRemove | Task::ZsetRemove => {}
        }
        (sql, params)
    }
}
