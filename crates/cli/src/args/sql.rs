//! `credenza sql`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Connection;

#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The namespace
    #[arg(long, short, value_name = "NAME", default_value = "default", global = true)]
    pub(crate) namespace: String,
    #[command(subcommand)]
    pub(crate) task: SqlTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SqlTask {
    /// Runs a statement and prints its rows
    Query(Statement),
    /// Runs a statement, or all of a file, and prints how many rows it changed
    Exec(Statement),
    /// Lists tables and views
    Tables {
        /// Prints one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Statement {
    /// The statement; - reads standard input
    #[arg(required_unless_present = "file")]
    pub(crate) sql: Option<String>,
    /// The values of its parameters, as text; columns make numbers of what they keep as such
    #[arg(value_name = "PARAM", allow_negative_numbers = true)]
    pub(crate) params: Vec<String>,
    /// The values of its parameters, as a JSON array
    #[arg(long = "params", value_name = "JSON", conflicts_with = "params")]
    pub(crate) json_params: Option<String>,
    /// Takes the statement from a file, and the parameters from the start
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    /// Prints one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}
