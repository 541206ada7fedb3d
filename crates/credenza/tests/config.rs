//! Layers as a configuration lists them.
#![allow(clippy::unwrap_used)]

use credenza::{Blob, ErrorKind, Kv, LayerList, MemoryBlobConfig, MemoryBlobStore, Result};

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

fn list(json: &str) -> serde_json::Result<LayerList> {
    serde_json::from_str(json)
}

async fn memory() -> Kv {
    credenza::open("memory:").await.unwrap().kv
}

async fn on(json: &str) -> Result<Kv> {
    list(json).unwrap().on(memory().await).await
}

/// A file with a key in it.
fn key_file() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), KEY).unwrap();
    file
}

#[tokio::test]
async fn every_layer_is_built_in_the_order_of_the_list() {
    let key = key_file();
    let json = format!(
        r#"[
            {{ "layer": "graceful", "reads": "degrade", "writes": "fail", "commands": {{ "INCRBY": "fail" }} }},
            {{ "layer": "monitored", "namespace": "orders", "slow": "100ms", "metrics": false }},
            {{ "layer": "cache", "store": "memory:", "ttl": "30s", "lease": "5s", "patience": "100ms", "max_value": "64KiB" }},
            {{ "layer": "fallback_writes", "journal": "memory:", "only_writer": true, "name": "orders", "retry": "2s", "max_writes": 100, "max_bytes": "1MiB" }},
            {{ "layer": "write_all", "stores": ["memory:"] }},
            {{ "layer": "fallback_reads", "stores": ["memory:", "memory:"], "patience": "500ms" }},
            {{ "layer": "resilient", "deadline": "2s", "attempt": "500ms", "retries": 2, "hedge": "off",
               "backoff": {{ "first": "10ms" }}, "budget": {{ "off": true }},
               "breaker": {{ "window": "5s", "least": 5, "failed": 0.25 }}, "concurrency": {{ "running": 8, "waiting": 64 }} }},
            {{ "layer": "namespaced", "name": "shop" }},
            {{ "layer": "compressed", "method": "zstd", "level": 7, "min_size": "1KiB", "min_gain": 20, "max_size": 1000000 }},
            {{ "layer": "encrypted", "keys": [{{ "number": 2, "key": {{ "file": {path} }} }}, {{ "number": 1, "key": {{ "command": ["echo", "{KEY}"] }} }}],
               "names": {{ "file": {path} }}, "namespace": "n", "members": "deterministic", "fields": "deterministic", "cipher": "xchacha20-poly1305" }}
        ]"#,
        path = serde_json::to_string(key.path()).unwrap(),
    );
    let kv = on(&json).await.unwrap();
    let expected = "graceful › monitored › cache › fallback › fallback › fallback › resilient › namespaced › compressed › encrypted › memory";
    assert_eq!(kv.stack(), expected);
    kv.set("k", "v").await.unwrap();
    kv.sadd("s", "m").await.unwrap();
    assert_eq!(kv.get("k").await.unwrap().unwrap(), "v");
    assert!(kv.sismember("s", "m").await.unwrap());
    assert_eq!(kv.capabilities().limits.value, 1_000_000);

    let debug = format!("{:?}", list(&json).unwrap());
    assert!(!debug.contains("memory:"), "a URL may have a password in it: {debug}");
}

#[tokio::test]
async fn objects_have_the_layers_that_they_can_have() {
    let key = key_file();
    let json = format!(
        r#"[
            {{ "layer": "graceful" }},
            {{ "layer": "monitored" }},
            {{ "layer": "resilient" }},
            {{ "layer": "namespaced", "name": "shop" }},
            {{ "layer": "compressed", "method": "lz4", "listed_sizes": "stored" }},
            {{ "layer": "encrypted", "keys": [{{ "number": 1, "key": {{ "file": {path} }} }}] }}
        ]"#,
        path = serde_json::to_string(key.path()).unwrap(),
    );
    let blob = || Blob::new(MemoryBlobStore::new(MemoryBlobConfig::default()));
    let stacked = list(&json).unwrap().on_blob(blob()).unwrap();
    assert_eq!(
        stacked.stack(),
        "graceful › monitored › resilient › namespaced › compressed › encrypted › memory"
    );
    stacked.put("k", "content").await.unwrap();
    let cache = list(r#"[{ "layer": "cache", "store": "memory:" }]"#).unwrap();
    assert_eq!(cache.on_blob(blob()).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn what_does_not_exist_is_an_error_that_names_it() {
    for (json, named) in [
        (r#"[{ "layer": "encrpyted" }]"#, "encrpyted"),
        (r#"[{ "slow": "1s" }]"#, "layer"),
        (r#"[{ "layer": "monitored", "slwo": "1s" }]"#, "slwo"),
        (r#"[{ "layer": "resilient", "breaker": { "windwo": "1s" } }]"#, "windwo"),
        (r#"[{ "layer": "resilient", "deadline": "2 seconds" }]"#, "2 seconds"),
        (r#"[{ "layer": "resilient", "deadline": 2 }]"#, "expected a string"),
        (r#"[{ "layer": "compressed", "min_size": -1 }]"#, "-1"),
        (r#"[{ "layer": "encrypted", "keys": [{ "number": 1, "key": { "text": "secret" } }] }]"#, "text"),
        (r#"[{ "layer": "encrypted" }]"#, "keys"),
        (r#"[{ "layer": "graceful", "reads": "ignore" }]"#, "ignore"),
        (r#"[{ "layer": "fallback_writes", "journal": "memory:" }]"#, "only_writer"),
    ] {
        let error = list(json).unwrap_err().to_string();
        assert!(error.contains(named) && !error.contains("secret"), "{json}: {error}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused_when_it_is_built() {
    for (json, why) in [
        (r#"[{ "layer": "resilient", "deadline": "1s", "attempt": "2s" }]"#, "more time than the call"),
        (r#"[{ "layer": "compressed", "level": 99 }]"#, "level"),
        (r#"[{ "layer": "compressed", "dictionary": "/no/such/file" }]"#, "dictionary"),
        (r#"[{ "layer": "compressed", "method": "lz4", "level": 3 }]"#, "LZ4 has no level"),
        (r#"[{ "layer": "encrypted", "keys": [] }]"#, "has a key"),
        (r#"[{ "layer": "encrypted", "keys": [{ "number": 1, "key": {} }] }]"#, "env, file, command"),
        (
            r#"[{ "layer": "encrypted", "keys": [{ "number": 1, "key": { "env": "CREDENZA_NO_SUCH_KEY" } }] }]"#,
            "CREDENZA_NO_SUCH_KEY",
        ),
        (r#"[{ "layer": "graceful", "commands": { "GTE": "fail" } }]"#, "GTE"),
        (r#"[{ "layer": "cache", "store": "nowhere:" }]"#, "nowhere"),
        (
            r#"[{ "layer": "fallback_writes", "journal": "memory:", "only_writer": false }]"#,
            "rule for conflicts",
        ),
    ] {
        let error = on(json).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{json}: {error}");
        assert!(error.to_string().contains(why), "{json}: {error}");
    }
    let key = key_file();
    let wrong_order = format!(
        r#"[{{ "layer": "encrypted", "keys": [{{ "number": 1, "key": {{ "file": {} }} }}] }}, {{ "layer": "compressed" }}]"#,
        serde_json::to_string(key.path()).unwrap(),
    );
    let error = on(&wrong_order).await.unwrap_err();
    assert!(error.to_string().contains("compressed"), "{error}");
}
