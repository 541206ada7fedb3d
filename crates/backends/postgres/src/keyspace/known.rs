//! What a step knows of elements without asking again.

use std::collections::HashMap;

use bytes::Bytes;

/// What is known of an element of a hash, a set or a sorted set.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Element {
    Absent,
    /// It is there; its value, if it has one, was not read.
    Present,
    Value(Bytes),
    Score(f64),
}

impl Element {
    pub(super) fn is_there(&self) -> bool {
        *self != Element::Absent
    }
}

/// Elements by the id of their collection.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<i64, Collection>);

#[derive(Debug, Default)]
struct Collection {
    elements: HashMap<Bytes, Element>,
    /// It was made by this step, so what is not known of it is not there.
    new: bool,
}

impl Known {
    /// A collection was made.
    pub(super) fn made(&mut self, id: i64) {
        self.0.entry(id).or_default().new = true;
    }

    pub(super) fn get(&self, id: i64, name: &[u8]) -> Option<Element> {
        let collection = self.0.get(&id)?;
        let absent = collection.new.then_some(Element::Absent);
        collection.elements.get(name).cloned().or(absent)
    }

    pub(super) fn set(&mut self, id: i64, name: Bytes, element: Element) {
        self.0.entry(id).or_default().elements.insert(name, element);
    }
}
