//! The verbs as data: what scripts and the model run.

mod read;
mod run;
mod text;

use bytes::Bytes;
use credenza_core::blob::{
    BlobKey, CopyOptions, DeleteOptions, GetOptions, ListOptions, Precondition, PutOptions,
};

pub(crate) use read::Said;
pub(crate) use run::{all_pages, state};

/// A verb with everything it needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    Put {
        key: BlobKey,
        content: Bytes,
        options: PutOptions,
    },
    Get {
        key: BlobKey,
        options: GetOptions,
    },
    Head {
        key: BlobKey,
    },
    Delete {
        keys: Vec<BlobKey>,
        options: DeleteOptions,
    },
    /// One page.
    List(ListOptions),
    /// Every page, one after the other.
    ListAll(ListOptions),
    Copy {
        from: BlobKey,
        to: BlobKey,
        options: CopyOptions,
    },
}

/// What a case needs of a store that not every one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Of puts.
    Preconditions,
    DeletePreconditions,
    CopyPreconditions,
    EmptyParts,
    ExactDeletes,
    ContentTags,
}

impl Operation {
    /// What it needs of a store.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let none = &Precondition::None;
        let (keys, conditions, condition): (Vec<&BlobKey>, [&Precondition; 2], Need) = match self {
            Operation::Put { key, options, .. } => {
                (vec![key], [&options.precondition, none], Need::Preconditions)
            }
            Operation::Get { key, .. } | Operation::Head { key } => {
                (vec![key], [none; 2], Need::Preconditions)
            }
            Operation::Delete { keys, options } => {
                (keys.iter().collect(), [&options.precondition, none], Need::DeletePreconditions)
            }
            Operation::List(_) | Operation::ListAll(_) => (Vec::new(), [none; 2], Need::Preconditions),
            Operation::Copy { from, to, options } => {
                (vec![from, to], [&options.source, &options.destination], Need::CopyPreconditions)
            }
        };
        let mut needs = Vec::new();
        if conditions.iter().any(|condition| **condition != Precondition::None) {
            needs.push(condition);
        }
        if keys.iter().any(|key| key.split('/').any(str::is_empty)) {
            needs.push(Need::EmptyParts);
        }
        needs
    }

    /// Whether it changes nothing, whatever comes of it.
    pub(crate) fn only_reads(&self) -> bool {
        matches!(
            self,
            Operation::Get { .. } | Operation::Head { .. } | Operation::List(_) | Operation::ListAll(_)
        )
    }
}
