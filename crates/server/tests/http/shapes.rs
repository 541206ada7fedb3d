//! The routes and their bodies, exactly.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::command::{Get, Set};
use credenza_core::{Kv, KvStore};
use credenza_server::{Proxy, ServerConfig, ServerStorage, keys};
use serde_json::json;

use crate::faulty::Faulty;
use crate::server::{START, Server, block_on, clock, memory};

#[test]
fn the_life_of_a_key() {
    let server = Server::start();
    let mut client = server.client();
    let ok = (200, json!({"success": true}));

    assert_eq!(client.get("kv/app1/mykey").told(), (404, json!({"error": "Key not found"})));
    let body = r#"{"value": "Hello", "metadata": {"version": 1}}"#;
    assert_eq!(client.put("kv/app1/mykey", body).told(), ok);
    assert_eq!(client.get("kv/app1/mykey").body, br#"{"value":"Hello"}"#);
    let list = r#"{"keys":[{"name":"mykey","metadata":{"version": 1}}],"list_complete":true,"cursor":null}"#;
    assert_eq!(String::from_utf8(client.get("kv/app1?prefix=my&limit=100").body).unwrap(), list);
    assert_eq!(client.get("kv/app2/mykey").status, 404, "another namespace");
    assert_eq!(client.delete("kv/app1/mykey").told(), ok);
    assert_eq!(client.get("kv/app1/mykey").status, 404);
    assert_eq!(client.delete("kv/app1/mykey").told(), ok, "also when it is not there");
    assert_eq!(
        client.get("kv/app1").told(),
        (200, json!({"keys": [], "list_complete": true, "cursor": null}))
    );
}

#[test]
fn values_come_back_as_they_went() {
    let server = Server::start();
    let mut client = server.client();
    let long = "long \u{1f980} ".repeat(100_000);
    for value in
        ["", " ", "\0\u{1}\u{7f}", "\"\\/\n\u{2028}", "кот \u{1f408}", "{\"name\": \"Alice\"}", "null", &long]
    {
        assert_eq!(client.put("kv/a/k", json!({"value": value})).status, 200);
        assert_eq!(client.get("kv/a/k").told(), (200, json!({"value": value})), "{:.20}", value);
        let stored = block_on(server.kv.run(Get::new(keys::value_key("a", "k")))).unwrap();
        assert_eq!(stored.as_deref(), Some(value.as_bytes()));
    }
}

#[test]
fn metadata_is_any_json_and_goes_with_the_value() {
    let server = Server::start();
    let mut client = server.client();
    let mut put = |body: serde_json::Value| {
        assert_eq!(client.put("kv/a/k", body).status, 200);
        let list = client.get("kv/a").json();
        let read = client.get("kv/a/k?metadata=true").json();
        assert_eq!(read["metadata"], list["keys"][0]["metadata"]);
        list["keys"][0]["metadata"].clone()
    };
    for metadata in
        [json!({"a": [1, {"b": null}]}), json!([]), json!("text"), json!(0), json!(false), json!("")]
    {
        assert_eq!(put(json!({"value": "v", "metadata": metadata})), metadata);
    }
    assert_eq!(put(json!({"value": "v"})), json!(null), "a write without metadata removes what was there");
    put(json!({"value": "v", "metadata": 1}));
    assert_eq!(put(json!({"value": "v", "metadata": null})), json!(null));
    put(json!({"value": "v", "metadata": 1}));
    server.client().delete("kv/a/k");
    assert_eq!(put(json!({"value": "v"})), json!(null), "a delete removes it");
}

#[test]
fn reading_with_metadata_tells_all_and_nothing_else() {
    let server = Server::start();
    let mut client = server.client();
    client.put("kv/a/k", json!({"value": "v", "metadata": [1], "expiration_ttl": 60}));
    client.put("kv/a/plain", json!({"value": "v"}));
    let told = client.get("kv/a/k?metadata=true").told();
    assert_eq!(told, (200, json!({"value": "v", "metadata": [1], "expiration": START + 60})));
    assert_eq!(client.get("kv/a/plain?metadata=true").told(), (200, json!({"value": "v", "metadata": null})));
    assert_eq!(client.get("kv/a/k?metadata=false").told(), (200, json!({"value": "v"})));
    assert_eq!(client.get("kv/a/none?metadata=true").told(), (404, json!({"error": "Key not found"})));
}

#[test]
fn a_time_to_live_ends_value_and_metadata() {
    let server = Server::start();
    let mut client = server.client();
    client.put("kv/a/k", json!({"value": "v", "metadata": 1, "expiration_ttl": 60}));
    let listed = client.get("kv/a").json();
    assert_eq!(listed["keys"], json!([{"name": "k", "expiration": START + 60, "metadata": 1}]));
    server.clock.advance(Duration::from_millis(59_999));
    assert_eq!(client.get("kv/a/k").status, 200);
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(client.get("kv/a/k").told(), (404, json!({"error": "Key not found"})));
    assert_eq!(client.get("kv/a").json()["keys"], json!([]));

    client.put("kv/a/k", json!({"value": "v", "expiration_ttl": 60}));
    client.put("kv/a/k", json!({"value": "v"}));
    server.clock.advance(Duration::from_secs(3600));
    assert_eq!(client.get("kv/a/k").status, 200, "a write without a time to live lasts");
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let server = Server::start();
    let mut client = server.client();
    client.put("kv/a/k", json!({"value": "v"}));
    let answer = client.ask("HEAD", "/api/storage/kv/a/k", &[], b"");
    assert_eq!((answer.status, answer.header("content-length")), (200, "13"));
    assert_eq!(client.ask("HEAD", "/api/storage/kv/a/none", &[], b"").status, 404);
    assert_eq!(client.ask("HEAD", "/api/storage/kv/a", &[], b"").status, 200);
    assert_eq!(client.get("kv/a/k").status, 200, "the connection is still in step");
}

#[test]
fn who_embeds_the_store_shares_the_keys() {
    let server = Server::start();
    let mut client = server.client();
    block_on(server.kv.run(Set::new(keys::value_key("a", "own"), "from inside"))).unwrap();
    assert_eq!(client.get("kv/a/own").told(), (200, json!({"value": "from inside"})));
    assert_eq!(client.get("kv/a").json()["keys"], json!([{"name": "own", "metadata": null}]));

    block_on(server.kv.run(Set::new(keys::value_key("a", "own"), &[0xff_u8, 0][..]))).unwrap();
    assert_eq!(client.get("kv/a/own").told(), (409, json!({"error": "Not a text value"})));
    block_on(server.kv.run(Set::new("registry#record#kv#a#own", "not JSON"))).unwrap();
    assert_eq!(client.get("kv/a").json()["keys"], json!([{"name": "own", "metadata": null}]));
}

#[test]
fn a_store_without_versions_serves_without_tags() {
    let clock = clock();
    let store = Faulty::with(memory(&clock), |capabilities| capabilities.versions = false);
    let server = Server::on(Kv::from(store as Arc<dyn KvStore>), clock, ServerConfig::default());
    let mut client = server.client();
    client.put("kv/a/k", json!({"value": "v", "metadata": 1}));
    let answer = client.get("kv/a/k");
    assert_eq!((answer.told(), answer.header("etag")), ((200, json!({"value": "v"})), ""));
    assert_eq!(client.get("kv/a/k?metadata=true").json(), json!({"value": "v", "metadata": 1}));
}

#[test]
fn a_store_that_is_too_weak_is_refused_at_the_start() {
    let weak = Faulty::with(memory(&clock()), |capabilities| capabilities.atomic_batches = false);
    let storage = ServerStorage::from(Kv::from(weak as Arc<dyn KvStore>));
    let refused = Proxy::new(storage, &ServerConfig::default());
    assert_eq!(refused.unwrap_err().kind(), credenza_core::ErrorKind::Unsupported);
}
