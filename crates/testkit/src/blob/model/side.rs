//! One of the two stores, with the tags that it gives.

use std::collections::HashMap;

use bytes::Bytes;
use credenza_core::blob::{ETag, Precondition};

use super::super::BlobSubject;
use super::super::operation::Operation;
use super::generator::symbol;
use crate::script::Answer;

/// A store, and which tag it gives to which content. Operations name tags by symbols; see [`symbol`].
pub(super) struct Side {
    pub(super) subject: BlobSubject,
    tags: HashMap<ETag, ETag>,
}

impl Side {
    pub(super) fn new(subject: BlobSubject) -> Side {
        Side { subject, tags: HashMap::new() }
    }

    /// Runs an operation: the line of a script that it is here, and the answer, where tags are symbols again.
    pub(super) async fn run(&mut self, operation: &Operation) -> (String, Answer) {
        let mut own = operation.clone();
        for condition in conditions(&mut own) {
            if let Precondition::Match(tags) | Precondition::NoneMatch(tags) = condition {
                tags.iter_mut().for_each(|tag| *tag = self.tags.get(tag).unwrap_or(tag).clone());
            }
        }
        let answer = own.run(&**self.subject.store()).await;
        if let (Operation::Put { content, .. }, Answer::Bulk(tag)) = (operation, &answer) {
            self.tags.insert(symbol(content), tag_of(tag));
        }
        let line = format!("{own} => {}", expectation(&own, &answer));
        (line, self.neutral(operation, answer))
    }

    /// The answer without what is the store's own: tags as symbols, and that there is a cursor.
    fn neutral(&self, operation: &Operation, answer: Answer) -> Answer {
        let symbol = |bytes: Bytes| {
            let known = self.tags.iter().find(|(_, own)| **own == tag_of(&bytes));
            Answer::Bulk(known.map_or(bytes, |(symbol, _)| symbol.as_str().to_owned().into()))
        };
        match (operation, answer) {
            (Operation::Put { .. } | Operation::Copy { .. }, Answer::Bulk(tag)) => symbol(tag),
            (Operation::Head { .. }, Answer::Array(mut pairs)) => {
                if let Some(tag) = pairs.get_mut(3)
                    && let Answer::Bulk(bytes) = tag
                {
                    *tag = symbol(bytes.clone());
                }
                Answer::Array(pairs)
            }
            (Operation::List(_), Answer::Array(mut parts)) => {
                parts.iter_mut().skip(2).for_each(|cursor| *cursor = Answer::Status("more".to_owned()));
                Answer::Array(parts)
            }
            (_, answer) => answer,
        }
    }
}

/// What a script should expect, if this came back.
fn expectation(operation: &Operation, answer: &Answer) -> String {
    match (operation, answer) {
        (Operation::Put { .. } | Operation::Copy { .. }, Answer::Bulk(_)) => "_".to_owned(),
        (Operation::Head { .. }, Answer::Array(pairs)) => {
            let text =
                |(at, answer): (usize, &Answer)| if at == 3 { "_".to_owned() } else { answer.to_string() };
            let texts: Vec<String> = pairs.iter().enumerate().map(text).collect();
            let pairs: Vec<String> = texts.chunks(2).map(|pair| pair.join(": ")).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        (Operation::List(_), Answer::Array(parts)) => {
            let text =
                |(at, answer): (usize, &Answer)| if at == 2 { "_".to_owned() } else { answer.to_string() };
            format!("[{}]", parts.iter().enumerate().map(text).collect::<Vec<_>>().join(", "))
        }
        (_, answer) => answer.to_string(),
    }
}

fn conditions(operation: &mut Operation) -> Vec<&mut Precondition> {
    match operation {
        Operation::Put { options, .. } => vec![&mut options.precondition],
        Operation::Get { options, .. } => vec![&mut options.precondition],
        Operation::Delete { options, .. } => vec![&mut options.precondition],
        Operation::Copy { options, .. } => vec![&mut options.source, &mut options.destination],
        Operation::Head { .. } | Operation::List(_) | Operation::ListAll(_) => Vec::new(),
    }
}

/// What a store gave is a tag; what could not be one equals none.
fn tag_of(bytes: &Bytes) -> ETag {
    let tag = ETag::new(String::from_utf8_lossy(bytes).into_owned());
    tag.unwrap_or_else(|| ETag::of_md5([0; 16]))
}
