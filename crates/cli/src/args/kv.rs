//! `credenza kv`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Connection, duration};

#[derive(Debug, Args)]
pub(crate) struct KvArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The namespace
    #[arg(long, short, value_name = "NAME", default_value = "default", global = true)]
    pub(crate) namespace: String,
    #[command(subcommand)]
    pub(crate) task: KvTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KvTask {
    /// Prints a value, byte for byte
    Get {
        /// The key
        key: String,
        /// Prints JSON, with the metadata and the expiration
        #[arg(long)]
        json: bool,
    },
    /// Stores a value
    Set {
        /// The key
        key: String,
        /// The value; - reads standard input
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        value: Option<String>,
        /// Takes the value from a file
        #[arg(long, value_name = "PATH")]
        file: Option<PathBuf>,
        /// How long the key lives: 90, 90s, 15m, 12h, 30d
        #[arg(long, value_name = "TIME", value_parser = duration)]
        ttl: Option<Duration>,
        /// Any JSON, kept beside the value and shown by list
        #[arg(long, value_name = "JSON")]
        metadata: Option<String>,
    },
    /// Lists keys
    List {
        /// Only keys that start with this
        #[arg(default_value = "")]
        prefix: String,
        /// How many keys at most
        #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "all", value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
        /// Lists all of them
        #[arg(long)]
        all: bool,
        /// Prints one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Deletes keys; one that does not exist is deleted already
    Delete {
        /// The keys
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
}
