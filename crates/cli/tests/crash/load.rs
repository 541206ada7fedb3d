//! A real load: the sources of the crates this project is built from. Each file is a key (its text, or its digest
//! where it is no text or too long), an object (its bytes) and a row (its path, size and digest). Eight clients write;
//! the server is killed in the middle and started again; in the end everything is read back equal, over HTTP and from
//! the file.
//!
//! Some thousand files by default, all of them (tens of thousands) with `CREDENZA_TEST=thorough`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use credenza::{Kv, SqliteConfig, SqliteStore};
use credenza_server::keys::value_key;
use credenza_testkit::supervisor::SupervisorError;
use serde_json::{Value, json};

use crate::http::{Http, encode};
use crate::server;

const NAMESPACE: &str = "sources";
const CLIENTS: usize = 8;
/// Longer texts are stored as their digest.
const LONGEST: usize = 1 << 20;
const TABLE: &str = "CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, digest TEXT NOT NULL)";

struct Item {
    path: PathBuf,
    key: String,
    size: usize,
    digest: String,
    /// Whether the value is the text itself.
    whole: bool,
}

/// FNV-1a, 64 bits: enough to tell a file from another, and no dependency.
fn digest(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("fnv:{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

impl Item {
    fn new(root: &Path, path: PathBuf) -> Item {
        let bytes = std::fs::read(&path).unwrap();
        let whole = bytes.len() <= LONGEST && std::str::from_utf8(&bytes).is_ok();
        let key = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        Item { key, size: bytes.len(), digest: digest(&bytes), whole, path }
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }

    fn value<'a>(&'a self, bytes: &'a [u8]) -> &'a str {
        if self.whole { std::str::from_utf8(bytes).unwrap() } else { &self.digest }
    }

    fn metadata(&self) -> Value {
        json!({ "size": self.size, "whole": self.whole })
    }

    fn kv(&self) -> String {
        format!("/storage/kv/{NAMESPACE}/{}", encode(&self.key))
    }

    fn r2(&self) -> String {
        format!("/storage/r2/{NAMESPACE}/{}", encode(&self.key))
    }

    /// Three writes.
    fn put(&self, http: &Http) -> Result<(), String> {
        let bytes = self.bytes();
        http.send("PUT", &self.kv(), &json!({ "value": self.value(&bytes), "metadata": self.metadata() }))?;
        let headers = [("content-type", content_type(&self.key)), ("x-metadata-digest", &self.digest)];
        http.call("PUT", &self.r2(), &headers, &bytes)?.ok()?;
        let params = [json!(self.key), json!(self.size), json!(self.digest)];
        http.sql(NAMESPACE, "INSERT OR REPLACE INTO files VALUES (?, ?, ?)", &params).map(drop)
    }

    /// Reads the key and the object back.
    fn verify(&self, http: &Http) {
        let bytes = self.bytes();
        assert_eq!(http.json(&self.kv()).unwrap()["value"], self.value(&bytes), "{}", self.key);
        let object = http.call("GET", &self.r2(), &[("accept", "application/octet-stream")], &[]);
        let object =
            object.and_then(|answer| answer.ok()).unwrap_or_else(|error| panic!("{}: {error}", self.key));
        assert!(object.body == bytes, "{}: another object", self.key);
        assert_eq!(object.headers["content-type"], content_type(&self.key), "{}", self.key);
        assert_eq!(object.headers["x-metadata-digest"], self.digest, "{}", self.key);
    }
}

fn content_type(key: &str) -> &'static str {
    match key.rsplit('.').next() {
        Some("rs") => "text/rust",
        Some("md") => "text/markdown; charset=utf-8",
        Some("toml") => "application/toml",
        _ => "application/octet-stream",
    }
}

/// The sources of the registry, or where there are none, those of this project.
fn sources() -> Vec<Item> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let registry = home.join("registry/src");
    let root = if registry.is_dir() { registry } else { here };
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    // A part is spread over the whole, so that the few are as mixed as the many.
    let step = if crate::thorough() { 1 } else { files.len().div_ceil(2_000).max(1) };
    files.into_iter().step_by(step).map(|path| Item::new(&root, path)).collect()
}

/// The items, taken in turn by all clients, and which of them are written.
struct Work<'a> {
    items: &'a [Item],
    next: AtomicUsize,
    done: Vec<AtomicBool>,
    killed: AtomicBool,
}

impl Work<'_> {
    /// Writes as long as there are items. A write that is cut off is tried again until the server is back.
    fn run(&self, http: &Http) {
        while let Some(index) =
            Some(self.next.fetch_add(1, Ordering::SeqCst)).filter(|at| *at < self.items.len())
        {
            let mut tries = 0;
            while let Err(error) = self.items[index].put(http) {
                assert!(
                    self.killed.load(Ordering::SeqCst) && tries < 600,
                    "{}: {error}",
                    self.items[index].key
                );
                tries += 1;
                std::thread::sleep(Duration::from_millis(50));
            }
            self.done[index].store(true, Ordering::SeqCst);
        }
    }

    fn done(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|index| self.done[*index].load(Ordering::SeqCst)).collect()
    }
}

#[test]
fn everything_is_there_after_a_kill_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let items = sources();
    assert!(items.len() > 100, "only {} files to load", items.len());

    let (mut server, port) = server::start(folder.path());
    let http = Http::new(port);
    http.sql(NAMESPACE, TABLE, &[]).unwrap();
    let work = Work {
        items: &items,
        next: AtomicUsize::new(0),
        done: items.iter().map(|_| AtomicBool::new(false)).collect(),
        killed: AtomicBool::new(false),
    };
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| work.run(&Http::new(port)));
        }
        while work.next.load(Ordering::SeqCst) < items.len() / 2 {
            std::thread::sleep(Duration::from_millis(1));
        }
        work.killed.store(true, Ordering::SeqCst);
        server.kill().unwrap();
        let before = work.done();
        assert!(before.len() > items.len() / 3, "only {} were written before the kill", before.len());
        server.start().unwrap();
        // While the others go on: the last ones before the kill, and some of all.
        let (old, last) = before.split_at(before.len() - 200.min(before.len()));
        old.iter().step_by(5).chain(last).for_each(|index| items[*index].verify(&http));
    });
    assert_eq!(work.done().len(), items.len());

    std::thread::scope(|scope| {
        for part in items.chunks(items.len().div_ceil(2)) {
            let http = Http::new(port);
            scope.spawn(move || part.iter().for_each(|item| item.verify(&http)));
        }
    });
    compare_lists(&http, &items);
    let pid = server.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    match server.kill_after(Duration::from_secs(60)) {
        Err(SupervisorError::Exited(status)) => assert_eq!(status.code(), Some(0)),
        other => panic!("it does not end: {other:?}"),
    }
    compare_file(folder.path(), &items);
    println!("{} files", items.len());
}

/// The lists of keys and objects, the rows, and the registry.
fn compare_lists(http: &Http, items: &[Item]) {
    let by_name = |entries: Vec<Value>, name: &str| -> BTreeMap<String, Value> {
        entries.into_iter().map(|entry| (entry[name].as_str().unwrap().to_owned(), entry)).collect()
    };
    let keys = by_name(http.list("kv", NAMESPACE, 1_000).unwrap(), "name");
    let objects = by_name(http.list("r2", NAMESPACE, 1_000).unwrap(), "key");
    let mut rows = BTreeMap::new();
    while let Some(page) = {
        let after = rows.last_key_value().map_or("", |(path, _): (&String, &Value)| path).to_owned();
        let sql = "SELECT path, size, digest FROM files WHERE path > ? ORDER BY path LIMIT 1000";
        Some(http.sql(NAMESPACE, sql, &[json!(after)]).unwrap()).filter(|page| !page.is_empty())
    } {
        rows.extend(by_name(page, "path"));
    }
    assert_eq!((keys.len(), objects.len(), rows.len()), (items.len(), items.len(), items.len()));
    let mut total_size = 0;
    for item in items {
        let (key, size) = (&item.key, item.size);
        assert_eq!(keys[key]["metadata"], item.metadata(), "{key}");
        assert_eq!(objects[key]["size"], size, "{key}");
        assert_eq!(rows[key], json!({ "path": key, "size": size, "digest": item.digest }), "{key}");
        total_size += size + if item.whole { size } else { item.digest.len() };
    }
    let expected = json!({
        "total": 2 * items.len() + 1,
        "by_type": { "kv": items.len(), "d1": 1, "r2": items.len(), "do": 0 },
        "by_namespace": { NAMESPACE: 2 * items.len() + 1 },
        "total_size": total_size,
    });
    assert_eq!(http.json("/resources/stats").unwrap(), expected);
}

/// The values, as a program finds them that embeds the store.
fn compare_file(folder: &Path, items: &[Item]) {
    let file = folder.join("data/credenza.db");
    let kv = Kv::new(SqliteStore::open(SqliteConfig::at(file)).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for item in items {
            let found = kv.get(value_key(NAMESPACE, &item.key)).await.unwrap();
            assert_eq!(found.as_deref(), Some(item.value(&item.bytes()).as_bytes()), "{}", item.key);
        }
    });
}
