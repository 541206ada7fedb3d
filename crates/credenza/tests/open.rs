//! Opening stores by URL.

use credenza::{Durability, ErrorKind};

#[tokio::test]
async fn memory_opens_a_new_store_each_time() {
    let first = credenza::open("memory:").await.expect("memory opens").kv;
    first.set("k", "v").await.expect("set");
    let second = credenza::open("memory:").await.expect("memory opens").kv;
    assert_eq!(second.get("k").await.expect("get"), None);
    assert_eq!(second.stack(), "memory");
}

#[tokio::test]
async fn sqlite_in_memory_leaves_no_file() {
    let kv = credenza::open("sqlite::memory:").await.expect("sqlite opens").kv;
    assert_eq!(kv.capabilities().durability, Durability::None);
    kv.set("k", "v").await.expect("set");
    let db = credenza::open_database("sqlite::memory:").await.expect("sqlite opens");
    db.execute("CREATE TABLE t (a)", ()).await.expect("a table is made");
    assert_eq!(db.tables().await.expect("tables").len(), 1);
    assert!(!std::path::Path::new(":memory:").exists());
}

#[tokio::test]
async fn sqlite_keeps_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let opened = credenza::open(&url).await.expect("sqlite opens").kv;
    assert_eq!(opened.capabilities().durability, Durability::PowerLoss);
    opened.set("k", "v").await.expect("set");
    drop(opened);
    let again = credenza::open(&format!("{url}?durability=normal")).await.expect("sqlite opens").kv;
    assert_eq!(again.capabilities().durability, Durability::ProcessCrash);
    assert_eq!(again.get("k").await.expect("get").as_deref(), Some(&b"v"[..]));
}

#[tokio::test]
async fn what_is_wrong_with_a_url_is_named() {
    for (url, named) in [
        ("etcd://localhost", "etcd"),
        ("memory:?max_byte=1MiB", "max_byte"),
        ("memory:?max_bytes=lots", "max_bytes"),
        ("memory:?eviction=random", "lru"),
        ("memory:somewhere", "memory:"),
        ("sqlite:", "sqlite:"),
        ("sqlite:a.db?durability=maybe", "durability"),
        ("no url", "URL"),
    ] {
        let error = credenza::open(url).await.map(|_| ()).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{url}: {error}");
        assert!(error.to_string().contains(named), "{url}: {error}");
    }
}
