//! A database for each namespace.

use credenza_core::ErrorKind;
use credenza_core::db::{Databases, Value};
use credenza_sqlite::{SqliteDatabases, SqliteDatabasesConfig};
use tempfile::TempDir;

use crate::common::one;

pub(crate) fn open(folder: &TempDir, max_open: usize) -> SqliteDatabases {
    let config = SqliteDatabasesConfig::at(folder.path().join("databases"));
    SqliteDatabases::open(SqliteDatabasesConfig { max_open, ..config }).unwrap()
}

#[tokio::test]
async fn more_namespaces_than_open_files() {
    let folder = tempfile::tempdir().unwrap();
    let databases = open(&folder, 3);
    let mut handles = Vec::new();
    for index in 0..10_i64 {
        let db = databases.open(&format!("tenant/{index}")).await.unwrap();
        db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
        db.execute("INSERT INTO t VALUES (?)", (index,)).await.unwrap();
        handles.push(db);
    }
    for round in 0..2 {
        for (index, db) in handles.iter().enumerate() {
            assert_eq!(one(db, "SELECT a FROM t").await, Value::Int(index as i64), "round {round}");
        }
    }
    let table = &handles[0].tables().await.unwrap()[0];
    assert_eq!(table.name, "t");
    drop(databases);
    drop(handles);
    let databases = open(&folder, 3);
    assert_eq!(one(&databases.open("tenant/7").await.unwrap(), "SELECT a FROM t").await, Value::Int(7));
}

#[tokio::test]
async fn a_namespace_is_removed_with_all_that_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let databases = open(&folder, 8);
    assert!(databases.open_existing("a").await.unwrap().is_none());
    assert!(!databases.remove("a").await.unwrap());
    let db = databases.open("a").await.unwrap();
    db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    assert!(databases.open_existing("a").await.unwrap().is_some());
    assert!(databases.remove("a").await.unwrap());
    assert!(tx.execute("INSERT INTO t VALUES (1)", ()).await.is_err());
    assert!(tx.commit().await.is_err());
    assert_eq!(db.execute("SELECT 1", ()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(databases.open_existing("a").await.unwrap().is_none());
    let files: Vec<_> = std::fs::read_dir(folder.path().join("databases")).unwrap().collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let anew = databases.open("a").await.unwrap();
    assert!(anew.tables().await.unwrap().is_empty());
    anew.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    assert!(db.execute("SELECT 1", ()).await.is_err());
}

#[test]
fn a_folder_is_of_this_version_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let databases = folder.path().join("databases");
    std::fs::create_dir(&databases).unwrap();
    std::fs::write(databases.join("format"), "2\n").unwrap();
    let kind = || {
        let opened = SqliteDatabases::open(SqliteDatabasesConfig::at(&databases));
        opened.map(drop).unwrap_err().kind()
    };
    assert_eq!(kind(), ErrorKind::NewerFormat);
    std::fs::write(databases.join("format"), "what\n").unwrap();
    assert_eq!(kind(), ErrorKind::Corrupt);
    std::fs::remove_file(databases.join("format")).unwrap();
    std::fs::write(databases.join("letter.txt"), "dear").unwrap();
    assert_eq!(kind(), ErrorKind::InvalidArgument);
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_private_and_named_by_a_hash() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let databases = open(&folder, 8);
    let db = databases.open("../../secret").await.unwrap();
    db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    let path = folder.path().join("databases");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    for file in std::fs::read_dir(&path).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        assert!(name == "format" || name.split('.').next().unwrap().len() == 64, "{name}");
    }
}
