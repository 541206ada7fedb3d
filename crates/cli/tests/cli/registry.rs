//! `credenza registry`.

use serde_json::{Value, json};

use crate::people::{command, fails, ok, told, with_input};
use crate::process::Server;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn lists_with_all_filters() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    ok(server, &["kv", "set", "-n", "app1", "user:1", "hello", "--metadata", r#"{"version": 1}"#]);
    ok(server, &["kv", "set", "-n", "app2", "user:2", "x"]);
    ok(server, &["sql", "exec", "-n", "app1", "CREATE TABLE users (id)"]);
    assert_eq!(with_input(server, &["blob", "put", "-n", "app1", "big", "-"], &[7; 2048]).0, 0);
    let printed = ok(server, &["registry", "list"]);
    let table: Vec<Vec<_>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(table[0], ["TYPE", "NAMESPACE", "KEY", "SIZE", "UPDATED", "METADATA"]);
    assert_eq!((&table[1][..3], &table[1][3..5]), (&["r2", "app1", "big"][..], &["2.0", "KiB"][..]));
    assert_eq!(&table[2][..4], ["d1", "app1", "users", "-"]);
    assert_eq!(&table[4][..3], ["kv", "app1", "user:1"], "what changed last comes first");
    assert!(printed.lines().last().unwrap().ends_with(r#"{"version": 1}"#), "{printed}");

    let keys = |args: &[&str]| -> Vec<String> {
        let printed = ok(server, &[&["registry", "list", "--json"], args].concat());
        lines(&printed).iter().map(|entry| entry["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&[]), ["big", "users", "user:2", "user:1"]);
    assert_eq!(keys(&["--type", "kv"]), ["user:2", "user:1"]);
    assert_eq!(keys(&["-n", "app1"]), ["big", "users", "user:1"]);
    assert_eq!(keys(&["user"]), ["users", "user:2", "user:1"]);
    assert_eq!(keys(&["user:", "--type", "kv", "-n", "app2"]), ["user:2"]);
    assert_eq!(keys(&["--offset", "3"]), ["user:1"]);
    assert_eq!(keys(&["--type", "do"]), [""; 0]);
    let (code, out, error) = told(command(server, &["registry", "list", "--limit", "2"]).output().unwrap());
    assert_eq!((code, out.lines().count()), (0, 3));
    assert!(error.contains("there are more"), "{error}");

    let entry = &lines(&ok(server, &["registry", "list", "user:1", "--json"]))[0];
    assert_eq!((&entry["size"], &entry["metadata"]), (&json!(5), &json!({"version": 1})));
    fails(server, &["registry", "list", "--type", "s3"], 2, "s3");
    fails(server, &["registry", "list", "--limit", "0"], 2, "--limit");
}

#[test]
fn pages_of_any_length() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &["--durability", "normal"]);
    let mut client = server.connect();
    for number in 0..1234 {
        client.put(&format!("/api/storage/kv/many/n{number:04}"), "").unwrap();
    }
    let printed = ok(server, &["registry", "list", "--all", "--json"]);
    assert_eq!(printed.lines().count(), 1234);
    assert_eq!(ok(server, &["registry", "list", "--all"]).lines().count(), 1235, "one header");
    assert_eq!(lines(&printed)[0]["key"], "n1233");
    assert_eq!(ok(server, &["registry", "list", "n12", "--all", "--json"]).lines().count(), 34);
}

#[test]
fn stats_register_unregister() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    ok(server, &["kv", "set", "-n", "app1", "k", "hello"]);
    let metadata = ["--size", "1536", "--metadata", r#"{"v": 1}"#];
    assert_eq!(
        ok(server, &[&["registry", "register", "do", "counter", "-n", "app2"], &metadata[..]].concat()),
        ""
    );
    let told = lines(&ok(server, &["registry", "register", "do", "other", "--json"]));
    assert_eq!((&told[0]["resource_id"], &told[0]["success"]), (&json!("do:default:other"), &json!(true)));
    let expected = "\
BY         NAME     RESOURCES
type       d1       0
type       do       2
type       kv       1
type       r2       0
namespace  app1     1
namespace  app2     1
namespace  default  1
3 resources of 1.5 KiB
";
    assert_eq!(ok(server, &["registry", "stats"]), expected);
    let stats: Value = serde_json::from_str(&ok(server, &["registry", "stats", "--json"])).unwrap();
    assert_eq!(stats["total_size"], 1541);
    let listed = lines(&ok(server, &["registry", "list", "--type", "do", "-n", "app2", "--json"]));
    assert_eq!((&listed[0]["size"], &listed[0]["metadata"]), (&json!(1536), &json!({"v": 1})));

    assert_eq!(ok(server, &["registry", "unregister", "do", "counter", "-n", "app2"]), "");
    fails(server, &["registry", "unregister", "do", "counter", "-n", "app2"], 1, "there is no such resource");
    fails(server, &["registry", "register", "s3", "x"], 2, "s3");
    fails(server, &["registry", "register", "do", "x", "--metadata", "{"], 2, "--metadata is not JSON");
    fails(server, &["registry", "register", "do", ""], 2, "the server says 400");
}
