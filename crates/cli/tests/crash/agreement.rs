//! The registry says what the stores say.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Http, encode};
use crate::mixed::NAMESPACES;

/// What expires within a second is gone at the last of them.
const TRIES: usize = 5;

/// Type, namespace and key, with what is known of each: its size and its metadata.
type Resources = BTreeMap<(String, String, String), (Option<u64>, Value)>;

/// Compares the list of resources, page by page, and the statistics with the lists of the stores; the difference, if
/// there is one.
///
/// Something may expire between two looks; a difference that stays is one.
pub(crate) fn difference(http: &Http) -> Option<String> {
    let mut tries = 0;
    loop {
        let stored = stored(http).unwrap();
        let (listed, total) = listed(http).unwrap();
        let (told, expected) = (http.json("/resources/stats").unwrap(), statistics(&stored));
        if stored == listed && total == listed.len() as u64 && told == expected {
            return None;
        }
        tries += 1;
        if tries == TRIES {
            let missing: Vec<_> =
                stored.iter().filter(|(key, known)| listed.get(key) != Some(known)).collect();
            let wrong: Vec<_> = listed.iter().filter(|(key, known)| stored.get(key) != Some(known)).collect();
            return Some(format!(
                "stored {missing:?}, but registered {wrong:?}; {total} in all; {told}, but it is {expected}"
            ));
        }
        std::thread::sleep(Duration::from_millis(300));
    }
}

fn stored(http: &Http) -> Result<Resources, String> {
    let mut found = Resources::new();
    let mut keep = |kind: &str, namespace: &str, key: &Value, size: Option<u64>, metadata: Value| {
        let key = key.as_str().expect("a name");
        let id = (kind.to_owned(), namespace.to_owned(), key.to_owned());
        assert!(found.insert(id, (size, metadata)).is_none(), "{kind} {namespace}: {key} is listed twice");
    };
    for namespace in NAMESPACES {
        for entry in http.list("kv", namespace, 7)? {
            let name = entry["name"].as_str().expect("a name");
            let answer = http.get(&format!("/storage/kv/{namespace}/{}", encode(name)))?;
            // It may have expired since.
            if answer.status == 200 {
                let size = answer.json()?["value"].as_str().map(|value| value.len() as u64);
                keep("kv", namespace, &entry["name"], size, entry["metadata"].clone());
            }
        }
        for object in http.list("r2", namespace, 7)? {
            let path = format!("/storage/r2/{namespace}/{}", encode(object["key"].as_str().expect("a key")));
            let known = http.call("HEAD", &path, &[("accept", "application/octet-stream")], &[])?.ok()?;
            let number = known.headers.get("x-metadata-number").and_then(|number| number.to_str().ok());
            keep("r2", namespace, &object["key"], object["size"].as_u64(), json!({ "number": number }));
        }
        let tables = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
            AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'credenza_*'";
        for table in http.sql(namespace, tables, &[])? {
            keep("d1", namespace, &table["name"], None, Value::Null);
        }
    }
    Ok(found)
}

/// What is registered, and how many there are, as the last page says.
fn listed(http: &Http) -> Result<(Resources, u64), String> {
    let mut found = Resources::new();
    loop {
        let page = http.json(&format!("/resources/list?limit=23&offset={}", found.len()))?;
        for resource in page["resources"].as_array().expect("a list") {
            let part = |name: &str| resource[name].as_str().expect("a text").to_owned();
            let known = (resource["size"].as_u64(), resource["metadata"].clone());
            let id = (part("type"), part("namespace"), part("key"));
            assert!(found.insert(id, known).is_none(), "registered twice: {resource}");
        }
        if page["has_more"] == false {
            return Ok((found, page["total"].as_u64().expect("a number")));
        }
    }
}

fn statistics(resources: &Resources) -> Value {
    let mut by_type = BTreeMap::from([("kv", 0), ("d1", 0), ("r2", 0), ("do", 0)]);
    let (mut by_namespace, mut total_size) = (BTreeMap::new(), 0);
    for ((kind, namespace, _), (size, _)) in resources {
        *by_type.entry(kind).or_insert(0) += 1;
        *by_namespace.entry(namespace).or_insert(0) += 1;
        total_size += size.unwrap_or(0);
    }
    json!({
        "total": resources.len(),
        "by_type": by_type,
        "by_namespace": by_namespace,
        "total_size": total_size,
    })
}

#[test]
fn every_difference_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, port) = crate::server::start(folder.path());
    let http = Http::new(port);
    let value = json!({ "value": "x", "metadata": { "number": 1 } });
    http.send("PUT", "/storage/kv/app1/key", &value).unwrap();
    http.call("PUT", "/storage/r2/app1/key", &[("x-metadata-number", "1")], b"xyz").unwrap().ok().unwrap();
    http.sql("shared", "CREATE TABLE key (a)", &[]).unwrap();
    assert_eq!(difference(&http), None);

    let (metadata, other) = (json!({ "number": 1 }), json!({ "number": 2 }));
    let resource = |kind: &str, namespace: &str, size: u64, metadata: &Value| {
        let size = if kind == "d1" { Value::Null } else { json!(size) };
        json!({ "type": kind, "namespace": namespace, "key": "key", "size": size, "metadata": metadata })
    };
    for (wrong, right) in [
        (resource("kv", "app1", 2, &metadata), resource("kv", "app1", 1, &metadata)),
        (resource("r2", "app1", 3, &other), resource("r2", "app1", 3, &json!({ "number": "1" }))),
        (resource("d1", "shared", 0, &other), resource("d1", "shared", 0, &Value::Null)),
    ] {
        http.send("POST", "/resources/register", &wrong).unwrap();
        assert!(difference(&http).is_some(), "{wrong}");
        http.send("POST", "/resources/register", &right).unwrap();
        assert_eq!(difference(&http), None, "{right}");
    }
    let nowhere = json!({ "type": "r2", "namespace": "app2", "key": "nowhere" });
    http.send("POST", "/resources/register", &nowhere).unwrap();
    assert!(difference(&http).is_some(), "there is no such object");
    http.send("DELETE", "/resources/unregister", &nowhere).unwrap();
    assert_eq!(difference(&http), None);
    http.send(
        "DELETE",
        "/resources/unregister",
        &json!({ "type": "d1", "namespace": "shared", "key": "key" }),
    )
    .unwrap();
    assert!(difference(&http).is_some(), "the table is there");
    server.kill().unwrap();
}
