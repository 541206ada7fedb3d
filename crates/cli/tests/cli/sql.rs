//! `credenza sql`.

use serde_json::{Value, json};

use crate::people::{command, fails, ok, told, with_input};
use crate::process::Server;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn rows_for_people_and_for_programs() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    let sql = |args: &[&str]| ok(server, &[&["sql"], args].concat());
    assert_eq!(
        sql(&["exec", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, score REAL, photo BLOB)"]),
        "0 rows changed\n"
    );
    let inserted = sql(&[
        "exec",
        "INSERT INTO users VALUES (?, ?, ?, x'00ff'), (?, NULL, NULL, NULL)",
        "1",
        "Bob",
        "-2.5",
        "2",
    ]);
    assert_eq!(inserted, "2 rows changed\n");
    let expected = "\
id  name  score  photo
1   Bob   -2.5   x'00ff'
2   NULL  NULL   NULL
";
    assert_eq!(sql(&["query", "SELECT * FROM users ORDER BY id"]), expected);
    let expected = [
        json!({"id": 1, "name": "Bob", "score": -2.5, "photo": [0, 255]}),
        json!({"id": 2, "name": null, "score": null, "photo": null}),
    ];
    let printed = sql(&["query", "SELECT * FROM users ORDER BY id", "--json"]);
    assert_eq!(lines(&printed), expected);
    assert!(
        printed.starts_with(r#"{"id":1,"name":"Bob","score":-2.5,"photo":"#),
        "in the order of the columns: {printed}"
    );
    // Text stays text; what a column keeps as numbers becomes one.
    assert_eq!(sql(&["query", "SELECT id FROM users WHERE id = ?", "1", "--json"]), "{\"id\":1}\n");
    assert_eq!(
        sql(&["query", "SELECT typeof(?) AS a, typeof(?) AS b", "7", "--json", "007"]),
        "{\"a\":\"text\",\"b\":\"text\"}\n"
    );
    let typed = sql(&[
        "query",
        "SELECT typeof(?1) AS a, typeof(?2) AS b, ?3 AS c, hex(?4) AS d",
        "--params",
        "[7, 1.5, null, [1, 255]]",
        "--json",
    ]);
    assert_eq!(lines(&typed), [json!({"a": "integer", "b": "real", "c": null, "d": "01FF"})]);
    let exact = sql(&["query", "SELECT ?1 AS n", "--params", "[9223372036854775807]", "--json"]);
    assert_eq!(exact, "{\"n\":9223372036854775807}\n");

    assert_eq!(sql(&["query", "SELECT * FROM users WHERE 0"]), "");
    assert_eq!(sql(&["query", "UPDATE users SET name = 'x' WHERE id = 1"]), "1 row changed\n");
    assert_eq!(sql(&["query", "DELETE FROM users WHERE id = 1 RETURNING name"]), "name\nx\n");
    let meta = lines(&sql(&["exec", "INSERT INTO users (id) VALUES (77)", "--json"]));
    assert_eq!((&meta[0]["changes"], &meta[0]["last_row_id"]), (&json!(1), &json!(77)));
    assert_eq!(sql(&["tables", "-n", "other"]), "");
    // What is stored does not steer a terminal.
    assert_eq!(sql(&["query", "SELECT char(27) || '[31m' AS a"]), "a\n\\u{1b}[31m\n");
}

#[test]
fn statements_from_files() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    let file = data.path().join("schema.sql");
    let path = file.to_str().unwrap();
    let script = "-- Two tables; and a trigger.
        CREATE TABLE a (x); CREATE TABLE b (x);
        CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); SELECT 1; END;
        INSERT INTO a VALUES ('one;'), ('two');";
    std::fs::write(&file, script).unwrap();
    assert_eq!(ok(server, &["sql", "exec", "--file", path]).lines().last(), Some("2 rows changed"));
    assert_eq!(ok(server, &["sql", "query", "SELECT x FROM b"]), "x\none;\ntwo\n");
    std::fs::write(&file, "SELECT x FROM b WHERE x = ?;").unwrap();
    assert_eq!(ok(server, &["sql", "query", "--file", path, "two"]), "x\ntwo\n");
    let piped = with_input(server, &["sql", "query", "-"], b"SELECT 1 AS one; SELECT 2 AS two");
    assert_eq!(piped, (0, "one\n1\ntwo\n2\n".to_owned(), String::new()));
    // The first that fails ends it, and is named.
    std::fs::write(&file, "INSERT INTO a VALUES (3); SELEC; INSERT INTO a VALUES (4)").unwrap();
    let (code, out, error) = told(command(server, &["sql", "exec", "--file", path]).output().unwrap());
    assert_eq!((code, &*out), (2, "1 row changed\n"), "{error}");
    assert!(error.contains("statement 2: the server says 400"), "{error}");
    assert_eq!(ok(server, &["sql", "query", "SELECT count(*) AS n FROM a"]), "n\n3\n");
}

#[test]
fn tables() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    assert_eq!(ok(server, &["sql", "tables"]), "");
    for sql in [
        "CREATE TABLE \"odd 'name\" (a, \"b c\")",
        "CREATE VIEW people AS SELECT a FROM \"odd 'name\"",
        "CREATE VIRTUAL TABLE words USING fts5(body)",
    ] {
        ok(server, &["sql", "exec", sql]);
    }
    let expected = "\
name       type     columns
odd 'name  table    a, b c
people     view     a
words      virtual  body
";
    assert_eq!(ok(server, &["sql", "tables"]), expected);
    assert_eq!(
        lines(&ok(server, &["sql", "tables", "--json"]))[1],
        json!({"name": "people", "type": "view", "columns": "a"})
    );
}

#[test]
fn many_rows_come_as_they_are_read() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                SELECT i, hex(randomblob(20)) AS text FROM n";
    let printed = ok(server, &["sql", "query", many, "--json"]);
    let (first, last) = (printed.lines().next().unwrap(), printed.lines().last().unwrap());
    assert!(first.starts_with("{\"i\":1,") && last.starts_with("{\"i\":100000,"), "{first} {last}");
    let printed = ok(server, &["sql", "query", many]);
    assert_eq!(printed.lines().count(), 100_001, "one header");
    // Whoever has seen enough ends it without a complaint.
    let shell = format!("{} sql query \"{many}\" --json | head -n 2", env!("CARGO_BIN_EXE_credenza"));
    let seen =
        std::process::Command::new("sh").args(["-c", &shell]).env("CREDENZA_URL", server.url()).output();
    let (code, out, error) = told(seen.unwrap());
    assert_eq!((code, out.lines().count(), &*error), (0, 2, ""));
}

#[test]
fn what_goes_wrong_has_its_exit_code() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    let file = data.path().join("empty.sql");
    std::fs::write(&file, "-- nothing\n;;").unwrap();
    let empty = file.to_str().unwrap();
    for (args, text) in [
        (&["query"][..], "<SQL>"),
        (&["query", "--file", "/no/such/file"], "/no/such/file"),
        (&["query", "--file", empty], "there is no statement"),
        (&["query", "SELECT ?", "--params", "{"], "--params is not JSON"),
        (&["query", "SELECT ?", "--params", "{}"], "--params is no JSON array"),
        (&["query", "SELECT ?", "--params", "[{}]"], "the server says 400"),
        (&["query", "SELECT ?", "1", "--params", "[1]"], "--params"),
        (&["query", "SELEC"], "the server says 400: D1 query failed"),
        (&["query", "SELECT 1; SELECT 2"], "the server says 400"),
        (&["query", "SELECT ?"], "the server says 400"),
        (&["exec", "ATTACH 'x' AS y"], "the server says 403"),
        (&["query", "SELECT 1", "-n", ""], "the namespace is empty"),
    ] {
        fails(server, &[&["sql"], args].concat(), 2, text);
    }
    ok(server, &["sql", "exec", "CREATE TABLE t (x UNIQUE)"]);
    ok(server, &["sql", "exec", "INSERT INTO t VALUES (1)"]);
    fails(server, &["sql", "exec", "INSERT INTO t VALUES (1)"], 2, "the server says 409");
}
