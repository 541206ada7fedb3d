//! The `credenza` command: a storage server, and a client for people.
//!
//! Exit codes: 0 done; 1 there is no such key (`kv get`), or the server could not start or keep running (`serve`);
//! 2 wrong usage, or a request that the server refuses; 3 the server cannot be reached or failed.

mod args;
mod client;
mod kv;
mod logging;
mod serve;
mod store;
mod table;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Task};

/// Why the program ends without success.
#[derive(Debug)]
struct Exit {
    code: u8,
    message: String,
}

impl Exit {
    fn new(code: u8, message: impl Into<String>) -> Exit {
        Exit { code, message: message.into() }
    }
}

fn main() -> ExitCode {
    let outcome = match Args::parse().task {
        Task::Serve(args) => serve::serve(args),
        Task::Kv(args) => kv::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Exit { code, message }) => {
            eprintln!("credenza: {message}");
            ExitCode::from(code)
        }
    }
}
