//! SQLite without a store: one table, and the ways in which programs write to it.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

const UPSERT: &str = "INSERT INTO kv (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
const SELECT: &str = "SELECT v FROM kv WHERE k = ?1";

/// A connection with what the store has: a write-ahead log, synced commits, 16 MiB of pages.
pub(crate) fn open(path: &Path) -> Connection {
    let conn = Connection::open(path).expect("a database opens");
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).expect("a write-ahead log");
    conn.pragma_update(None, "synchronous", "full").expect("synced commits");
    conn.pragma_update(None, "cache_size", -16_384).expect("a cache");
    conn.busy_timeout(std::time::Duration::from_secs(5)).expect("a time-out");
    conn.execute_batch("CREATE TABLE IF NOT EXISTS kv (k BLOB NOT NULL PRIMARY KEY, v BLOB) WITHOUT ROWID")
        .expect("a table");
    conn
}

pub(crate) fn put(conn: &Connection, key: &[u8], value: &[u8]) {
    let mut statement = conn.prepare_cached(UPSERT).expect("the statement is right");
    statement.execute((key, value)).expect("a put succeeds");
}

pub(crate) fn get(conn: &Connection, key: &[u8]) -> Vec<u8> {
    let mut statement = conn.prepare_cached(SELECT).expect("the statement is right");
    statement.query_row([key], |row| row.get(0)).expect("the key is there")
}

/// What waits to be written: key, value, and who waits.
type Put = (Vec<u8>, Vec<u8>, oneshot::Sender<()>);

/// The writer one would write by hand: a thread that commits what has come together.
pub(crate) struct GroupCommit {
    puts: Option<Sender<Put>>,
    thread: Option<JoinHandle<()>>,
}

impl GroupCommit {
    pub(crate) fn start(conn: Connection) -> GroupCommit {
        let (puts, waiting) = channel();
        let thread = std::thread::spawn(move || write(&conn, &waiting));
        GroupCommit { puts: Some(puts), thread: Some(thread) }
    }

    pub(crate) async fn put(puts: &Sender<Put>, key: Vec<u8>, value: Vec<u8>) {
        let (done, answer) = oneshot::channel();
        puts.send((key, value, done)).expect("the writer lives");
        answer.await.expect("the writer answers");
    }

    pub(crate) fn sender(&self) -> Sender<Put> {
        self.puts.clone().expect("it was not dropped")
    }
}

impl Drop for GroupCommit {
    fn drop(&mut self) {
        drop(self.puts.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the writer ends well");
        }
    }
}

fn write(conn: &Connection, waiting: &Receiver<Put>) {
    let mut done = Vec::new();
    while let Ok(first) = waiting.recv() {
        conn.prepare_cached("BEGIN IMMEDIATE").and_then(|mut it| it.execute([])).expect("a transaction");
        for (key, value, answer) in std::iter::once(first).chain(waiting.try_iter()) {
            put(conn, &key, &value);
            done.push(answer);
        }
        conn.prepare_cached("COMMIT").and_then(|mut it| it.execute([])).expect("a commit");
        for answer in done.drain(..) {
            // Nobody left before the answer.
            let _ = answer.send(());
        }
    }
}
