//! The project's chores: `cargo xtask help` lists them.
#![allow(clippy::disallowed_methods, reason = "it only times its own steps")]

mod args;
mod backends;
mod bench;
mod examples;
mod layering;
mod metadata;
mod migrate;
mod rooms;
mod run;
mod services;
mod sources;
mod test;
mod tools;

use std::process::ExitCode;

use args::Task;
use run::Workspace;
use test::Extent;

fn main() -> ExitCode {
    let task = match args::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(message) => {
            eprintln!("error: {message}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    let workspace = Workspace::find();
    let result = match task {
        Task::Help => {
            println!("{}", args::USAGE);
            Ok(())
        }
        Task::Test(extent) => return test::run(workspace, extent),
        Task::Ci => return test::run(workspace.in_ci(), Extent::Usual),
        Task::TestBackends { backend, thorough } => {
            let workspace = match thorough {
                true => {
                    workspace.with_env("CREDENZA_TEST", "thorough").with_env("CREDENZA_COMMANDS", "1000000")
                }
                false => workspace.with_env("CREDENZA_TEST", "quick"),
            };
            backends::run(&workspace, backend.as_deref())
        }
        Task::Services(verb) => services::run(&workspace, verb),
        Task::Layering => layering::run(&workspace),
        Task::Migrate(args) => return migrate::run(&workspace, &args),
        Task::Bench { quick, name } => bench::run(&workspace, quick, name.as_deref()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
