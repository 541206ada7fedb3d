//! Tables over HTTP, and that the registry follows them.

use std::time::{Duration, Instant};

use credenza_server::{ServerConfig, ServerLimits};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::registry::{ask, listed};
use crate::server::Server;

pub(crate) fn post(client: &mut Client, path: &str, body: Value) -> Answer {
    let json = [("content-type", "application/json")];
    client.ask("POST", &format!("/api/storage/d1/{path}"), &json, body.to_string().as_bytes())
}

pub(crate) fn exec(client: &mut Client, namespace: &str, sql: &str) -> Answer {
    post(client, &format!("{namespace}/exec"), json!({"sql": sql}))
}

/// The rows of a query that succeeds.
fn rows(client: &mut Client, namespace: &str, sql: &str, params: Value) -> Value {
    let answer = post(client, &format!("{namespace}/query"), json!({"sql": sql, "params": params}));
    assert_eq!(answer.status, 200, "{sql}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()["results"].take()
}

/// An exec that succeeds.
fn done(client: &mut Client, namespace: &str, sql: &str) {
    let answer = exec(client, namespace, sql);
    assert_eq!(answer.status, 200, "{sql}: {}", String::from_utf8_lossy(&answer.body));
}

#[test]
fn the_document_s_examples() {
    let server = Server::with_databases();
    let mut client = server.client();
    let body = json!({"sql": "CREATE TABLE users (id INTEGER, name TEXT)", "params": []});
    let created = post(&mut client, "app1/exec", body).json();
    assert_eq!((&created["success"], created.as_object().unwrap().len()), (&json!(true), 2), "{created}");
    let body = json!({"sql": "INSERT INTO users VALUES (?, ?)", "params": [123, "Bob"]});
    let meta = post(&mut client, "app1/exec", body).json()["meta"].take();
    assert_eq!((&meta["changes"], &meta["last_row_id"]), (&json!(1), &json!(1)));
    assert!(meta["duration"].is_f64() && meta["changed_db"] == true && meta["served_by"] == "credenza");
    let body = json!({"sql": "SELECT * FROM users WHERE id = ?", "params": [123]});
    let found = post(&mut client, "app1/query", body.clone()).json();
    assert_eq!((&found["success"], &found["results"]), (&json!(true), &json!([{"id": 123, "name": "Bob"}])));
    assert_eq!((found.as_object().unwrap().len(), &found["meta"]["changed_db"]), (3, &json!(false)));
    assert_eq!(post(&mut client, "app1", body.clone()).json()["results"], found["results"], "no operation");
    assert!(post(&mut client, "app1/exec", body).json().get("results").is_none());
    let registered = json!([{
        "type": "d1",
        "namespace": "app1",
        "key": "users",
        "created_at": "2027-01-15T08:00:00.000Z",
        "updated_at": "2027-01-15T08:00:00.000Z",
    }]);
    assert_eq!(ask(&mut client, "list?type=d1").json()["resources"], registered);

    let tasks = "
      CREATE TABLE IF NOT EXISTS tasks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        completed BOOLEAN DEFAULT 0,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
      )
    ";
    for _ in 0..2 {
        done(&mut client, "myapp", tasks);
    }
    rows(&mut client, "myapp", "INSERT INTO tasks (title) VALUES (?)", json!(["Finish documentation"]));
    let pending = rows(&mut client, "myapp", "SELECT * FROM tasks WHERE completed = 0", json!([]));
    assert_eq!((&pending[0]["title"], &pending[0]["id"]), (&json!("Finish documentation"), &json!(1)));
}

/// Weaknesses 2 to 6: text was rewritten, and names met.
#[test]
fn statements_mean_what_they_say() {
    let server = Server::with_databases();
    let mut client = server.client();
    let client = &mut client;
    for namespace in ["app1", "app2", "a-b", "a", "a_b", "x'; DROP TABLE users; --", "кот", "%2e%2e%2f"] {
        let namespace = &namespace.replace(' ', "%20").replace('\'', "%27").replace(';', "%3B");
        let theirs = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'credenza%'";
        let tables = rows(client, namespace, theirs, json!([]));
        assert_eq!(tables, json!([]), "{namespace}");
        done(client, namespace, "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT)");
        rows(
            client,
            namespace,
            "INSERT INTO users (name) VALUES ('hello from bob'), (?)",
            json!([namespace]),
        );
        done(client, namespace, "UPDATE users SET name = name || '!' WHERE id = 2");
        let found = rows(client, namespace, "SELECT name FROM \"users\" ORDER BY id", json!([]));
        assert_eq!(found, json!([{"name": "hello from bob"}, {"name": format!("{namespace}!")}]));
        let sql = "WITH users2 AS (SELECT * FROM users u), x AS (SELECT 1 AS one)
                   SELECT a.id FROM users a, users2 b, x WHERE a.id = b.id AND a.id = x.one";
        assert_eq!(rows(client, namespace, sql, json!([])), json!([{"id": 1}]));
        done(client, namespace, "CREATE INDEX by_name ON users (name)");
        done(client, namespace, "CREATE TABLE posts (user INTEGER REFERENCES users (id))");
        done(client, namespace, "DROP TABLE IF EXISTS missing");
    }
    let theirs = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'credenza%'";
    let found = rows(client, "app1", theirs, json!([]));
    assert_eq!(found, json!([{"name": "users"}, {"name": "posts"}]), "its own tables alone");
    let answer = exec(client, "a", "SELECT * FROM a_b_users");
    assert_eq!(answer.status, 400);
    // `a` + `b_c` and `a_b` + `c` were one table.
    done(client, "a", "CREATE TABLE b_c (x)");
    done(client, "a_b", "CREATE TABLE c (x)");
    rows(client, "a", "INSERT INTO b_c VALUES (1)", json!([]));
    assert_eq!(rows(client, "a_b", "SELECT * FROM c", json!([])), json!([]));
}

#[test]
fn values_come_back_as_they_went() {
    let server = Server::with_databases();
    let mut client = server.client();
    let sql = "SELECT ? AS v, typeof(?1) AS t";
    for (value, kind) in [
        (json!(null), "null"),
        (json!(0), "integer"),
        (json!(i64::MAX), "integer"),
        (json!(i64::MIN), "integer"),
        (json!(9_007_199_254_740_993_i64), "integer"),
        (json!(1.5), "real"),
        (json!(-1e-300), "real"),
        (json!(1.0), "real"),
        (json!(""), "text"),
        (json!("кот \0 \u{1f408} \"'"), "text"),
        (json!([]), "blob"),
        (json!([0, 255, 7]), "blob"),
    ] {
        let found = rows(&mut client, "a", sql, json!([value]));
        assert_eq!(found, json!([{"v": value, "t": kind}]));
    }
    assert_eq!(rows(&mut client, "a", sql, json!([true]))[0]["v"], 1, "as SQLite keeps it");
    assert_eq!(rows(&mut client, "a", "SELECT 9e999 AS v", json!([]))[0]["v"], Value::Null);
    let found = rows(&mut client, "a", "SELECT 1 AS a, 2 AS b, 3 AS a", json!([]));
    assert_eq!(found, json!([{"a": 3, "b": 2}]), "of several columns the last, as in D1");
    assert_eq!(rows(&mut client, "a", "-- nothing\n VALUES (1)", json!([])), json!([{"column1": 1}]));
    done(&mut client, "a", "CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
    let found = rows(&mut client, "a", "INSERT INTO t (x) VALUES (7), (8) RETURNING id, x", json!(null));
    assert_eq!(found, json!([{"id": 1, "x": 7}, {"id": 2, "x": 8}]));
    let found = rows(&mut client, "a", "SELECT x FROM t WHERE x = ?2 AND id = ?1", json!([2, 8]));
    assert_eq!(found, json!([{"x": 8}]));
}

#[test]
fn statements_that_cannot_be_run_are_the_clients_fault() {
    let server = Server::with_databases();
    let mut client = server.client();
    done(&mut client, "a", "CREATE TABLE t (id INTEGER PRIMARY KEY, x UNIQUE NOT NULL)");
    done(&mut client, "a", "INSERT INTO t (x) VALUES (1)");
    let before = ask(&mut client, "list").json();
    for (sql, status) in [
        ("", 400),
        ("-- nothing", 400),
        ("SELEC 1", 400),
        ("SELECT * FROM nothing", 400),
        ("SELECT x FROM t; SELECT 2", 400),
        ("DROP TABLE nothing", 400),
        ("CREATE TABLE t (x)", 400),
        ("SELECT abs(-9223372036854775808)", 400),
        ("SELECT ?", 400),
        ("INSERT INTO t (x) VALUES (1)", 409),
        ("INSERT INTO t (x) VALUES (NULL)", 409),
        ("ATTACH DATABASE '/tmp/x.db' AS other", 403),
        ("PRAGMA writable_schema = 1", 403),
        ("VACUUM INTO '/tmp/y.db'", 403),
    ] {
        let answer = exec(&mut client, "a", sql);
        let body = answer.json();
        assert_eq!((answer.status, &body["error"]), (status, &json!("D1 query failed")), "{sql}: {body}");
        let details = body["details"].as_str().unwrap();
        assert!(!details.contains("/tmp") && !details.contains(".db"), "{sql}: {details}");
        assert!(body.get("sqlstate").is_none_or(|code| code.as_str().unwrap().len() == 5), "{sql}: {body}");
    }
    let long = vec!["1"; 2001].join(",");
    assert_eq!(exec(&mut client, "a", &format!("SELECT {long}")).status, 413);
    let mut client = server.client();
    for (body, status, error) in [
        (json!({}), 400, "Invalid request"),
        (json!({"sql": 1}), 400, "Invalid request"),
        (json!({"sql": "SELECT 1", "parms": []}), 400, "Invalid request"),
        (json!({"sql": "SELECT ?", "params": {"a": 1}}), 400, "Invalid request"),
        (json!({"sql": "SELECT ?", "params": [{"a": 1}]}), 400, "Invalid request"),
        (json!({"sql": "SELECT ?", "params": [[256]]}), 400, "Invalid request"),
        (json!({"sql": "SELECT ?", "params": [[[1]]]}), 400, "Invalid request"),
        (json!({"sql": "SELECT ?", "params": "x"}), 400, "Invalid request"),
        (json!({"sql": "SELECT 1", "params": [1]}), 400, "D1 query failed"),
    ] {
        let answer = post(&mut client, "a/query", body.clone());
        assert_eq!((answer.status, &answer.json()["error"]), (status, &json!(error)), "{body}");
    }
    let raw = br#"{"sql": "SELECT ?", "params": [9223372036854775808]}"#;
    let json_type = [("content-type", "application/json")];
    assert_eq!(client.ask("POST", "/api/storage/d1/a/query", &json_type, raw).status, 400);
    let invalid = (400, json!({"error": "Invalid operation"}));
    assert_eq!(post(&mut client, "a/other", json!({"sql": "SELECT 1"})).told(), invalid);
    assert_eq!(post(&mut client, "a/query/x", json!({"sql": "SELECT 1"})).told(), invalid);
    let answer = client.ask("GET", "/api/storage/d1/a/query", &[], b"");
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    assert_eq!(client.ask("POST", "/api/storage/d1/a/query", &[], b"{}").status, 415);
    assert_eq!(ask(&mut client, "list").json(), before, "nothing was changed");
}

#[test]
fn a_statement_that_never_ends_is_stopped() {
    let config = ServerConfig { request_timeout: Duration::from_millis(500), ..ServerConfig::default() };
    let server = Server::with_databases_and(config);
    let mut client = server.client();
    done(&mut client, "a", "CREATE TABLE t (x)");
    let start = Instant::now();
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)";
    for sql in ["SELECT count(*) FROM c", "INSERT INTO t SELECT x FROM c"] {
        let sql = match sql.strip_prefix("INSERT INTO t ") {
            Some(select) => format!("INSERT INTO t {endless} {select}"),
            None => format!("{endless} {sql}"),
        };
        let answer = server.client_post(&sql);
        let body = answer.json();
        assert_eq!((answer.status, &body["error"]), (408, &json!("D1 query failed")), "{body}");
    }
    assert!(start.elapsed() < Duration::from_secs(5));
    let mut client = server.client();
    assert_eq!(rows(&mut client, "a", "SELECT count(*) AS n FROM t", json!([])), json!([{"n": 0}]));
}

impl Server {
    fn client_post(&self, sql: &str) -> Answer {
        post(&mut self.client(), "a/query", json!({"sql": sql}))
    }
}

#[test]
fn large_results_stream_and_end_at_the_limit() {
    let limits = ServerLimits { rows: 200_000, row: 1000, result: 8 << 20, ..ServerLimits::relaxed() };
    let server = Server::with_databases_and(ServerConfig { limits, ..ServerConfig::default() });
    let series = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT ?)";
    let ask = |select: &str, count: u32| {
        let mut client = server.client();
        let sql = format!("{series} {select}");
        client.request(
            "POST",
            "/api/storage/d1/a/query",
            &[("content-type", "application/json")],
            json!({"sql": sql, "params": [count]}).to_string().as_bytes(),
        );
        client.read_any()
    };
    let whole = ask("SELECT x, 'some text' AS t FROM c", 100_000).unwrap();
    let found: Value = serde_json::from_slice(&whole.body).unwrap();
    let results = found["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[99_999]["x"]), (100_000, &json!(100_000)));
    assert_eq!(found["success"], true);
    assert!(ask("SELECT x FROM c", 200_001).is_none(), "too many rows: cut off");
    assert!(ask("SELECT hex(zeroblob(400)) AS t FROM c", 20_000).is_none(), "too many bytes: cut off");
    let early = ask("SELECT hex(zeroblob(501)) AS t FROM c", 2).unwrap();
    assert_eq!(early.status, 413, "a row that is too large, before anything was sent");
}

/// Weakness 12: tables were told by the text of statements, and those that were dropped stayed.
#[test]
fn the_registry_follows_tables() {
    let server = Server::with_databases();
    let mut client = server.client();
    let client = &mut client;
    let tables = |client: &mut Client| {
        let mut tables = listed(client, "type=d1");
        tables.sort();
        tables
    };
    done(client, "a", "CREATE TABLE \"Odd Name\" (x)");
    done(client, "a", "CREATE TABLE t (x)");
    done(client, "a", "/* CREATE TABLE c (x) */ CREATE VIEW v AS SELECT * FROM t");
    assert_eq!(tables(client), ["d1:a:Odd Name", "d1:a:t", "d1:a:v"]);
    rows(client, "a", "INSERT INTO t VALUES ('CREATE TABLE s (x)')", json!([]));
    rows(client, "a", "SELECT 'CREATE TABLE s (x)' AS x -- DROP TABLE t", json!([]));
    assert_eq!(exec(client, "a", "CREATE TABLE t (y)").status, 400);
    done(client, "a", "CREATE TABLE IF NOT EXISTS t (y)");
    done(client, "a", "DROP TABLE IF EXISTS s");
    assert_eq!(tables(client), ["d1:a:Odd Name", "d1:a:t", "d1:a:v"]);

    server.clock.advance(Duration::from_secs(1));
    done(client, "a", "ALTER TABLE t ADD COLUMN z");
    let list = ask(client, "list?namespace=a&key_prefix=t").json();
    let altered = &list["resources"][0];
    assert_eq!(altered["created_at"], "2027-01-15T08:00:00.000Z");
    assert_eq!(altered["updated_at"], "2027-01-15T08:00:01.000Z");
    done(client, "a", "DROP VIEW v");
    done(client, "a", "ALTER TABLE t RENAME TO renamed");
    done(client, "a", "DROP TABLE \"Odd Name\"");
    done(client, "b", "CREATE TABLE made AS SELECT 1 AS one");
    assert_eq!(tables(client), ["d1:a:renamed", "d1:b:made"]);
    done(client, "a", "DROP TABLE renamed");
    done(client, "b", "DROP TABLE IF EXISTS made");
    assert!(tables(client).is_empty());
    assert_eq!(ask(client, "stats").json()["total"], 0);
    let body = json!({"sql": "CREATE TABLE q (x)"});
    assert_eq!(post(client, "a/query", body).json()["results"], json!([]), "by either operation");
    assert_eq!(tables(client), ["d1:a:q"]);
}

#[test]
fn limits_as_cloudflare_has_them() {
    let limits = ServerLimits::cloudflare();
    let server = Server::with_databases_and(ServerConfig { limits, ..ServerConfig::default() });
    let ask = |body: Value| post(&mut server.client(), "a/query", body);
    let marks = vec!["?"; 101].join(",");
    assert_eq!(ask(json!({"sql": format!("SELECT {marks}"), "params": vec![1; 101]})).status, 413);
    assert_eq!(ask(json!({"sql": format!("SELECT {}", &marks[2..]), "params": vec![1; 100]})).status, 200);
    assert_eq!(ask(json!({"sql": format!("SELECT 1 -- {}", "x".repeat(100_000))})).status, 413);
    assert_eq!(ask(json!({"sql": "SELECT ?", "params": ["x".repeat(2_000_001)]})).status, 413);
    assert_eq!(server.client().get(&format!("kv/a/{}", "x".repeat(513))).status, 414);
    let body = json!({"value": "v", "metadata": "x".repeat(1023)});
    assert_eq!(server.client().put("kv/a/k", body).status, 413);
}
