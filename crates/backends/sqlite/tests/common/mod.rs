//! What the tests share.
#![allow(clippy::unwrap_used, reason = "this is only in tests")]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "not every test file uses everything")]

use bytes::Bytes;
use credenza_core::{Command, Context, KvStore, Reply, Request, Result};
use credenza_sqlite::{SqliteConfig, SqliteStore};
use tempfile::TempDir;

/// A store in a folder of its own.
pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("kv.db")
    }

    pub fn config(&self) -> SqliteConfig {
        SqliteConfig { sweep_interval: None, ..SqliteConfig::at(self.file()) }
    }

    pub fn open(&self) -> SqliteStore {
        SqliteStore::open(self.config()).unwrap()
    }

    /// A connection of somebody else.
    pub fn stranger(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }
}

pub fn command(line: &str) -> Command {
    let words: Vec<Bytes> = line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
    Command::parse(&words).unwrap_or_else(|error| panic!("{line}: {error}"))
}

pub async fn run(store: &SqliteStore, line: &str) -> Result<Reply> {
    run_in(store, &Context::new(), line).await
}

pub async fn run_in(store: &SqliteStore, cx: &Context, line: &str) -> Result<Reply> {
    store.execute(cx, Request::One(command(line))).await?.one()
}

pub fn value(text: &str) -> Reply {
    Reply::Value(Some(Bytes::copy_from_slice(text.as_bytes())))
}
