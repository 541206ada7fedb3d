//! The `credenza` command: a storage server, and a client for people.
//!
//! Exit codes: 0 done; 1 there is no such key, object or resource, the server could not start or keep running (`serve`),
//! or a step failed or does not agree with the database (`migrate`); 2 wrong usage, or a request that the server
//! refuses; 3 the server cannot be reached or failed.

mod args;
mod blob;
mod client;
mod dictionary;
mod input;
mod kv;
mod logging;
mod migrate;
mod progress;
mod registry;
mod serve;
mod sql;
mod store;
mod table;
mod text;
mod transfer;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Task};

/// Why the program ends before everything is done.
#[derive(Debug)]
struct Exit {
    code: u8,
    message: String,
    /// The status of the server's answer, if that is why.
    status: Option<u16>,
}

impl Exit {
    fn new(code: u8, message: impl Into<String>) -> Exit {
        Exit { code, message: message.into(), status: None }
    }

    /// Whoever reads the output has seen enough: that is no failure.
    fn enough() -> Exit {
        Exit::new(0, "")
    }
}

fn main() -> ExitCode {
    let outcome = match Args::parse().task {
        Task::Serve(args) => serve::serve(args),
        Task::Kv(args) => kv::run(args),
        Task::Sql(args) => sql::run(args),
        Task::Blob(args) => blob::run(args),
        Task::Registry(args) => registry::run(args),
        Task::Migrate(args) => migrate::run(args),
        Task::Dictionary(args) => dictionary::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Exit { code, message, .. }) => {
            if !message.is_empty() {
                eprintln!("credenza: {message}");
            }
            ExitCode::from(code)
        }
    }
}
