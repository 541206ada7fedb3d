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
    Preconditions,
    EmptyParts,
}

impl Operation {
    /// What it needs of a store.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let (keys, conditions): (Vec<&BlobKey>, Vec<&Precondition>) = match self {
            Operation::Put { key, options, .. } => (vec![key], vec![&options.precondition]),
            Operation::Get { key, .. } | Operation::Head { key } => (vec![key], Vec::new()),
            Operation::Delete { keys, options } => (keys.iter().collect(), vec![&options.precondition]),
            Operation::List(_) | Operation::ListAll(_) => (Vec::new(), Vec::new()),
            Operation::Copy { from, to, options } => {
                (vec![from, to], vec![&options.source, &options.destination])
            }
        };
        let mut needs = Vec::new();
        if conditions.iter().any(|condition| **condition != Precondition::None) {
            needs.push(Need::Preconditions);
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
