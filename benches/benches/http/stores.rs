//! Objects of 4 KiB and single rows, beside the same work called in process.

use std::path::Path;
use std::sync::Arc;

use benches::{Keys, Rounds, Subject, crowd, scratch};
use credenza_blob::{FsBlobConfig, FsBlobStore};
use credenza_core::blob::ObjectFollower;
use credenza_core::{Blob, Db, Kv};
use credenza_server::{ObjectRegistry, ServerStorage};
use credenza_sqlite::{SqliteConfig, SqliteDatabases, SqliteDatabasesConfig, SqliteStore};
use tokio::runtime::Runtime;

use crate::{NAMESPACE, proxy, request, start};

/// Objects, and rows.
const COUNT: usize = 10_000;

fn object(number: u64) -> Vec<u8> {
    let mut content = vec![0xa5; 4096];
    content[..8].copy_from_slice(&number.to_le_bytes());
    content
}

fn any(number: u64) -> usize {
    Keys::new(number, COUNT).next_index()
}

/// Keys and values, and objects whose index lies with them.
fn keys_and_objects(
    runtime: &Runtime,
    folder: &Path,
    follower: Option<Arc<dyn ObjectFollower>>,
) -> (Kv, Blob) {
    let kv = Kv::new(SqliteStore::open(SqliteConfig::at(folder.join("store.db"))).expect("a store opens"));
    let mut config = FsBlobConfig::at(folder.join("blob"));
    config.limits.key = 2048;
    config.follower = follower;
    let blob = runtime.block_on(FsBlobStore::open(config, kv.clone())).expect("a store opens");
    (kv, Blob::new(blob))
}

/// What `credenza serve` opens.
fn storage(runtime: &Runtime, folder: &Path) -> ServerStorage {
    let databases = SqliteDatabases::open(SqliteDatabasesConfig::at(folder.join("sql"))).expect("it opens");
    let objects = ObjectRegistry::default();
    let (kv, blob) = keys_and_objects(runtime, folder, Some(Arc::new(objects.clone())));
    ServerStorage { kv, databases: Some(Arc::new(databases)), blob: Some(blob), objects: Some(objects) }
}

pub(crate) fn run(runtime: &Runtime) {
    let (folder, other) = (scratch(), scratch());
    let storage = storage(runtime, folder.path());
    let (_, bare) = keys_and_objects(runtime, other.path(), None);
    objects(runtime, &storage, &bare);
    rows(runtime, &storage);
}

fn objects(runtime: &Runtime, storage: &ServerStorage, bare: &Blob) {
    let followed = storage.blob.clone().expect("there is one");
    let mut client = start(runtime, proxy(storage.clone()));
    let put = |number| {
        let path = format!("/api/storage/r2/{NAMESPACE}/object-{:08}", any(number));
        request("PUT", &path, "application/octet-stream", &object(number))
    };
    let every = |number: u64| {
        let path = format!("/api/storage/r2/{NAMESPACE}/object-{:08}", number % COUNT as u64);
        request("PUT", &path, "application/octet-stream", &object(number))
    };
    client.ask(COUNT as u64, every);
    let get = |number| {
        let path = format!("/api/storage/r2/{NAMESPACE}/object-{:08}", any(number));
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/octet-stream\r\n\r\n")
            .into_bytes()
    };
    let key = |number| format!("{NAMESPACE}/object-{:08}", any(number));

    let other = followed.clone();
    let in_process = move |count| {
        let blob = other.clone();
        crowd(runtime, count, move |number| {
            let (blob, key) = (blob.clone(), key(number));
            async move {
                let object = blob.get(key).await.expect("it is read").expect("it is there");
                let content = object.body.collect(4096).await.expect("it is sound");
                assert_eq!(content.len(), 4096);
            }
        });
    };
    Rounds::new("GET of an object of 4 KiB, 64 at once").run(&mut [
        Subject::new("over HTTP", |count| client.ask(count, get)),
        Subject::new("in process", in_process),
    ]);
    let puts = |blob: &Blob| {
        let blob = blob.clone();
        move |count| {
            let blob = blob.clone();
            crowd(runtime, count, move |number| {
                let (blob, key) = (blob.clone(), key(number));
                async move { drop(blob.put(key, object(number)).await.expect("it is put")) }
            });
        }
    };
    // As many objects as in the other.
    puts(bare)(COUNT as u64);
    Rounds::new("PUT of an object of 4 KiB, 64 at once").run(&mut [
        Subject::new("over HTTP, with the registry", |count| client.ask(count, put)),
        Subject::new("in process, with the registry", puts(&followed)),
        Subject::new("in process, without a registry", puts(bare)),
    ]);
}

const SELECT: &str = "SELECT id, name FROM users WHERE id = ?";
const INSERT: &str = "INSERT INTO events (name) VALUES (?)";

fn rows(runtime: &Runtime, storage: &ServerStorage) {
    let databases = storage.databases.clone().expect("there are some");
    let db: Db = runtime.block_on(databases.open(NAMESPACE)).expect("it opens");
    runtime.block_on(async {
        db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)", ()).await.expect("it is made");
        db.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, name TEXT)", ()).await.expect("it is made");
        let fill = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT ?)
                    INSERT INTO users SELECT x, 'name ' || x FROM c";
        db.execute(fill, (COUNT as i64,)).await.expect("it is filled");
    });
    let mut client = start(runtime, proxy(storage.clone()));
    let post = |path: &str, sql: &str, param: String| {
        let path = format!("/api/storage/d1/{NAMESPACE}/{path}");
        let body = format!("{{\"sql\":\"{sql}\",\"params\":[{param}]}}");
        request("POST", &path, "application/json", body.as_bytes())
    };
    let select = move |number| post("query", SELECT, (any(number) + 1).to_string());
    let insert = move |number: u64| post("exec", INSERT, format!("\"event {number}\""));

    let other = db.clone();
    let in_process = move |count| {
        let db = other.clone();
        crowd(runtime, count, move |number| {
            let db = db.clone();
            async move { drop(db.query_one(SELECT, (any(number) as i64 + 1,)).await.expect("it is there")) }
        });
    };
    Rounds::new("SELECT of a row by its key, 64 at once").run(&mut [
        Subject::new("over HTTP", |count| client.ask(count, select)),
        Subject::new("in process", in_process),
    ]);
    let in_process = move |count| {
        let db = db.clone();
        crowd(runtime, count, move |number| {
            let db = db.clone();
            async move {
                let outcome = db.execute(INSERT, (format!("event {number}"),)).await;
                assert_eq!(outcome.expect("it is written").rows_affected, 1);
            }
        });
    };
    Rounds::new("INSERT of a row, 64 at once").run(&mut [
        Subject::new("over HTTP", |count| client.ask(count, insert)),
        Subject::new("in process", in_process),
    ]);
}
