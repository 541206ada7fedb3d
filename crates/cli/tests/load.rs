//! A real load: the sources of the crates this project is built from, each file a key (its path) with a value (its
//! text, or its digest where it is no text or too long) and metadata. Eight clients write; the server is killed in
//! the middle and started again; in the end everything acknowledged is read back equal, over HTTP and from the file.
//!
//! A few thousand files by default, all of them (tens of thousands) with `CREDENZA_TEST=thorough`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use credenza::{Kv, SqliteConfig, SqliteStore};
use credenza_server::keys::value_key;
use serde_json::{Value, json};

const NAMESPACE: &str = "sources";
const CLIENTS: usize = 8;
/// Longer texts are stored as their digest.
const LONGEST: usize = 1 << 20;

struct Item {
    key: String,
    value: String,
    metadata: Value,
}

/// FNV-1a, 64 bits: enough to tell a file from another, and no dependency.
fn digest(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("fnv:{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

fn item(root: &Path, path: &Path) -> Item {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= LONGEST);
    let value = text.map_or_else(|| digest(&bytes), str::to_owned);
    let key = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    Item { key, value, metadata: json!({ "size": bytes.len(), "whole": text.is_some() }) }
}

/// The sources of the registry, or where there are none, those of this project.
fn sources() -> (PathBuf, Vec<PathBuf>) {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
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
    if std::env::var("CREDENZA_TEST").as_deref() != Ok("thorough") {
        // Spread over the whole, so that the few are as mixed as the many.
        let step = files.len().div_ceil(3_000).max(1);
        files = files.into_iter().step_by(step).collect();
    }
    (root, files)
}

struct Server {
    child: Child,
}

impl Server {
    /// Starts the server and waits until it says that it listens.
    fn start(data: &Path, port: u16) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_credenza"))
            .args(["serve", "--log-level", "error", "--data"])
            .arg(data)
            .arg("--listen")
            .arg(format!("127.0.0.1:{port}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output is a pipe"))
            .read_line(&mut line)
            .expect("a line");
        assert!(line.contains("listening"), "{line}");
        Server { child }
    }

    fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it ends");
    }

    fn terminate(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0));
    }
}

impl Drop for Server {
    /// A test that fails leaves no server behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Client {
    agent: ureq::Agent,
    base: String,
}

fn encode(part: &str) -> String {
    part.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

impl Client {
    fn new(port: u16) -> Client {
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(30)));
        let agent = config.http_status_as_error(false).build().new_agent();
        Client { agent, base: format!("http://127.0.0.1:{port}/api/storage/kv/{NAMESPACE}") }
    }

    /// Whether the write was acknowledged. An answer other than 200 is a defect; no answer is a killed server.
    fn put(&self, item: &Item) -> bool {
        let body = json!({ "value": item.value, "metadata": item.metadata }).to_string();
        let url = format!("{}/{}", self.base, encode(&item.key));
        let sent = self.agent.put(url).header("Content-Type", "application/json").send(body);
        let Ok(mut answer) = sent else { return false };
        let status = answer.status();
        let Ok(text) = answer.body_mut().read_to_string() else { return false };
        assert_eq!(status, 200, "{}: {text}", item.key);
        true
    }

    fn json(&self, path: &str) -> Value {
        let mut answer = self.agent.get(format!("{}{path}", self.base)).call().expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().expect("a body");
        serde_json::from_str(&text).expect("JSON")
    }

    fn get(&self, key: &str) -> Value {
        self.json(&format!("/{}", encode(key)))
    }
}

fn verify(client: &Client, items: &[Item]) {
    for item in items {
        assert_eq!(client.get(&item.key)["value"], item.value.as_str(), "{}", item.key);
    }
}

#[test]
fn everything_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let (root, files) = sources();
    let items: Vec<Item> = files.iter().map(|path| item(&root, path)).collect();
    assert!(items.len() > 100, "only {} files to load", items.len());

    // The clients take items in turn; a client whose write is cut off tries it again until the server is back.
    let (next, acknowledged, killed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let done: Vec<AtomicBool> = items.iter().map(|_| AtomicBool::new(false)).collect();
    let server = Server::start(folder.path(), port);
    let server = std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let client = Client::new(port);
                while let Some((item, done)) = {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    items.get(index).zip(done.get(index))
                } {
                    let mut tries = 0;
                    while !client.put(item) {
                        assert!(
                            killed.load(Ordering::SeqCst) || tries == 0,
                            "no answer from a living server"
                        );
                        tries += 1;
                        assert!(tries < 600, "the server does not come back");
                        std::thread::sleep(Duration::from_millis(50));
                    }
                    done.store(true, Ordering::SeqCst);
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        while acknowledged.load(Ordering::SeqCst) < items.len() / 2 {
            std::thread::sleep(Duration::from_millis(1));
        }
        killed.store(true, Ordering::SeqCst);
        server.kill();
        let before: Vec<usize> =
            (0..items.len()).filter(|index| done[*index].load(Ordering::SeqCst)).collect();
        let server = Server::start(folder.path(), port);
        // While the others go on, everything acknowledged before the kill is looked for.
        let client = Client::new(port);
        for index in before {
            let item = &items[index];
            assert_eq!(client.get(&item.key)["value"], item.value.as_str(), "lost: {}", item.key);
        }
        server
    });

    let client = Client::new(port);
    std::thread::scope(|scope| {
        for part in items.chunks(items.len().div_ceil(2)) {
            scope.spawn(|| verify(&Client::new(port), part));
        }
    });
    let mut listed = std::collections::BTreeMap::new();
    let mut query = "?limit=1000".to_owned();
    loop {
        let page = client.json(&query);
        for key in page["keys"].as_array().expect("keys") {
            let name = key["name"].as_str().expect("a name").to_owned();
            assert!(listed.insert(name, key["metadata"].clone()).is_none(), "listed twice: {key}");
        }
        match page["cursor"].as_str().filter(|_| page["list_complete"] == false) {
            Some(cursor) => query = format!("?limit=1000&cursor={}", encode(cursor)),
            None => break,
        }
    }
    assert_eq!(listed.len(), items.len());
    for item in &items {
        assert_eq!(listed.get(&item.key), Some(&item.metadata), "{}", item.key);
    }
    server.terminate();

    let kv = Kv::new(
        SqliteStore::open(SqliteConfig::at(folder.path().join("credenza.db"))).expect("the file opens"),
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        for item in &items {
            let found = kv.get(value_key(NAMESPACE, &item.key)).await.expect("get");
            assert_eq!(found.as_deref(), Some(item.value.as_bytes()), "{}", item.key);
        }
    });
    println!("{} files, {} bytes", items.len(), items.iter().map(|item| item.value.len()).sum::<usize>());
}
