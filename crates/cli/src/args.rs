//! The command line.

mod blob;
mod dictionary;
mod kv;
mod migrate;
mod registry;
mod serve;
mod sql;

use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};

pub(crate) use blob::{BlobArgs, BlobTask, PutArgs};
pub(crate) use dictionary::DictionaryArgs;
pub(crate) use kv::{KvArgs, KvTask};
pub(crate) use migrate::{MigrateArgs, MigrateTask, Migration};
pub(crate) use registry::{Kind, RegistryArgs, RegistryTask, Resource};
pub(crate) use serve::{Durability, Limits, LogFormat, LogLevel, ServeArgs};
pub(crate) use sql::{SqlArgs, SqlTask, Statement};

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
  1  there is no such key, object or resource; serve: the server could not start or keep running;
     migrate: a step failed, or the database and the steps do not agree
  2  wrong usage, or a request that the server refuses
  3  the server cannot be reached, or it failed; migrate: the database cannot be used";

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Serves keys, rows and files over HTTP.
    Serve(ServeArgs),
    /// Reads and writes keys on a server.
    Kv(KvArgs),
    /// Runs SQL on a server.
    Sql(SqlArgs),
    /// Moves files to and from a server.
    Blob(BlobArgs),
    /// Shows what a server keeps.
    Registry(RegistryArgs),
    /// Brings the tables of a database to the steps in a folder.
    Migrate(MigrateArgs),
    /// Learns from samples what small values have in common, for `Compressed`.
    Dictionary(DictionaryArgs),
}

/// Which server, and how patiently.
#[derive(Debug, ClapArgs)]
pub(crate) struct Connection {
    /// The server [default: $ERA_STORAGE_URL, or http://127.0.0.1:8787]
    #[arg(long, value_name = "URL", env = "CREDENZA_URL", global = true)]
    pub(crate) url: Option<String>,
    /// How long the server may be silent; longer than a request may take, so that the server says why
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s", global = true)]
    pub(crate) timeout: Duration,
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
