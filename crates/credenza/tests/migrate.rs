//! Migrations that are embedded when a program is compiled.
#![allow(clippy::unwrap_used)]

use credenza::db::Dialect;
use credenza::migrations::{MigrationSet, Migrator};

fn embedded() -> MigrationSet {
    credenza::migrate!("notes", "tests/migrations").unwrap()
}

#[test]
fn what_is_embedded_is_what_is_in_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migrations");
    let read = MigrationSet::from_folder("notes", folder).unwrap();
    assert_eq!(embedded().module(), "notes");
    assert_eq!(embedded().steps().len(), 2);
    for (embedded, read) in embedded().steps().iter().zip(read.steps()) {
        assert_eq!((embedded.version(), embedded.name()), (read.version(), read.name()));
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert_eq!(embedded.text(dialect), read.text(dialect));
            assert_eq!(
                embedded.checksum(dialect),
                read.checksum(dialect),
                "the folder can take over, or the program"
            );
        }
    }
}

#[tokio::test]
async fn it_is_applied_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.db").display());
    let mut db = credenza::open_database(&url).await.unwrap();
    for applied in [2, 0] {
        let report = Migrator::new(embedded()).apply(&mut db).await.unwrap();
        assert_eq!(report.applied.len(), applied);
    }
    db.execute("INSERT INTO notes (id) VALUES (1)", ()).await.unwrap();
    let row = db.query_one("SELECT text, done FROM notes", ()).await.unwrap();
    assert_eq!(row.get::<String>(0).unwrap(), "it's \"quoted\"");
    assert!(!row.get::<bool>(1).unwrap());
}
