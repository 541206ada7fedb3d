//! Registry and stores agree: after many have changed the same things at once, and after a crash at any point.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::{ManualClock, Random, SeededRandom};
use credenza_server::{Proxy, ServerConfig, ServerStorage};
use serde_json::{Value, json};

use crate::client::Client;
use crate::fuse::{Fuse, fused};
use crate::registry::ask;
use crate::server::{Server, block_on, clock, databases, followed, storage};
use crate::tables::{exec, post};

const NAMESPACES: [&str; 2] = ["a", "b"];

/// What the registry says: the size of each resource, by `type:namespace:key`.
fn registered(client: &mut Client) -> BTreeMap<String, Option<u64>> {
    let list = ask(client, "list?limit=1000").json();
    let resources = list["resources"].as_array().unwrap();
    assert_eq!(list["total"], resources.len());
    let told = |resource: &Value| {
        let text = |name: &str| resource[name].as_str().unwrap().to_owned();
        (format!("{}:{}:{}", text("type"), text("namespace"), text("key")), resource["size"].as_u64())
    };
    resources.iter().map(told).collect()
}

/// What the stores say.
fn stored(client: &mut Client) -> BTreeMap<String, Option<u64>> {
    let mut stored = BTreeMap::new();
    for namespace in NAMESPACES {
        for key in client.get(&format!("kv/{namespace}?limit=1000")).json()["keys"].as_array().unwrap() {
            let name = key["name"].as_str().unwrap();
            let value = client.get(&format!("kv/{namespace}/{name}")).json();
            stored.insert(
                format!("kv:{namespace}:{name}"),
                Some(value["value"].as_str().unwrap().len() as u64),
            );
        }
        let list = client.get(&format!("r2/{namespace}?limit=1000")).json();
        for object in list["objects"].as_array().unwrap() {
            let key = object["key"].as_str().unwrap();
            stored.insert(format!("r2:{namespace}:{key}"), object["size"].as_u64());
        }
        let sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
                   AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'credenza%'";
        let tables = post(client, &format!("{namespace}/query"), json!({"sql": sql})).json();
        for table in tables["results"].as_array().unwrap() {
            stored.insert(format!("d1:{namespace}:{}", table["name"].as_str().unwrap()), None);
        }
    }
    stored
}

fn assert_agreement(client: &mut Client, what: &str) {
    // The registry first: nobody else may have woken it.
    let registered = registered(client);
    let stored = stored(client);
    assert_eq!(registered, stored, "{what}");
    let stats = ask(client, "stats").json();
    assert_eq!(stats["total"], stored.len(), "{what}");
    assert_eq!(stats["total_size"], stored.values().flatten().sum::<u64>(), "{what}");
    for kind in ["kv", "r2", "d1"] {
        let count = stored.keys().filter(|key| key.starts_with(kind)).count();
        assert_eq!(stats["by_type"][kind], count, "{what}: {kind}");
    }
}

/// One change of something that others change too. Whether it succeeds does not matter.
fn change(client: &mut Client, random: &SeededRandom) {
    let namespace = NAMESPACES[random.below(2) as usize];
    let name = format!("k{}", random.below(3));
    let size = random.below(4) as usize * 40_000;
    match random.below(9) {
        0 | 1 => {
            drop(client.put(&format!("kv/{namespace}/{name}"), json!({"value": "v".repeat(size / 100)})))
        }
        2 => drop(client.delete(&format!("kv/{namespace}/{name}"))),
        3 => drop(client.put(&format!("r2/{namespace}/{name}"), json!({"content": "AAAA"}))),
        4 => {
            let target = format!("/api/storage/r2/{namespace}/{name}");
            drop(client.ask("PUT", &target, &[("content-type", "text/plain")], &vec![b'x'; size]));
        }
        5 => drop(client.delete(&format!("r2/{namespace}/{name}"))),
        6 => drop(exec(client, namespace, &format!("CREATE TABLE {name} (x)"))),
        7 => drop(exec(client, namespace, &format!("DROP TABLE IF EXISTS {name}"))),
        _ => drop(exec(client, namespace, &format!("ALTER TABLE {name} RENAME TO k{}", random.below(3)))),
    }
}

/// Both ways in which the registry is kept true of objects: in steps, and together with them.
fn both(clock: &Arc<ManualClock>, folder: &Path) -> [ServerStorage; 2] {
    [false, true].map(|together| {
        let folder = folder.join(together.to_string());
        std::fs::create_dir(&folder).unwrap();
        let storage = ServerStorage { databases: Some(databases(&folder)), ..storage(clock) };
        if together { followed(storage, clock, &folder) } else { storage }
    })
}

#[test]
fn many_change_the_same_at_once() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    for storage in both(&clock, folder.path()) {
        let server = Server::of(storage, Arc::clone(&clock), ServerConfig::default());
        for round in 0..3 {
            std::thread::scope(|scope| {
                for task in 0..64 {
                    let server = &server;
                    scope.spawn(move || {
                        let (mut client, random) = (server.client(), SeededRandom::new(round * 64 + task));
                        for _ in 0..15 {
                            change(&mut client, &random);
                        }
                    });
                }
            });
            assert_agreement(&mut server.client(), &format!("round {round}"));
        }
    }
}

/// Two servers on the same stores, which know nothing of each other.
#[test]
fn two_servers_change_the_same_at_once() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    for storage in both(&clock, folder.path()) {
        let servers =
            [0, 1].map(|_| Server::of(storage.clone(), Arc::clone(&clock), ServerConfig::default()));
        std::thread::scope(|scope| {
            for task in 0..32 {
                let server = &servers[task % 2];
                scope.spawn(move || {
                    let (mut client, random) = (server.client(), SeededRandom::new(1000 + task as u64));
                    for _ in 0..15 {
                        change(&mut client, &random);
                    }
                });
            }
        });
        assert_agreement(&mut servers[0].client(), "by the first");
        assert_agreement(&mut servers[1].client(), "by the second");
    }
}

/// Some change of one key, object and table.
type Step = fn(&mut Client);

const PUT: Step = |client| {
    client.put("kv/a/k", json!({"value": "v"}));
    client.put("r2/a/k", json!({"content": "AAAA"}));
    exec(client, "a", "CREATE TABLE k (x)");
};
const DELETE: Step = |client| {
    client.delete("kv/a/k");
    client.delete("r2/a/k");
    exec(client, "a", "DROP TABLE IF EXISTS k");
};
const STEPS: [(&str, &[Step]); 6] = [
    ("nothing", &[]),
    ("put", &[PUT]),
    ("delete", &[DELETE]),
    ("put, delete", &[PUT, DELETE]),
    ("delete, put", &[DELETE, PUT]),
    ("put, delete, put", &[PUT, DELETE, PUT]),
];

/// Another server does this before a call, which waits for it; not for ever, as the other may wait for what the call is for.
fn visit_at(
    calls: i64,
    fuse: &Fuse,
    other: &Arc<Server>,
    steps: &'static [Step],
) -> std::sync::mpsc::Receiver<()> {
    let (other, (done, visited)) = (Arc::clone(other), std::sync::mpsc::channel());
    fuse.visit(calls, move || {
        let (first, seen) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            steps.iter().for_each(|step| step(&mut other.client()));
            let _ = first.send(());
            let _ = done.send(());
        });
        let _ = seen.recv_timeout(Duration::from_millis(50));
    });
    visited
}

/// One server changes what another is about to change, before each call of a store that the other makes.
#[test]
fn two_servers_change_the_same_at_any_point() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    for together in [false, true] {
        let (fuse, folder) = (Fuse::new(), folder.path().join(together.to_string()));
        std::fs::create_dir(&folder).unwrap();
        let whole = ServerStorage { databases: Some(databases(&folder)), ..storage(&clock) };
        let mut shared = fused(&whole, &fuse);
        if together {
            shared = followed(shared, &clock, &folder);
        }
        let [slow, other] =
            [0, 1].map(|_| Server::of(shared.clone(), Arc::clone(&clock), ServerConfig::default()));
        let other = Arc::new(other);
        let mut points = 0;
        for (before, first) in &STEPS[..2] {
            for (mine, own) in &STEPS[1..3] {
                for (theirs, visit) in &STEPS[1..] {
                    for calls in 0.. {
                        let mut client = slow.client();
                        for step in [&[DELETE], *first].into_iter().flatten() {
                            step(&mut client);
                        }
                        let visited = visit_at(calls, &fuse, &other, visit);
                        own.iter().for_each(|step| step(&mut client));
                        if !fuse.was_visited() {
                            break;
                        }
                        points += 1;
                        visited.recv().unwrap();
                        let what = format!("{together}: {before}; {mine}; at call {calls}: {theirs}");
                        assert_agreement(&mut client, &what);
                        assert_agreement(&mut other.client(), &what);
                    }
                }
            }
        }
        assert!(points > 100, "{points} points");
    }
}

/// What happens in each trial: to everything, or to objects alone.
fn changes(client: &mut Client, objects_alone: bool) {
    if !objects_alone {
        client.put("kv/a/old", json!({"value": "changed", "metadata": 1, "expiration_ttl": 1000}));
        client.put("kv/a/new", json!({"value": "new"}));
        client.delete("kv/b/old");
    }
    client.put("r2/a/old", json!({"content": "AAAA", "metadata": {"a": "b"}}));
    let text = [("content-type", "text/plain")];
    client.ask("PUT", "/api/storage/r2/a/large", &text, &[7; 200_000]);
    client.delete("r2/b/old");
    if !objects_alone {
        exec(client, "a", "CREATE TABLE new (x)");
        exec(client, "a", "ALTER TABLE old RENAME TO renamed");
        exec(client, "b", "DROP TABLE old");
    }
    ask(client, "list");
}

/// The process dies at the nth call of a store, for every n until all is done; before the call, or when it is done and
/// nobody heard of it. Then another server comes up on what is left.
fn crash_at_any_point(together: bool, expected: usize) {
    let mut points = BTreeSet::new();
    for last_is_done in [false, true] {
        for calls in 0.. {
            let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
            let whole = ServerStorage { databases: Some(databases(folder.path())), ..storage(&clock) };
            let fuse = Fuse::new();
            let config = ServerConfig::default();
            let mortal = fused(&whole, &fuse);
            let (mortal, left) = if together {
                let mortal = followed(mortal, &clock, folder.path());
                // The store of objects stays: its folder is its own. What it calls is dead for a while.
                (mortal.clone(), mortal)
            } else {
                (mortal, whole)
            };
            let server = Server::of(mortal, Arc::clone(&clock), config.clone());
            let mut client = server.client();
            for namespace in NAMESPACES {
                client.put(&format!("kv/{namespace}/old"), json!({"value": "old"}));
                client.put(&format!("r2/{namespace}/old"), json!({"content": "b2xk"}));
                exec(&mut client, namespace, "CREATE TABLE old (x)");
            }
            clock.advance(Duration::from_secs(1));
            fuse.light(calls, last_is_done);
            changes(&mut server.client(), together);
            let died = fuse.put_out();

            let next = Server::of(left, Arc::clone(&clock), config);
            if calls % 2 == 0 {
                // As `credenza serve` does; without, the first who asks waits for it.
                block_on(next.proxy.recover()).unwrap();
            }
            assert_agreement(&mut next.client(), &format!("a crash at call {calls}, {last_is_done}"));
            // The old one has only lost its stores for a while.
            assert_agreement(&mut server.client(), &format!("an outage at call {calls}, {last_is_done}"));

            // When their time is over, nothing is left of the intents.
            clock.advance(Duration::from_secs(3600));
            if calls % 10 == 0 {
                let emptied = async {
                    while next.kv.zcard("registry#intents").await.unwrap() > 0 {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                };
                let kept = async {
                    tokio::select! { () = next.proxy.keep() => {}, () = emptied => {} }
                };
                let kept = block_on(async { tokio::time::timeout(Duration::from_secs(30), kept).await });
                assert!(kept.is_ok(), "intents at call {calls}");
            }
            points.insert(calls);
            if !died {
                break;
            }
        }
    }
    assert!(points.len() > expected, "{} points", points.len());
}

#[test]
fn a_crash_at_any_point() {
    crash_at_any_point(false, 40);
}

#[test]
fn a_crash_at_any_point_where_objects_and_registry_are_one() {
    crash_at_any_point(true, 10);
}

/// A put of an object that the registry follows is one write, which has all or nothing.
#[test]
fn an_object_and_its_record_are_one_write() {
    let (clock, folder) = (clock(), tempfile::tempdir().unwrap());
    let fuse = Fuse::new();
    let storage = followed(fused(&storage(&clock), &fuse), &clock, folder.path());
    let server = Server::of(storage, Arc::clone(&clock), ServerConfig::default());
    let mut client = server.client();
    // It reads the object and the record, and writes.
    fuse.light(3, false);
    assert_eq!(client.put("r2/a/k", json!({"content": "AAAA"})).status, 200);
    assert_eq!(client.put("r2/a/k", json!({"content": "AAAA"})).status, 503, "the fourth call fails");
    fuse.put_out();
    assert_eq!(ask(&mut client, "list").json()["resources"][0]["size"], 3);
    // What a client registered goes with an object that is not there.
    let ghost = json!({"type": "r2", "namespace": "a", "key": "ghost"}).to_string();
    let json_type = [("content-type", "application/json")];
    assert_eq!(client.ask("POST", "/api/resources/register", &json_type, ghost.as_bytes()).status, 200);
    assert_eq!(ask(&mut client, "list").json()["total"], 2);
    assert_eq!(client.delete("r2/a/ghost").status, 200);
    assert_eq!(client.delete("r2/a/k").status, 200);
    assert_eq!(ask(&mut client, "list").json()["total"], 0);
}

/// Nobody is told of a registry that may be wrong.
#[test]
fn a_registry_that_cannot_be_brought_in_order_is_not_told() {
    let clock = clock();
    let (whole, fuse) = (storage(&clock), Fuse::new());
    let server = Server::of(fused(&whole, &fuse), Arc::clone(&clock), ServerConfig::default());
    let mut client = server.client();
    client.put("r2/a/k", json!({"content": "AAAA"}));
    // The intent is written, the object put, and its answer lost; then nothing answers.
    fuse.light(1, true);
    assert_eq!(client.put("r2/a/k", json!({"content": ""})).status, 503);
    assert_eq!(ask(&mut client, "list").status, 503);
    assert_eq!(ask(&mut client, "stats").status, 503);
    fuse.put_out();
    assert_eq!(ask(&mut client, "list").json()["resources"][0]["size"], 0);
    let lonely = ServerStorage { blob: None, ..whole };
    let proxy = Proxy::new(lonely, &ServerConfig::default()).unwrap();
    block_on(proxy.recover()).unwrap();
}
