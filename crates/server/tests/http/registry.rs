//! The registry over HTTP: shapes, filters, pages, and that it follows keys.

use std::time::Duration;

use credenza_server::ServerConfig;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::faulty::faulty;
use crate::server::Server;

/// `GET` of a path under `/api/resources/`.
pub(crate) fn ask(client: &mut Client, path: &str) -> Answer {
    client.ask("GET", &format!("/api/resources/{path}"), &[], b"")
}

fn send(client: &mut Client, method: &str, path: &str, body: Value) -> Answer {
    let json = [("content-type", "application/json")];
    client.ask(method, &format!("/api/resources/{path}"), &json, body.to_string().as_bytes())
}

/// `type:namespace:key` of what is listed, in order.
pub(crate) fn listed(client: &mut Client, query: &str) -> Vec<String> {
    let list = ask(client, &format!("list?{query}")).json();
    let text = |resource: &Value, name: &str| resource[name].as_str().unwrap().to_owned();
    let told = |resource: &Value| {
        format!("{}:{}:{}", text(resource, "type"), text(resource, "namespace"), text(resource, "key"))
    };
    list["resources"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn a_list_looks_as_it_is_documented() {
    let server = Server::whole();
    let mut client = server.client();
    let empty = json!({"resources": [], "total": 0, "offset": 0, "limit": 100, "has_more": false});
    assert_eq!(ask(&mut client, "list").told(), (200, empty));
    client.put("kv/app1/user:123", json!({"value": "Alice é", "metadata": {"version": 1}}));
    server.clock.advance(Duration::from_secs(60));
    client.put("r2/app1/file.txt", json!({"content": "SGVsbG8gV29ybGQh", "metadata": {"type": "text"}}));
    let expected = json!({
        "resources": [
            {
                "type": "r2",
                "namespace": "app1",
                "key": "file.txt",
                "created_at": "2027-01-15T08:01:00.000Z",
                "updated_at": "2027-01-15T08:01:00.000Z",
                "size": 12,
                "metadata": {"type": "text"},
            },
            {
                "type": "kv",
                "namespace": "app1",
                "key": "user:123",
                "created_at": "2027-01-15T08:00:00.000Z",
                "updated_at": "2027-01-15T08:00:00.000Z",
                "size": 8,
                "metadata": {"version": 1},
            },
        ],
        "total": 2,
        "offset": 0,
        "limit": 100,
        "has_more": false,
    });
    assert_eq!(ask(&mut client, "list").told(), (200, expected));
    let stats = json!({
        "total": 2,
        "by_type": {"kv": 1, "d1": 0, "r2": 1, "do": 0},
        "by_namespace": {"app1": 2},
        "total_size": 20,
    });
    assert_eq!(ask(&mut client, "stats").told(), (200, stats));

    server.clock.advance(Duration::from_secs(60));
    client.put("kv/app1/user:123", json!({"value": "A"}));
    let list = ask(&mut client, "list?type=kv").json();
    let expected = json!([{
        "type": "kv",
        "namespace": "app1",
        "key": "user:123",
        "created_at": "2027-01-15T08:00:00.000Z",
        "updated_at": "2027-01-15T08:02:00.000Z",
        "size": 1,
    }]);
    assert_eq!(list["resources"], expected, "made once, changed since, without metadata now");
    client.delete("kv/app1/user:123");
    client.delete("r2/app1/file.txt");
    let empty = json!({
        "total": 0,
        "by_type": {"kv": 0, "d1": 0, "r2": 0, "do": 0},
        "by_namespace": {},
        "total_size": 0,
    });
    assert_eq!(ask(&mut client, "stats").told(), (200, empty));
    assert_eq!(ask(&mut client, "list").json()["total"], 0);
}

#[test]
fn clients_register_by_hand() {
    let server = Server::start();
    let mut client = server.client();
    let body = json!({"type": "do", "namespace": "a", "key": "room", "size": 7, "metadata": [1]});
    let resource = json!({
        "type": "do",
        "namespace": "a",
        "key": "room",
        "created_at": "2027-01-15T08:00:00.000Z",
        "updated_at": "2027-01-15T08:00:00.000Z",
        "size": 7,
        "metadata": [1],
    });
    let expected = json!({"success": true, "resource_id": "do:a:room", "resource": resource});
    assert_eq!(send(&mut client, "POST", "register", body).told(), (200, expected));
    server.clock.advance(Duration::from_secs(1));
    let again = json!({"type": "do", "namespace": "a", "key": "room", "size": null});
    let resource = json!({
        "type": "do",
        "namespace": "a",
        "key": "room",
        "created_at": "2027-01-15T08:00:00.000Z",
        "updated_at": "2027-01-15T08:00:01.000Z",
    });
    let expected = json!({"success": true, "resource_id": "do:a:room", "resource": resource});
    assert_eq!(send(&mut client, "POST", "register", again).told(), (200, expected));
    assert_eq!(ask(&mut client, "stats").json()["total_size"], 0);

    let named = json!({"type": "do", "namespace": "a", "key": "room"});
    let expected = json!({"success": true, "resource_id": "do:a:room"});
    assert_eq!(send(&mut client, "DELETE", "unregister", named.clone()).told(), (200, expected));
    let missing = json!({"success": false, "error": "Resource not found"});
    assert_eq!(send(&mut client, "DELETE", "unregister", named).told(), (404, missing));
    assert!(listed(&mut client, "").is_empty());
}

/// What is registered by hand does not change what a key is, and unregistering loses nothing of it.
#[test]
fn what_is_registered_by_hand_is_apart_from_the_key() {
    let server = Server::start();
    let mut client = server.client();
    let key = json!({"type": "kv", "namespace": "a", "key": "k"});
    client.put("kv/a/k", json!({"value": "v", "metadata": {"own": true}, "expiration_ttl": 60}));
    let mut other = key.clone();
    other["metadata"] = json!("other");
    assert_eq!(send(&mut client, "POST", "register", other).status, 200);
    assert_eq!(ask(&mut client, "list").json()["resources"][0]["metadata"], "other");
    assert_eq!(client.get("kv/a").json()["keys"][0]["metadata"], json!({"own": true}));

    assert_eq!(send(&mut client, "DELETE", "unregister", key.clone()).status, 200);
    assert_eq!(send(&mut client, "DELETE", "unregister", key.clone()).status, 404);
    assert!(listed(&mut client, "").is_empty());
    assert_eq!(ask(&mut client, "stats").json()["total"], 0);
    assert_eq!(client.get("kv/a/k?metadata=true").json()["metadata"], json!({"own": true}));
    client.put("kv/a/k", json!({"value": "v"}));
    assert_eq!(listed(&mut client, ""), ["kv:a:k"], "a write registers it again");
    client.delete("kv/a/k");
    assert!(listed(&mut client, "").is_empty());
}

#[test]
fn filters() {
    let server = Server::whole();
    let mut client = server.client();
    for (path, advance) in [("kv/a/user:1", 1), ("kv/a/user:2", 1), ("kv/a/x", 1), ("kv/b/user:1", 1)] {
        client.put(path, json!({"value": "v"}));
        server.clock.advance(Duration::from_secs(advance));
    }
    for path in ["r2/a/user:1", "r2/b/z"] {
        client.put(path, json!({"content": ""}));
        server.clock.advance(Duration::from_secs(1));
    }
    for (query, expected) in [
        ("", vec!["r2:b:z", "r2:a:user:1", "kv:b:user:1", "kv:a:x", "kv:a:user:2", "kv:a:user:1"]),
        ("type=kv", vec!["kv:b:user:1", "kv:a:x", "kv:a:user:2", "kv:a:user:1"]),
        ("type=d1", vec![]),
        ("namespace=a", vec!["r2:a:user:1", "kv:a:x", "kv:a:user:2", "kv:a:user:1"]),
        ("type=kv&namespace=a", vec!["kv:a:x", "kv:a:user:2", "kv:a:user:1"]),
        ("key_prefix=user:", vec!["r2:a:user:1", "kv:b:user:1", "kv:a:user:2", "kv:a:user:1"]),
        ("key_prefix=user:&namespace=a&type=kv", vec!["kv:a:user:2", "kv:a:user:1"]),
        ("key_prefix=*", vec![]),
        ("type=kv&namespace=none", vec![]),
        ("limit=2", vec!["r2:b:z", "r2:a:user:1"]),
        ("limit=2&offset=3", vec!["kv:a:x", "kv:a:user:2"]),
        ("key_prefix=user&limit=2&offset=1", vec!["kv:b:user:1", "kv:a:user:2"]),
        ("limit=2&offset=6", vec![]),
        ("offset=5&limit=1000000", vec!["kv:a:user:1"]),
        ("type=&namespace=&key_prefix=&offset=&limit=1", vec!["r2:b:z"]),
    ] {
        assert_eq!(listed(&mut client, query), expected, "{query}");
    }
    let page = ask(&mut client, "list?limit=0&offset=1&type=kv").json();
    assert_eq!(
        (&page["total"], &page["offset"], &page["limit"], &page["has_more"]),
        (&json!(4), &json!(1), &json!(100), &json!(false))
    );
    assert_eq!(ask(&mut client, "list?limit=3&type=kv").json()["has_more"], true);
    assert_eq!(ask(&mut client, "list?limit=5000").json()["limit"], 1000);
}

#[test]
fn nonsense_is_refused() {
    let server = Server::start();
    let mut client = server.client();
    for query in [
        "offset=-1",
        "offset=1.5",
        "offset=x",
        "offset=99999999999999999999",
        "offset=9007199254740993",
        "limit=-1",
        "limit=x",
        "limit=1e3",
        "limit=99999999999999999999",
        "type=xx",
        "type=KV",
        "prefix=a",
        "limit=1&limit=2",
    ] {
        let answer = ask(&mut client, &format!("list?{query}"));
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("Invalid request")), "{query}");
    }
    assert_eq!(ask(&mut client, "stats?x=1").status, 400);
    for (body, details) in [
        (json!({"namespace": "a", "key": "k"}), "`type` is missing"),
        (json!({"type": "xx", "namespace": "a", "key": "k"}), "`type` must be kv, d1, r2 or do"),
        (json!({"type": 1, "namespace": "a", "key": "k"}), "`type` must be a string"),
        (json!({"type": "kv", "key": "k"}), "`namespace` is missing"),
        (json!({"type": "kv", "namespace": "", "key": "k"}), "`namespace` and `key` must not be empty"),
        (json!({"type": "kv", "namespace": "a", "key": ""}), "`namespace` and `key` must not be empty"),
        (json!({"type": "kv", "namespace": "a", "key": "k", "other": 1}), "unknown field `other`"),
    ] {
        let expected = (400, json!({"error": "Invalid request", "details": details}));
        assert_eq!(send(&mut client, "POST", "register", body).told(), expected);
    }
    for size in [json!(-1), json!(1.5), json!("7"), json!(1_u64 << 60)] {
        let body = json!({"type": "kv", "namespace": "a", "key": "k", "size": size});
        assert_eq!(send(&mut client, "POST", "register", body).status, 400);
    }
    let long = json!({"type": "kv", "namespace": "a", "key": "x".repeat(2049)});
    assert_eq!(send(&mut client, "POST", "register", long).status, 413);
    let mut client = server.client();
    let metadata = json!({"type": "kv", "namespace": "a", "key": "k", "metadata": "x".repeat(5000)});
    assert_eq!(send(&mut client, "POST", "register", metadata).status, 413);
    let mut client = server.client();
    for (method, path, allow) in [
        ("POST", "list", "GET, HEAD"),
        ("DELETE", "stats", "GET, HEAD"),
        ("GET", "register", "POST"),
        ("POST", "unregister", "DELETE"),
    ] {
        let answer = send(&mut client, method, path, json!({}));
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
    }
    assert_eq!(ask(&mut client, "nothing").told(), (404, json!({"error": "Not found"})));
    assert!(listed(&mut client, "").is_empty());
}

/// The clock stands still, so that all changed at the same moment.
#[test]
fn pages_are_disjoint_and_complete_also_where_all_changed_at_once() {
    let server = Server::whole();
    let mut client = server.client();
    let mut all = Vec::new();
    for n in 0..300 {
        let (kind, body) = match n % 3 {
            0 => ("r2", json!({"content": ""})),
            _ => ("kv", json!({"value": ""})),
        };
        let (namespace, key) = (n % 7, format!("k{n}"));
        client.put(&format!("{kind}/ns{namespace}/{key}"), body);
        all.push(format!("{kind}:ns{namespace}:{key}"));
        if n % 50 == 0 {
            server.clock.advance(Duration::from_millis(1));
        }
    }
    all.sort();
    for filter in ["", "&key_prefix=k"] {
        for limit in [1, 7, 100, 1000] {
            let mut found = Vec::new();
            let mut pages = 0;
            loop {
                let query = format!("limit={limit}&offset={}{filter}", found.len());
                let page = listed(&mut client, &query);
                assert_eq!(ask(&mut client, &format!("list?{query}")).json()["total"], 300);
                pages += 1;
                if page.is_empty() || pages > 20 && limit == 1 {
                    break;
                }
                found.extend(page);
            }
            let count = found.len();
            found.sort();
            found.dedup();
            assert_eq!(found.len(), count, "each once");
            assert!(limit == 1 || found == all, "{limit} {filter}");
        }
    }
}

/// Weakness 11: each write rewrote the whole registry.
#[test]
fn a_write_costs_the_same_however_many_resources_there_are() {
    let (server, store) = faulty(ServerConfig::default());
    let mut client = server.client();
    let mut costs = Vec::new();
    for n in 0..2000 {
        store.requests();
        client.put(&format!("kv/a/k{n}"), json!({"value": "v", "metadata": n}));
        costs.push(store.requests());
    }
    assert!(costs.iter().all(|cost| *cost == 2), "to read what stands there, and to write it all");
    store.requests();
    assert_eq!(listed(&mut client, "type=kv&namespace=a&offset=1900").len(), 100);
    assert!(store.requests() <= 5, "a page by its rank");
}

#[test]
fn what_has_expired_is_neither_listed_nor_counted() {
    let server = Server::start();
    let mut client = server.client();
    for n in 0..200 {
        client.put(&format!("kv/a/k{n}"), json!({"value": "vvv", "expiration_ttl": 10 + n % 2 * 10}));
    }
    client.put("kv/a/stays", json!({"value": "vvv"}));
    client.put("kv/a/k0", json!({"value": "longer", "expiration_ttl": 1000}));
    client.put("kv/a/k2", json!({"value": "for ever"}));
    server.clock.advance(Duration::from_secs(10));
    let stats = ask(&mut client, "stats").json();
    assert_eq!((&stats["total"], &stats["total_size"]), (&json!(103), &json!(101 * 3 + 6 + 8)));
    server.clock.advance(Duration::from_secs(10));
    let mut left = listed(&mut client, "");
    left.sort();
    assert_eq!(left, ["kv:a:k0", "kv:a:k2", "kv:a:stays"]);
    server.clock.advance(Duration::from_secs(5));
    client.put("kv/a/k1", json!({"value": "again"}));
    let list = ask(&mut client, "list?key_prefix=k1").json();
    assert_eq!(list["resources"][0]["created_at"], "2027-01-15T08:00:25.000Z", "it was made anew");
}
