//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// A storage server, and a client for people.
#[derive(Debug, Parser)]
#[command(name = "credenza", version, about, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) task: Task,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  kv get: there is no such key; serve: the server could not start or keep running
  2  wrong usage, or a request that the server refuses
  3  the server cannot be reached, or it failed";

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Serves keys and values over HTTP.
    Serve(ServeArgs),
    /// Reads and writes keys on a server.
    Kv(KvArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    /// The folder that holds the data [default: ~/.credenza]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8787")]
    pub(crate) listen: String,
    /// Listens on an address that others can reach, although the server asks nobody who they are
    #[arg(long)]
    pub(crate) allow_unauthenticated: bool,
    /// Another name by which clients call this server, besides localhost, host.docker.internal and addresses
    #[arg(long = "allow-host", value_name = "NAME")]
    pub(crate) allow_hosts: Vec<String>,
    /// What an answered write survives: a power cut, or a crash of the process only (faster)
    #[arg(long, value_enum, default_value = "full")]
    pub(crate) durability: Durability,
    /// How long a request may take
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub(crate) request_timeout: Duration,
    /// How long requests in flight may go on after SIGTERM or SIGINT
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub(crate) shutdown_grace: Duration,
    /// How log lines look, on standard error
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// The least level that is logged; each request is logged at info
    #[arg(long, value_enum, default_value = "info")]
    pub(crate) log_level: LogLevel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    Full,
    Normal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct KvArgs {
    /// The server [default: $ERA_STORAGE_URL, or http://127.0.0.1:8787]
    #[arg(long, value_name = "URL", env = "CREDENZA_URL", global = true)]
    pub(crate) url: Option<String>,
    /// The namespace
    #[arg(long, short, value_name = "NAME", default_value = "default", global = true)]
    pub(crate) namespace: String,
    /// How long to wait for the server
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s", global = true)]
    pub(crate) timeout: Duration,
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

/// Reads `90`, `90s`, `15m`, `12h`, `30d`: at least a second.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        unit => return Err(format!("there is no unit `{unit}`; there are s, m, h and d")),
    };
    let seconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match seconds {
        Some(seconds @ 1..=10_000_000_000) => Ok(Duration::from_secs(seconds)),
        Some(0) => Err("it must be at least a second".to_owned()),
        _ => Err("it must be a whole number with a unit: 90s, 15m, 12h, 30d".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn durations() {
        for (text, seconds) in [("1", 1), ("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "0",
            "0s",
            "-1s",
            "1.5s",
            "1w",
            "1S",
            "1 s",
            "1ms",
            "99999999999999999999",
            "300000000d",
            "é",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
