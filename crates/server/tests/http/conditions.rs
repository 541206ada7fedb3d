//! Entity tags and conditional requests.

use serde_json::json;

use crate::client::{Answer, Client};
use crate::server::Server;

const TARGET: &str = "/api/storage/kv/a/k";

fn put(client: &mut Client, value: &str, header: (&str, &str)) -> Answer {
    let body = json!({"value": value}).to_string();
    client.ask("PUT", TARGET, &[("content-type", "application/json"), header], body.as_bytes())
}

#[test]
fn a_tag_is_of_one_version() {
    let server = Server::start();
    let mut client = server.client();
    let first = client.put("kv/a/k", json!({"value": "1"})).header("etag").to_owned();
    let answer = client.get("kv/a/k");
    assert_eq!((answer.header("etag"), answer.header("cache-control")), (&*first, "no-cache"));
    assert_eq!(client.get("kv/a/k?metadata=true").header("etag"), first);

    let known = client.ask("GET", TARGET, &[("if-none-match", &first)], b"");
    assert_eq!((known.status, known.header("etag"), known.body.len()), (304, &*first, 0));
    let second = client.put("kv/a/k", json!({"value": "1"})).header("etag").to_owned();
    assert_ne!(first, second, "the same value again is another version");
    assert_eq!(client.ask("GET", TARGET, &[("if-none-match", &first)], b"").json(), json!({"value": "1"}));
    client.delete("kv/a/k");
    let third = client.put("kv/a/k", json!({"value": "1"})).header("etag").to_owned();
    assert!(third != first && third != second, "no tag comes back after a delete");
}

#[test]
fn writes_only_if() {
    let server = Server::start();
    let mut client = server.client();
    let failed = (412, json!({"error": "Precondition failed"}));
    assert_eq!(put(&mut client, "1", ("if-match", "*")).told(), failed, "nothing there to match");
    assert_eq!(put(&mut client, "1", ("if-none-match", "*")).status, 200);
    assert_eq!(put(&mut client, "2", ("if-none-match", "*")).told(), failed);
    assert_eq!(client.get("kv/a/k").json(), json!({"value": "1"}));

    let tag = client.get("kv/a/k").header("etag").to_owned();
    let next = put(&mut client, "2", ("if-match", &tag));
    assert_eq!(next.status, 200);
    assert_eq!(put(&mut client, "3", ("if-match", &tag)).told(), failed, "it has changed since");
    assert_eq!(put(&mut client, "3", ("if-match", "\"other\"")).told(), failed, "never one of ours");
    assert_eq!(client.ask("DELETE", TARGET, &[("if-match", &tag)], b"").told(), failed);
    assert_eq!(client.get("kv/a/k").json(), json!({"value": "2"}));
    assert_eq!(client.ask("DELETE", TARGET, &[("if-match", next.header("etag"))], b"").status, 200);
    assert_eq!(client.get("kv/a/k").status, 404);
    assert_eq!(put(&mut client, "3", ("if-none-match", "\"1\"")).status, 400);
}

/// Eight clients count together, each by reading and writing with the tag it read.
#[test]
fn no_update_is_lost() {
    let server = Server::start();
    server.client().put("kv/a/k", json!({"value": "0"}));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = server.client();
                for _ in 0..50 {
                    loop {
                        let now = client.get("kv/a/k");
                        let count: u32 = now.json()["value"].as_str().unwrap().parse().unwrap();
                        let next = (count + 1).to_string();
                        match put(&mut client, &next, ("if-match", now.header("etag"))).status {
                            200 => break,
                            412 => {}
                            other => panic!("{other}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(server.client().get("kv/a/k").json(), json!({"value": "400"}));
}
