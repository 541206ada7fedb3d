//! Keys and namespaces in paths: decoded once, never normalised.

use credenza_core::command::Get;
use credenza_server::keys;
use serde_json::json;

use crate::server::{Server, block_on};

#[test]
fn what_a_path_names() {
    let server = Server::start();
    let mut client = server.client();
    for (path, namespace, key) in [
        ("a/plain", "a", "plain"),
        ("a/user:123", "a", "user:123"),
        ("a/user%3A123", "a", "user:123"),
        ("a/a/b", "a", "a/b"),
        ("a/a%2Fb", "a", "a/b"),
        ("a/a//b", "a", "a//b"),
        ("a//b", "a", "/b"),
        ("a/b/", "a", "b/"),
        ("a/%2F", "a", "/"),
        ("a/..", "a", ".."),
        ("a/../../x", "a", "../../x"),
        ("a/%2e%2e/x", "a", "../x"),
        ("a/.", "a", "."),
        ("a/%00", "a", "\0"),
        ("a/x%20y", "a", "x y"),
        ("a/x+y", "a", "x+y"),
        ("a/x%2By", "a", "x+y"),
        ("a/x%3Fy", "a", "x?y"),
        ("a/x%23y", "a", "x#y"),
        ("a/100%25", "a", "100%"),
        ("a/a%252Fb", "a", "a%2Fb"),
        ("a/%D0%BA%D0%BE%D1%82", "a", "кот"),
        ("a/кот", "a", "кот"),
        ("a/x%0D%0Ay", "a", "x\r\ny"),
        ("a/;=@!$&'()*,~", "a", ";=@!$&'()*,~"),
        ("a/{b}\"", "a", "{b}\""),
        ("a%2Fb/c", "a/b", "c"),
        ("..%2F/c", "../", "c"),
        ("%D0%BA/c", "к", "c"),
        ("A/c", "A", "c"),
        ("a:b/c", "a:b", "c"),
        ("a/b:c", "a", "b:c"),
    ] {
        let path = format!("kv/{path}");
        assert_eq!(client.put(&path, json!({"value": path})).status, 200, "{path}");
        assert_eq!(client.get(&path).told(), (200, json!({"value": path})), "{path}");
        let stored = block_on(server.kv.run(Get::new(keys::value_key(namespace, key)))).unwrap();
        assert_eq!(stored.as_deref(), Some(path.as_bytes()), "{path}");
        let encoded: String = namespace.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let listed = client.get(&format!("kv/{encoded}")).json();
        let names: Vec<_> = listed["keys"].as_array().unwrap().iter().map(|entry| &entry["name"]).collect();
        assert!(names.contains(&&json!(key)), "{path}: {names:?}");
        assert_eq!(client.delete(&path).status, 200, "{path}");
        assert_eq!(client.get(&path).status, 404, "{path}");
    }
}

#[test]
fn one_key_in_two_spellings() {
    let server = Server::start();
    let mut client = server.client();
    client.put("kv/a/x%2Fy%3Az", json!({"value": "1"}));
    assert_eq!(client.get("kv/a/x/y:z").json(), json!({"value": "1"}));
    assert_eq!(client.get("kv/%61/%78/y:z").json(), json!({"value": "1"}));
}

#[test]
fn namespaces_never_meet() {
    let server = Server::start();
    let mut client = server.client();
    let names = [
        ("a", "b:c"),
        ("a:b", "c"),
        ("a", "b/c"),
        ("a%2Fb", "c"),
        ("a%00", "b"),
        ("a", "%00b"),
        ("ab", "c"),
        ("a", "bc"),
    ];
    for (index, (namespace, key)) in names.iter().enumerate() {
        client.put(&format!("kv/{namespace}/{key}"), json!({"value": index.to_string(), "metadata": index}));
    }
    for (index, (namespace, key)) in names.iter().enumerate() {
        assert_eq!(client.get(&format!("kv/{namespace}/{key}")).json(), json!({"value": index.to_string()}));
    }
    let mut listed = 0;
    for namespace in ["a", "a:b", "a%2Fb", "a%00", "ab"] {
        listed += client.get(&format!("kv/{namespace}")).json()["keys"].as_array().unwrap().len();
    }
    assert_eq!(listed, names.len());
}

#[test]
fn prefixes_are_text_and_not_patterns() {
    let server = Server::start();
    let mut client = server.client();
    for key in ["*", "**", "?", "[a]", "a", "a*b", "\\", "\\*", "^", "а", "%"] {
        let path: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
        client.put(&format!("kv/n/{path}"), json!({"value": ""}));
    }
    for (prefix, expected) in [
        ("*", vec!["*", "**"]),
        ("%3F", vec!["?"]),
        ("[", vec!["[a]"]),
        ("a", vec!["a", "a*b"]),
        ("a*", vec!["a*b"]),
        ("%5C", vec!["\\", "\\*"]),
        ("^", vec!["^"]),
        ("%D0", vec![]),
        ("%D0%B0", vec!["а"]),
        ("%25", vec!["%"]),
    ] {
        let answer = client.get(&format!("kv/n?prefix={prefix}"));
        if prefix == "%D0" {
            assert_eq!(answer.status, 400, "half of a character");
            continue;
        }
        let mut names: Vec<String> = answer.json()["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        assert_eq!(names, expected, "{prefix}");
    }
}
