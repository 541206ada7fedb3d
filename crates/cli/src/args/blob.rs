//! `credenza blob`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Connection;

#[derive(Debug, Args)]
pub(crate) struct BlobArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The namespace
    #[arg(long, short, value_name = "NAME", default_value = "default", global = true)]
    pub(crate) namespace: String,
    /// Draws no progress bar; without a terminal there is none
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) task: BlobTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BlobTask {
    /// Stores a file
    Put(PutArgs),
    /// Fetches an object, and compares it with its entity tag
    Get {
        /// The key
        key: String,
        /// The file, which is replaced when all is there; - writes to standard output
        #[arg(default_value = "-")]
        file: PathBuf,
        /// Only these bytes, from 0 on: 0-99, 100-, or -50 for the last 50
        #[arg(long, value_name = "RANGE", allow_hyphen_values = true, value_parser = range)]
        range: Option<String>,
        /// Only if the object has this entity tag
        #[arg(long, value_name = "TAG")]
        if_match: Option<String>,
    },
    /// Prints what is known of an object
    Head {
        /// The key
        key: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Lists objects
    List {
        /// Only keys that start with this
        #[arg(default_value = "")]
        prefix: String,
        /// Lists keys that have this after the prefix once, up to there
        #[arg(long, value_name = "TEXT", default_value = "")]
        delimiter: String,
        /// Only keys after this one
        #[arg(long, value_name = "KEY", default_value = "")]
        start_after: String,
        /// How many objects at most
        #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "all", value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
        /// Lists all of them
        #[arg(long)]
        all: bool,
        /// Prints one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Deletes objects; one that does not exist is deleted already
    Delete {
        /// The keys
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
        /// Only if the object has this entity tag
        #[arg(long, value_name = "TAG")]
        if_match: Option<String>,
    },
    /// Stores all files of a folder, each under its path in the folder
    Import {
        /// The folder
        dir: PathBuf,
        /// What the keys start with
        #[arg(long, value_name = "TEXT", default_value = "")]
        prefix: String,
        /// Leaves objects alone that exist
        #[arg(long)]
        create_only: bool,
    },
    /// Writes all objects into a folder, each to the path that is its key
    Export {
        /// The folder, which is created
        dir: PathBuf,
        /// Only keys that start with this
        #[arg(default_value = "")]
        prefix: String,
        /// Replaces files that are there
        #[arg(long)]
        overwrite: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    /// The key
    pub(crate) key: String,
    /// The file; - reads standard input
    pub(crate) file: PathBuf,
    /// Its type [default: that of the file's extension]
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// How it is encoded, gzip for example
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_encoding: Option<String>,
    /// Its language
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_language: Option<String>,
    /// Whether a browser shows it, or saves it under which name
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_disposition: Option<String>,
    /// How caches keep it
    #[arg(long, value_name = "TEXT")]
    pub(crate) cache_control: Option<String>,
    /// Metadata kept beside it; can be given several times
    #[arg(long = "metadata", short, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) metadata: Vec<(String, String)>,
    /// Only if the object that stands there has this entity tag
    #[arg(long, value_name = "TAG", conflicts_with = "create_only")]
    pub(crate) if_match: Option<String>,
    /// Only if there is no such object
    #[arg(long)]
    pub(crate) create_only: bool,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it must be NAME=VALUE".to_owned()),
    }
}

/// Reads `0-99`, `100-`, `-50`.
fn range(text: &str) -> Result<String, String> {
    let number = |digits: &str| {
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        if all { digits.parse::<u64>().ok() } else { None }
    };
    let fits = match text.split_once('-') {
        Some(("", last)) => number(last).is_some_and(|last| last > 0),
        Some((first, "")) => number(first).is_some(),
        Some((first, last)) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
        None => false,
    };
    if fits { Ok(text.to_owned()) } else { Err("it must be 0-99, 100-, or -50".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for text in ["0-0", "0-99", "100-", "-50"] {
            assert_eq!(range(text).as_deref(), Ok(text));
        }
        for text in ["", "-", "5", "9-5", "a-b", "+1-2", "0-1,3-4", "-0", "--1", "99999999999999999999-"] {
            assert!(range(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pairs() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(pair("a="), Ok(("a".to_owned(), String::new())));
        assert!(pair("a").is_err() && pair("=a").is_err());
    }
}
