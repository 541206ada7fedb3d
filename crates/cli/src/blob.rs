//! `credenza blob`.

mod export;
mod get;
mod import;
mod info;
mod list;
mod output;
mod put;
mod types;

use serde::Deserialize;
use ureq::http::Method;

use crate::Exit;
use crate::args::{BlobArgs, BlobTask};
use crate::client::{Call, Client, Upload};
use crate::progress::Progress;

/// A namespace of objects on a server.
struct Space {
    client: Client,
    namespace: String,
    quiet: bool,
}

/// `{success: true}`: a write that failed has another status.
#[derive(Deserialize)]
struct Success {}

/// Does what `credenza blob …` asks.
pub(crate) fn run(args: BlobArgs) -> Result<(), Exit> {
    let BlobArgs { connection, namespace, quiet, task } = args;
    let space = Space { client: Client::new(&connection)?, namespace, quiet };
    match task {
        BlobTask::Put(args) => put::run(&space, &args),
        BlobTask::Get { key, file, range, if_match } => {
            get::run(&space, &key, &file, range.as_deref(), if_match.as_deref())
        }
        BlobTask::Head { key, json } => info::run(&space, &key, json),
        BlobTask::List { prefix, delimiter, start_after, limit, all, json } => {
            let limit = if all { u64::MAX } else { limit };
            list::run(&space, list::Asked { prefix, delimiter, start_after }, limit, json)
        }
        BlobTask::Delete { keys, if_match } => {
            let tag = if_match.as_deref().map(quoted);
            let calls = keys.iter().map(|key| space.key(Method::DELETE, key));
            let mut calls = calls.collect::<Result<Vec<_>, _>>()?.into_iter();
            calls.try_for_each(|call| {
                let call = call.header("if-match", tag.clone());
                space.client.ask::<Success>(call, Upload::Nothing).map(drop)
            })
        }
        BlobTask::Import { dir, prefix, create_only } => import::run(&space, &dir, &prefix, create_only),
        BlobTask::Export { dir, prefix, overwrite } => export::run(&space, &dir, &prefix, overwrite),
    }
}

impl Space {
    fn key(&self, method: Method, key: &str) -> Result<Call, Exit> {
        Call::key(method, "r2", &self.namespace, key)
    }

    fn progress(&self) -> Progress {
        Progress::new(self.quiet)
    }
}

fn missing() -> Exit {
    Exit::new(1, "there is no such object")
}

/// An entity tag as a header has it; people may leave out the quotes.
fn quoted(tag: &str) -> String {
    if tag == "*" || tag.starts_with('"') { tag.to_owned() } else { format!("\"{tag}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for (given, sent) in [("*", "*"), ("abc", "\"abc\""), ("\"abc\"", "\"abc\"")] {
            assert_eq!(quoted(given), sent);
        }
    }
}
