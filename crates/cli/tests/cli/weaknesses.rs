//! What the predecessor failed at, by the numbers of the list of its weaknesses: each shown to be gone, from outside.

use serde_json::{Value, json};

use crate::blob::noise;
use crate::http::{delete, exec, get, json as send_json, put_raw, registered, rows, send, statement};
use crate::people::told;
use crate::process::{Server, credenza};

/// What users made in a namespace.
const OWN: &str = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'credenza%' ORDER BY name";

fn started() -> (tempfile::TempDir, Server) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--durability", "normal"]);
    (data, server)
}

fn put(server: &Server, path: &str, value: &str) {
    let answer = send_json(server, "PUT", path, &json!({ "value": value }));
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
}

#[test]
fn w01_the_registry_answers() {
    let (_data, server) = started();
    for path in ["/api/resources/list", "/api/resources/stats"] {
        assert_eq!(get(&server, path).status, 200, "{path}");
    }
    let resource = json!({"type": "do", "namespace": "a", "key": "k"});
    assert_eq!(send_json(&server, "POST", "/api/resources/register", &resource).status, 200);
    assert_eq!(send_json(&server, "DELETE", "/api/resources/unregister", &resource).status, 200);
}

#[test]
fn w02_if_not_exists_and_if_exists() {
    let (_data, server) = started();
    for _ in 0..2 {
        exec(&server, "app1", "CREATE TABLE IF NOT EXISTS users (id INTEGER)");
    }
    assert_eq!(registered(&server, ""), ["d1 app1 users"]);
    for _ in 0..2 {
        exec(&server, "app1", "DROP TABLE IF EXISTS users");
    }
    assert_eq!(registered(&server, ""), [""; 0]);
}

#[test]
fn w03_update_changes_the_table_of_its_namespace() {
    let (_data, server) = started();
    for namespace in ["app1", "app2"] {
        exec(&server, namespace, "CREATE TABLE users (name TEXT)");
        exec(&server, namespace, "INSERT INTO users VALUES ('old')");
    }
    assert_eq!(exec(&server, "app1", "UPDATE users SET name = 'new'"), 1);
    assert_eq!(rows(&server, "app1", "SELECT name FROM users"), json!([{"name": "new"}]));
    assert_eq!(rows(&server, "app2", "SELECT name FROM users"), json!([{"name": "old"}]));
}

#[test]
fn w04_text_is_left_as_it_is() {
    let (_data, server) = started();
    for text in ["hello from bob", "INSERT INTO x", "join us", "the table a", "-- from b", "/* into c */"] {
        let found = rows(&server, "app1", &format!("SELECT '{text}' AS text"));
        assert_eq!(found, json!([{ "text": text }]));
    }
}

#[test]
fn w05_every_kind_of_name_stays_in_its_namespace() {
    let (_data, server) = started();
    exec(&server, "app2", "CREATE TABLE users (secret TEXT)");
    exec(&server, "app1", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)");
    exec(&server, "app1", "CREATE TABLE posts (author INTEGER REFERENCES users (id), text TEXT)");
    exec(&server, "app1", "CREATE INDEX by_author ON posts (author)");
    exec(&server, "app1", "INSERT INTO users VALUES (1, 'Ada')");
    exec(&server, "app1", "INSERT INTO posts VALUES (1, 'first')");
    let expected = json!([{"name": "Ada", "text": "first"}]);
    for sql in [
        "SELECT name, text FROM users, posts WHERE users.id = posts.author",
        "SELECT users.name, posts.text FROM users JOIN posts ON posts.author = users.id",
        "WITH recent AS (SELECT * FROM posts) SELECT name, text FROM recent JOIN users ON author = id",
        "SELECT name, text FROM \"users\" u JOIN [posts] p ON p.author = u.id",
        "SELECT name, text FROM main.users JOIN main.posts ON author = id",
    ] {
        assert_eq!(rows(&server, "app1", sql), expected, "{sql}");
    }
    let tables = rows(&server, "app1", OWN);
    assert_eq!(tables, json!([{"name": "by_author"}, {"name": "posts"}, {"name": "users"}]));
    for name in ["\"app2_users\"", "app2_users", "app2.users", "\"app2\".users", "[app2/users]"] {
        assert_eq!(
            statement(&server, "app1", "query", &format!("SELECT * FROM {name}")).status,
            400,
            "{name}"
        );
    }
}

#[test]
fn w06_a_namespace_is_any_text_and_never_sql() {
    let (_data, server) = started();
    let spaces = ["my-app", "a b", "a;DROP TABLE x", "'\"`", "é", "a", "a_b", "A"];
    for (number, space) in spaces.iter().enumerate() {
        let space = encode(space);
        exec(&server, &space, "CREATE TABLE b_c (n INTEGER)");
        exec(&server, &space, "CREATE TABLE c (n INTEGER)");
        exec(&server, &space, &format!("INSERT INTO c VALUES ({number})"));
        exec(&server, &space, &format!("INSERT INTO b_c VALUES (-{number})"));
    }
    for (number, space) in spaces.iter().enumerate() {
        let found = rows(&server, &encode(space), "SELECT c.n AS one, b_c.n AS two FROM c, b_c");
        assert_eq!(found, json!([{"one": number, "two": -(number as i64)}]), "{space}");
    }
    assert_eq!(registered(&server, "&type=d1").len(), 2 * spaces.len());
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// There are no users yet, so nobody but this machine is let in unasked; a page in a browser is not this machine.
#[test]
fn w07_nobody_else_is_let_in_unasked() {
    let output = credenza().args(["serve", "--listen", "0.0.0.0:0", "--data", "/nonexistent"]).output();
    let (code, _, error) = told(output.unwrap());
    assert!(code == 2 && error.contains("--allow-unauthenticated"), "{error}");
    let (_data, server) = started();
    let body = json!({"type": "do", "namespace": "a", "key": "k"}).to_string();
    let headers = [("host", "evil.example"), ("content-type", "application/json")];
    assert_eq!(send(&server, "POST", "/api/resources/register", &headers, &body).status, 403);
    let simple = [("content-type", "text/plain")];
    assert_eq!(
        send(&server, "POST", "/api/resources/register", &simple, &body).status,
        415,
        "no form can send it"
    );
    assert_eq!(registered(&server, ""), [""; 0]);
}

#[test]
fn w08_objects_of_any_size_are_read() {
    let (_data, server) = started();
    for length in [100_000, 130_000, 5_000_000] {
        let content = noise(length);
        assert_eq!(put_raw(&server, "/api/storage/r2/a/k", &content).status, 200);
        let object = get(&server, "/api/storage/r2/a/k").json();
        assert_eq!(
            (&object["size"], object["content"].as_str().unwrap().len()),
            (&json!(length), length.div_ceil(3) * 4)
        );
        let again = json!({ "content": object["content"] });
        assert_eq!(send_json(&server, "PUT", "/api/storage/r2/a/copy", &again).status, 200);
        let copy = get(&server, "/api/storage/r2/a/copy?raw=true");
        assert!(copy.body == content, "{length}");
    }
}

#[test]
fn w09_bytes_ranges_and_types_beside_base64() {
    let (_data, server) = started();
    let stored =
        send(&server, "PUT", "/api/storage/r2/a/k.png", &[("content-type", "image/png")], "0123456789");
    assert_eq!(stored.json(), json!({"success": true, "size": 10}));
    let raw = ("accept", "application/octet-stream");
    let whole = send(&server, "GET", "/api/storage/r2/a/k.png", &[raw], "");
    assert_eq!((whole.text(), whole.header("content-type")), ("0123456789", "image/png"));
    assert_eq!(whole.header("etag"), stored.header("etag"));
    let part = send(&server, "GET", "/api/storage/r2/a/k.png", &[raw, ("range", "bytes=2-4")], "");
    assert_eq!((part.status, part.text(), part.header("content-range")), (206, "234", "bytes 2-4/10"));
    let known =
        send(&server, "GET", "/api/storage/r2/a/k.png", &[("if-none-match", whole.header("etag"))], "");
    assert_eq!((known.status, known.body.len()), (304, 0));
    let beyond = send(&server, "GET", "/api/storage/r2/a/k.png", &[("range", "bytes=10-")], "");
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */10"));
    let json = get(&server, "/api/storage/r2/a/k.png").json();
    assert_eq!(json["httpMetadata"], json!({"contentType": "image/png"}));
}

#[test]
fn w10_lists_go_on_after_the_first_page() {
    let (_data, server) = started();
    for number in 0..250 {
        put(&server, &format!("/api/storage/kv/a/k{number:03}"), "");
        assert_eq!(put_raw(&server, &format!("/api/storage/r2/a/k{number:03}"), "x").status, 200);
    }
    for (store, list, name) in [("kv", "keys", "name"), ("r2", "objects", "key")] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&server, &format!("/api/storage/{store}/a?cursor={cursor}")).json();
            let names = page[list].as_array().unwrap().iter().map(|it| it[name].as_str().unwrap().to_owned());
            found.extend(names);
            match page["cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let expected: Vec<_> = (0..250).map(|number| format!("k{number:03}")).collect();
        assert_eq!(found, expected, "{store}");
    }
}

#[test]
fn w11_the_registry_has_no_largest_size() {
    let (_data, server) = started();
    let mut client = server.connect();
    // Far more than the 128 KiB that a value of the predecessor's registry could have.
    let long = "k".repeat(500);
    for number in 0..2000 {
        let path = format!("/api/storage/kv/a/{long}{number:04}");
        assert_eq!(client.put(&path, "x").unwrap().0, 200);
    }
    let page = get(&server, "/api/resources/list?limit=1").json();
    assert_eq!((&page["total"], &page["has_more"]), (&json!(2000), &json!(true)));
    assert_eq!(page["resources"][0]["key"], format!("{long}1999"));
    let last = get(&server, "/api/resources/list?limit=1&offset=1999").json();
    assert_eq!(last["resources"][0]["key"], format!("{long}0000"));
}

#[test]
fn w12_the_registry_follows_what_happens() {
    let (_data, server) = started();
    exec(&server, "a", "CREATE TABLE log (text TEXT)");
    exec(&server, "a", "INSERT INTO log VALUES ('CREATE TABLE fake (x)')");
    exec(&server, "a", "/* CREATE TABLE fake (x) */ CREATE VIEW seen AS SELECT text FROM log");
    rows(&server, "a", "SELECT 'CREATE TABLE fake (x)' AS text");
    assert_eq!(registered(&server, ""), ["d1 a log", "d1 a seen"]);
    assert_eq!(statement(&server, "a", "exec", "CREATE TABLE log (x)").status, 400, "it exists");
    exec(&server, "a", "ALTER TABLE log RENAME TO journal");
    assert_eq!(registered(&server, ""), ["d1 a journal", "d1 a seen"]);
    exec(&server, "a", "DROP VIEW seen");
    exec(&server, "a", "DROP TABLE journal");
    assert_eq!(registered(&server, ""), [""; 0]);

    put(&server, "/api/storage/kv/a/k", "x");
    assert_eq!(put_raw(&server, "/api/storage/r2/a/k", "x").status, 200);
    assert_eq!(registered(&server, ""), ["kv a k", "r2 a k"]);
    // A write that fails registers nothing.
    let refused = send(&server, "PUT", "/api/storage/r2/a/other", &[("if-match", "\"x\"")], "x");
    assert_eq!(refused.status, 412);
    let refused = send_json(&server, "PUT", "/api/storage/r2/a/other", &json!({"content": "?"}));
    assert_eq!(refused.status, 400);
    delete(&server, "/api/storage/kv/a/k");
    assert_eq!(registered(&server, ""), ["r2 a k"]);
    delete(&server, "/api/storage/r2/a/k");
    assert_eq!(registered(&server, ""), [""; 0]);
}

#[test]
fn w12_the_registry_agrees_after_a_kill() {
    let data = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let mut server = Server::start(data.path(), &[]);
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let server = &server;
                scope.spawn(move || {
                    let agent: ureq::Agent =
                        ureq::Agent::config_builder().http_status_as_error(false).build().into();
                    for number in 0.. {
                        let key = format!("{writer}-{}", number % 5);
                        let url = format!("{}/api/storage/r2/crash/{key}", server.url());
                        let sql = format!("CREATE TABLE \"t{key}-{round}-{number}\" (x)");
                        let statement = format!("{}/api/storage/d1/crash/exec", server.url());
                        let outcomes = [
                            agent.put(&url).content_type("text/plain").send("x".repeat(number)),
                            agent
                                .post(&statement)
                                .content_type("application/json")
                                .send(json!({ "sql": sql }).to_string()),
                            if number % 3 == 0 { agent.delete(&url).call() } else { agent.get(&url).call() },
                        ];
                        if outcomes.iter().any(Result::is_err) {
                            break;
                        }
                    }
                });
            }
            std::thread::sleep(std::time::Duration::from_millis(400));
            server.signal("KILL");
        });
        server.wait();

        let server = Server::start(data.path(), &[]);
        let objects = get(&server, "/api/storage/r2/crash?limit=1000").json();
        let named = |list: &Value, kind: &str, name: &str| {
            let names = list
                .as_array()
                .unwrap()
                .iter()
                .map(|it| format!("{kind} crash {}", it[name].as_str().unwrap()));
            names.collect::<Vec<_>>()
        };
        assert_eq!(registered(&server, "&type=r2"), named(&objects["objects"], "r2", "key"));
        let tables = rows(&server, "crash", OWN);
        assert!(!tables.as_array().unwrap().is_empty(), "nothing was written");
        let page = get(&server, "/api/resources/list?type=d1&limit=1000").json();
        let mut listed = named(&page["resources"], "d1", "key");
        listed.sort();
        let mut there = named(&tables, "d1", "name");
        there.truncate(1000);
        assert_eq!(page["total"].as_u64().unwrap() as usize, tables.as_array().unwrap().len());
        if tables.as_array().unwrap().len() <= 1000 {
            assert_eq!(listed, there);
        }
        let sizes: u64 =
            objects["objects"].as_array().unwrap().iter().map(|it| it["size"].as_u64().unwrap()).sum();
        assert_eq!(get(&server, "/api/resources/stats").json()["total_size"], sizes);
    }
}

#[test]
fn w13_no_two_keys_are_the_same() {
    let (_data, server) = started();
    for (namespace, key) in
        [("a:b", "c"), ("a", "b:c"), ("a#b", "c"), ("a", "b#c"), ("a%2Fb", "c"), ("a", "b/c")]
    {
        let path = format!("{}/{}", namespace.replace('#', "%23"), key.replace('#', "%23"));
        put(&server, &format!("/api/storage/kv/{path}"), &path);
        assert_eq!(put_raw(&server, &format!("/api/storage/r2/{path}"), &path).status, 200);
    }
    for path in ["a:b/c", "a/b:c", "a%23b/c", "a/b%23c", "a%2Fb/c", "a/b/c"] {
        assert_eq!(get(&server, &format!("/api/storage/kv/{path}")).json()["value"], path);
        assert_eq!(get(&server, &format!("/api/storage/r2/{path}?raw=true")).text(), path);
    }
    assert_eq!(get(&server, "/api/resources/stats").json()["total"], 12);
}

#[test]
fn w14_encoded_or_not_it_is_the_same_key() {
    let (_data, server) = started();
    put(&server, "/api/storage/kv/a/user:1", "v");
    assert_eq!(get(&server, "/api/storage/kv/a/user%3A1").json()["value"], "v");
    put(&server, "/api/storage/kv/a/a%20b%C3%A9%25", "v");
    assert_eq!(get(&server, "/api/storage/kv/a?prefix=a%20b").json()["keys"][0]["name"], "a bé%");
    assert_eq!(put_raw(&server, "/api/storage/r2/a/dir%2Ffile%20one", "x").status, 200);
    assert_eq!(get(&server, "/api/storage/r2/a/dir/file%20one?raw=true").text(), "x");
    assert_eq!(registered(&server, ""), ["kv a a bé%", "kv a user:1", "r2 a dir/file one"]);
}

#[test]
fn w15_expiry_conditions_metadata_and_the_right_status() {
    let (_data, server) = started();
    let body = json!({"value": "v", "metadata": {"n": 1}, "expiration_ttl": 1});
    let first = send_json(&server, "PUT", "/api/storage/kv/a/k", &body);
    let all = get(&server, "/api/storage/kv/a/k?metadata=true").json();
    assert_eq!((&all["metadata"], all["expiration"].is_u64()), (&json!({"n": 1}), true));
    let json = ("content-type", "application/json");
    let tag = first.header("etag").to_owned();
    let write = |tag: &str| {
        send(&server, "PUT", "/api/storage/kv/a/k", &[json, ("if-match", tag)], r#"{"value":"w"}"#).status
    };
    assert_eq!([write(&tag), write(&tag)], [200, 412]);
    for (method, path, body, status) in [
        ("PUT", "/api/storage/kv/a/k", "{", 400),
        ("PUT", "/api/storage/r2/a/k", "{\"content\": \"?\"}", 400),
        ("POST", "/api/storage/d1/a/query", "{\"sql\": \"SELEC\"}", 400),
        ("POST", "/api/storage/d1/a/exec", "{\"sql\": \"ATTACH 'x' AS y\"}", 403),
        ("POST", "/api/storage/d1/a/other", "{\"sql\": \"SELECT 1\"}", 400),
        ("PATCH", "/api/storage/kv/a/k", "{}", 405),
        ("PUT", "/api/storage/r2/a", "{}", 400),
        ("GET", "/api/storage/s3/a/k", "", 400),
    ] {
        let answer = send(&server, method, path, &[json], body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
    }
    // What expires leaves the registry too.
    let body = json!({"value": "v", "expiration_ttl": 1});
    send_json(&server, "PUT", "/api/storage/kv/a/brief", &body);
    assert_eq!(registered(&server, ""), ["kv a brief", "kv a k"]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(registered(&server, ""), ["kv a k"]);
}

#[test]
fn w16_empty_is_not_missing() {
    let (_data, server) = started();
    put(&server, "/api/storage/kv/a/empty", "");
    send_json(&server, "PUT", "/api/storage/r2/a/empty", &json!({"content": ""}));
    assert_eq!(get(&server, "/api/storage/kv/a/empty").json(), json!({"value": ""}));
    let object = json!({"content": "", "size": 0, "httpMetadata": {}, "customMetadata": {}});
    assert_eq!(get(&server, "/api/storage/r2/a/empty").json(), object);
    let raw = get(&server, "/api/storage/r2/a/empty?raw=true");
    assert_eq!((raw.status, raw.body.len(), raw.header("content-length")), (200, 0, "0"));
    assert_eq!(get(&server, "/api/storage/kv/a/missing").status, 404);
    assert_eq!(get(&server, "/api/storage/r2/a/missing").status, 404);
}

#[test]
fn w17_nonsense_is_refused() {
    let (_data, server) = started();
    put(&server, "/api/storage/kv/a/k", "v");
    for query in ["offset=-1", "limit=-1", "limit=x", "offset=99999999999999999999", "type=s3", "unknown=1"] {
        let answer = get(&server, &format!("/api/resources/list?{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
    let page = get(&server, "/api/resources/list?limit=0&offset=1000000").json();
    assert_eq!(
        page,
        json!({"resources": [], "total": 1, "offset": 1_000_000, "limit": 100, "has_more": false})
    );
    for resource in [
        json!({"type": "s3", "namespace": "a", "key": "k"}),
        json!({"type": "kv", "namespace": "a"}),
        json!({"type": "kv", "namespace": "a", "key": ""}),
        json!({"type": "kv", "namespace": "a", "key": "k", "size": -1}),
        json!({"type": "kv", "namespace": "a", "key": "k", "created_at": "now"}),
    ] {
        assert_eq!(
            send_json(&server, "POST", "/api/resources/register", &resource).status,
            400,
            "{resource}"
        );
    }
}
