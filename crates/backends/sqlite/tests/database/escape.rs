//! Statements that try to leave their namespace, or to get below its tables: each is refused, shows nothing and
//! changes nothing outside. And those that only look as if they did work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use credenza_core::db::{Databases, Db, Value};
use credenza_core::{Effect, ErrorKind};

use crate::common::rows;
use crate::namespaces::open;

const SECRET: &str = "the-secret-of-the-victim";
const VICTIM: &str = "victim-namespace";
const OWN: &str = "own-namespace";

/// Refused, whatever they are refused as. `{file}` is the file of the victim, `{folder}` its folder, `{free}` a file
/// that is not there.
const REFUSED: &[&str] = &[
    // Another file by name.
    "ATTACH DATABASE '{file}' AS other",
    "ATTACH '{file}' AS other",
    "attach database '{file}' as main2",
    "AtTaCh\n'{file}'\nAs\nother",
    "ATTACH/**/'{file}'/**/AS/**/other",
    "-- a comment\nATTACH '{file}' AS other",
    "/* a */ ; ATTACH '{file}' AS other",
    ";;;ATTACH '{file}' AS other",
    "\u{feff}ATTACH '{file}' AS other",
    "\t\r\n\u{c}ATTACH '{file}' AS other",
    "ATTACH 'file:{file}?mode=ro' AS other",
    "ATTACH 'file:{file}?immutable=1' AS other",
    "ATTACH 'file:{file}?vfs=unix-none' AS other",
    "ATTACH 'file:{file}?cache=shared' AS other",
    "ATTACH '{folder}' || '/x.db' AS other",
    "ATTACH (SELECT '{file}') AS other",
    "ATTACH char(47) AS other",
    "ATTACH x'2f746d70' AS other",
    "ATTACH printf('%s', '{file}') AS other",
    "ATTACH \"{file}\" AS other",
    "ATTACH [{file}] AS other",
    "ATTACH `{file}` AS other",
    "ATTACH ':memory:' AS other",
    "ATTACH '' AS other",
    "ATTACH NULL AS other",
    "ATTACH '{free}' AS other",
    "ATTACH '{file}' AS other KEY 'k'",
    "EXPLAIN ATTACH '{file}' AS other",
    "EXPLAIN QUERY PLAN ATTACH '{file}' AS other",
    "DETACH main",
    "DETACH DATABASE temp",
    "DETACH other",
    "SELECT 1; ATTACH '{file}' AS other",
    "SELECT 1;ATTACH '{file}' AS other;--",
    "SELECT 1 /* */ ; /* */ ATTACH '{file}' AS other",
    "SELECT 1\0; ATTACH '{file}' AS other",
    "CREATE TRIGGER g AFTER INSERT ON own BEGIN ATTACH '{file}' AS other; END",
    "WITH x AS (SELECT 1) ATTACH '{file}' AS other",
    // A copy of the file elsewhere.
    "VACUUM INTO '{free}'",
    "VACUUM main INTO '{free}'",
    "vacuum/**/into/**/'{free}'",
    "VACUUM INTO 'file:{free}?mode=rwc'",
    "VACUUM INTO (SELECT '{free}')",
    "VACUUM INTO '{file}'",
    "VACUUM INTO ''",
    "VACUUM INTO ':memory:'",
    "VACUUM",
    "VACUUM main",
    "VACUUM temp",
    // Other databases by name.
    "SELECT * FROM other.secrets",
    "SELECT * FROM \"{file}\".secrets",
    "SELECT * FROM secrets",
    "SELECT * FROM 'secrets'",
    "SELECT * FROM main.secrets",
    "SELECT * FROM temp.secrets",
    "INSERT INTO secrets VALUES ('x')",
    "UPDATE secrets SET a = 'x'",
    "DELETE FROM secrets",
    "DROP TABLE secrets",
    "ALTER TABLE secrets RENAME TO taken",
    "CREATE INDEX i ON secrets (a)",
    "CREATE TRIGGER other.g AFTER INSERT ON own BEGIN SELECT 1; END",
    "CREATE TABLE other.t (a)",
    "CREATE VIEW other.v AS SELECT 1",
    // Code and files by functions.
    "SELECT load_extension('{file}')",
    "SELECT load_extension('{file}', 'sqlite3_x_init')",
    "SELECT LOAD_EXTENSION('x')",
    "SELECT \"load_extension\"('x')",
    "SELECT [load_extension]('x')",
    "SELECT /**/load_extension/**/('x')",
    "VALUES (load_extension('x'))",
    "INSERT INTO own VALUES (load_extension('x'))",
    "UPDATE own SET a = load_extension('x')",
    "DELETE FROM own WHERE load_extension('x')",
    "INSERT INTO own VALUES ('x') RETURNING load_extension('x')",
    "SELECT * FROM own ORDER BY load_extension('x')",
    "SELECT * FROM own GROUP BY a HAVING load_extension('x')",
    "WITH x AS (SELECT load_extension('x') AS y) SELECT y FROM x",
    "EXPLAIN SELECT load_extension('x')",
    "SELECT readfile('{file}')",
    "SELECT writefile('{free}', 'x')",
    "SELECT edit('x')",
    "SELECT fsdir('{folder}')",
    "SELECT * FROM fsdir('{folder}')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT fts3_tokenizer('simple', x'0000000000000000')",
    "SELECT fts5(1)",
    "SELECT sqlite_log(1, 'x')",
    "SELECT sqlite_compileoption_get(1)",
    "SELECT sqlite_compileoption_used('THREADSAFE')",
    "SELECT sqlite_source_id()",
    "SELECT rtreenode(2, x'00')",
    "SELECT sqlite_rename_table('main', '', '', '', '', '', 0)",
    "SELECT eval('SELECT 1')",
    "SELECT system('id')",
    // Pragmas.
    "PRAGMA database_list",
    "PRAGMA main.database_list",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM main.pragma_database_list",
    "SELECT count(*) FROM pragma_database_list",
    "SELECT file FROM PRAGMA_DATABASE_LIST",
    "SELECT (SELECT file FROM \"pragma_database_list\")",
    "WITH d AS (SELECT * FROM pragma_database_list) SELECT file FROM d",
    "INSERT INTO own SELECT file FROM pragma_database_list",
    "PRAGMA writable_schema = ON",
    "PRAGMA writable_schema(1)",
    "PRAGMA main.writable_schema = 1",
    "PRAGMA writable_schema = RESET",
    "PRAGMA trusted_schema = ON",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA journal_mode",
    "PRAGMA synchronous = OFF",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA temp_store_directory = '{folder}'",
    "PRAGMA data_store_directory = '{folder}'",
    "PRAGMA mmap_size = 1000000",
    "PRAGMA cache_size = -1000000",
    "PRAGMA cache_spill = OFF",
    "PRAGMA soft_heap_limit = 1",
    "PRAGMA hard_heap_limit = 1",
    "PRAGMA max_page_count = 1",
    "PRAGMA page_count",
    "PRAGMA page_size = 65536; VACUUM",
    "PRAGMA query_only = ON",
    "PRAGMA read_uncommitted = ON",
    "PRAGMA user_version = 99",
    "PRAGMA application_id = 99",
    "PRAGMA schema_version = 1",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA busy_timeout = 1000000",
    "PRAGMA threads = 8",
    "PRAGMA encoding = 'UTF-16'",
    "PRAGMA compile_options",
    "PRAGMA function_list",
    "PRAGMA module_list",
    "PRAGMA pragma_list",
    "PRAGMA collation_list",
    "PRAGMA case_sensitive_like = ON",
    "PRAGMA ignore_check_constraints = ON",
    "PRAGMA legacy_alter_table = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA incremental_vacuum",
    "PRAGMA shrink_memory",
    "PRAGMA optimize",
    "PRAGMA lock_status",
    "PRAGMA key = 'x'",
    "PRAGMA rekey = 'x'",
    "EXPLAIN PRAGMA writable_schema = ON",
    "SELECT * FROM pragma_function_list",
    "SELECT * FROM pragma_compile_options",
    "SELECT * FROM pragma_journal_mode",
    // Below the tables.
    "SELECT * FROM dbstat",
    "SELECT count(*) FROM dbstat",
    "SELECT * FROM main.dbstat",
    "SELECT * FROM \"DbStat\"",
    "SELECT path FROM dbstat('main')",
    "SELECT * FROM sqlite_dbpage",
    "UPDATE sqlite_dbpage SET data = x'00'",
    "SELECT * FROM sqlite_dbdata",
    "SELECT * FROM sqlite_stmt",
    "SELECT * FROM bytecode('SELECT 1')",
    "SELECT * FROM fts3tokenize('x')",
    "CREATE VIRTUAL TABLE v USING dbstat",
    "CREATE VIRTUAL TABLE v USING csv(filename='{file}')",
    "CREATE VIRTUAL TABLE v USING fts3(a)",
    "CREATE VIRTUAL TABLE v USING fts4(a, content='secrets')",
    "CREATE VIRTUAL TABLE v USING fts4aux(main, f)",
    "CREATE VIRTUAL TABLE v USING fts3tokenize",
    "CREATE VIRTUAL TABLE v USING zipfile('{file}')",
    "CREATE VIRTUAL TABLE v USING fsdir",
    "CREATE VIRTUAL TABLE v USING pragma_database_list",
    "CREATE VIRTUAL TABLE v USING json_each",
    "CREATE VIRTUAL TABLE temp.v USING fts5(a)",
    "UPDATE sqlite_master SET sql = ''",
    "UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'own'",
    "INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 2, 'CREATE TABLE x (a)')",
    "DELETE FROM sqlite_master",
    "DELETE FROM sqlite_schema WHERE 1",
    "DROP TABLE sqlite_master",
    "ALTER TABLE sqlite_master RENAME TO x",
    "CREATE TABLE sqlite_x (a)",
    "CREATE INDEX i ON sqlite_master (name)",
    "CREATE TRIGGER g AFTER INSERT ON sqlite_master BEGIN SELECT 1; END",
    "INSERT INTO ft_data VALUES (1, x'00')",
    "DELETE FROM ft_content",
    "DROP TABLE ft_data",
    "UPDATE \"ft_config\" SET v = 0",
    // Names that are reserved.
    "SELECT * FROM credenza_namespace",
    "SELECT name FROM CREDENZA_NAMESPACE",
    "SELECT * FROM \"credenza_namespace\"",
    "SELECT * FROM [Credenza_Namespace]",
    "SELECT * FROM main.credenza_namespace",
    "SELECT count(*) FROM credenza_namespace",
    "SELECT (SELECT name FROM credenza_namespace)",
    "SELECT * FROM own, credenza_namespace",
    "SELECT * FROM own WHERE a IN credenza_namespace",
    "WITH x AS (SELECT * FROM credenza_namespace) SELECT * FROM x",
    "INSERT INTO own SELECT name FROM credenza_namespace",
    "INSERT INTO credenza_namespace VALUES ('x')",
    "UPDATE credenza_namespace SET name = 'x'",
    "UPDATE own SET a = name FROM credenza_namespace",
    "DELETE FROM credenza_namespace",
    "REPLACE INTO credenza_tables VALUES ('x', 1)",
    "DROP TABLE credenza_namespace",
    "DROP TABLE IF EXISTS credenza_tables",
    "ALTER TABLE credenza_namespace RENAME TO mine",
    "ALTER TABLE own RENAME TO credenza_mine",
    "ALTER TABLE own RENAME TO \"CREDENZA_mine\"",
    "CREATE TABLE credenza_mine (a)",
    "CREATE TABLE IF NOT EXISTS credenza_namespace (a)",
    "CREATE TABLE \"credenza_mine\" AS SELECT 1",
    "CREATE VIEW credenza_view AS SELECT 1",
    "CREATE INDEX credenza_index ON own (a)",
    "CREATE INDEX mine ON credenza_namespace (name)",
    "CREATE TRIGGER credenza_trigger AFTER INSERT ON own BEGIN SELECT 1; END",
    "CREATE TRIGGER mine AFTER INSERT ON credenza_namespace BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE credenza_ft USING fts5(a)",
    "PRAGMA table_info(credenza_namespace)",
    "SELECT * FROM pragma_table_info('credenza_namespace')",
    "SELECT * FROM view_of_reserved",
    "INSERT INTO trapped VALUES (1)",
    "INSERT INTO child VALUES ('own-namespace')",
    "EXPLAIN SELECT * FROM credenza_namespace",
    // Kept beyond the statement.
    "CREATE TEMP TABLE t (a)",
    "CREATE TEMPORARY TABLE t AS SELECT 1",
    "CREATE TABLE temp.t (a)",
    "CREATE TEMP VIEW v AS SELECT 1",
    "CREATE TEMP TRIGGER g AFTER INSERT ON own BEGIN SELECT 1; END",
    "CREATE INDEX temp.i ON own (a)",
    "BEGIN",
    "BEGIN EXCLUSIVE",
    "COMMIT",
    "END TRANSACTION",
    "ROLLBACK",
];

/// What looks dangerous and is not, with the number of rows where it is always the same.
const HARMLESS: &[(&str, Option<usize>)] = &[
    ("SELECT 'ATTACH DATABASE ''x'' AS y; VACUUM INTO ''z'''", Some(1)),
    ("SELECT 1 AS \"attach\", 2 AS [vacuum], 3 AS `pragma`", Some(1)),
    ("SELECT a AS credenza_alias FROM own", None),
    ("-- ATTACH 'x' AS y\nSELECT 1 /* PRAGMA writable_schema = 1 */", Some(1)),
    ("INSERT INTO own VALUES ('DROP TABLE secrets; --') RETURNING a", Some(1)),
    ("WITH secrets(a) AS (VALUES ('mine')) SELECT a FROM secrets", Some(1)),
    ("SELECT name FROM sqlite_schema WHERE name = 'own'", Some(1)),
    ("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'own'", Some(1)),
    ("PRAGMA table_info(own)", Some(1)),
    ("PRAGMA main.table_xinfo('own')", Some(1)),
    ("PRAGMA table_list(own)", Some(1)),
    ("PRAGMA index_list(own)", Some(0)),
    ("PRAGMA foreign_key_list(own)", Some(0)),
    ("PRAGMA quick_check", Some(1)),
    ("PRAGMA integrity_check(own)", Some(1)),
    ("PRAGMA foreign_key_check(own)", Some(0)),
    ("PRAGMA user_version", Some(1)),
    ("SELECT name FROM pragma_table_info('own')", Some(1)),
    ("SELECT value FROM json_each('[1, 2]')", Some(2)),
    ("SELECT path FROM json_tree('{\"a\": 1}')", Some(2)),
    ("SELECT upper(lower(hex(randomblob(4)))) || printf('%d', 1)", Some(1)),
    ("SELECT date('now'), strftime('%Y'), unixepoch()", Some(1)),
    ("INSERT INTO ft VALUES ('some text about storage')", Some(0)),
    ("SELECT highlight(ft, 0, '<', '>'), bm25(ft) FROM ft WHERE ft MATCH 'storage'", None),
    ("INSERT INTO ft(ft) VALUES ('optimize')", Some(0)),
    ("CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab('ft', 'row')", Some(0)),
    ("SELECT term FROM vocabulary WHERE term = 'storage'", Some(1)),
    ("CREATE VIRTUAL TABLE IF NOT EXISTS box USING rtree(id, x0, x1)", Some(0)),
    ("REPLACE INTO box VALUES (1, 0, 1)", Some(0)),
    ("SELECT id FROM box WHERE x0 < 2", Some(1)),
    (
        "CREATE TABLE IF NOT EXISTS attached (vacuum_into TEXT, \"pragma\" INT, g AS (\"pragma\" * 2))",
        Some(0),
    ),
    ("ANALYZE", Some(0)),
    ("REINDEX", Some(0)),
    ("EXPLAIN SELECT * FROM own", None),
];

struct Two {
    _folder: tempfile::TempDir,
    databases: PathBuf,
    victim: Db,
    own: Db,
    victim_file: PathBuf,
    names: Vec<String>,
}

async fn two() -> Two {
    let folder = tempfile::tempdir().unwrap();
    let all = open(&folder, 8);
    let databases = folder.path().join("databases");
    let victim = all.open(VICTIM).await.unwrap();
    let victim_file = std::fs::read_dir(&databases)
        .unwrap()
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .unwrap();
    let own = all.open(OWN).await.unwrap();
    victim.execute("CREATE TABLE secrets (a TEXT)", ()).await.unwrap();
    victim.execute("INSERT INTO secrets VALUES (?)", (SECRET,)).await.unwrap();
    for sql in [
        "CREATE TABLE own (a TEXT)",
        "INSERT INTO own VALUES ('mine')",
        "CREATE VIRTUAL TABLE ft USING fts5(a)",
        // A trap is laid; it shuts on whoever walks into it.
        "CREATE VIEW view_of_reserved AS SELECT * FROM credenza_namespace",
        "CREATE TABLE trapped (a)",
        "CREATE TRIGGER trap AFTER INSERT ON trapped BEGIN INSERT INTO own SELECT name FROM credenza_namespace; END",
        "CREATE TABLE child (a TEXT REFERENCES credenza_namespace (name))",
    ] {
        own.execute(sql, ()).await.expect(sql);
    }
    let mut names: Vec<String> =
        vec![VICTIM.to_owned(), SECRET.to_owned(), folder.path().to_str().unwrap().to_owned()];
    for file in std::fs::read_dir(&databases).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if name.len() > 64 {
            names.push(name[..64].to_owned());
        }
    }
    Two { _folder: folder, databases, victim, own, victim_file, names }
}

/// The bytes of the victim's files, and the names of all files.
fn outside(two: &Two) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let victim = two.victim_file.file_stem().unwrap().to_str().unwrap();
    let files = std::fs::read_dir(&two.databases).unwrap().map(|file| file.unwrap().path());
    let content = |path: &Path| {
        let shared_memory = path.to_str().unwrap().ends_with("-shm");
        let of_victim = path.file_name().unwrap().to_str().unwrap().starts_with(victim);
        (of_victim && !shared_memory).then(|| std::fs::read(path).unwrap())
    };
    files.map(|path| (path.clone(), content(&path))).collect()
}

fn fill(sql: &str, two: &Two) -> String {
    sql.replace("{file}", two.victim_file.to_str().unwrap())
        .replace("{folder}", two.databases.to_str().unwrap())
        .replace("{free}", two.databases.join("free.db").to_str().unwrap())
}

fn shows_nothing(text: &str, two: &Two, sql: &str) {
    for name in &two.names {
        assert!(!text.contains(name.as_str()), "{sql}: {text}");
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_leaves_its_namespace() {
    assert!(REFUSED.len() >= 100, "{}", REFUSED.len());
    let two = two().await;
    let before = outside(&two);
    let tables = rows(&two.own, "SELECT name, sql FROM sqlite_schema ORDER BY name").await.unwrap();
    let content = rows(&two.own, "SELECT * FROM own").await.unwrap();
    for sql in REFUSED {
        let statement = fill(sql, &two);
        let error = match two.own.query(statement.clone(), ()).await {
            Ok(rows) => panic!("{sql}: {:?}", rows.collect().await),
            Err(error) => error,
        };
        shows_nothing(&format!("{error} {error:?}"), &two, sql);
        assert_eq!(error.effect(), Effect::NotApplied, "{sql}: {error}");
        let expected = [ErrorKind::Denied, ErrorKind::InvalidStatement];
        assert!(expected.contains(&error.kind()), "{sql}: {error}");
        assert!(error.sqlstate().is_some(), "{sql}: {error}");
        // Within a transaction it is the same, and the transaction goes on.
        let mut tx = two.own.begin().await.unwrap();
        tx.execute("INSERT INTO own VALUES ('in a transaction')", ()).await.unwrap();
        let error = tx.execute(statement.clone(), ()).await.expect_err(sql);
        shows_nothing(&format!("{error} {error:?}"), &two, sql);
        tx.execute("SELECT 1", ()).await.expect(sql);
        tx.rollback().await.unwrap();
        // And so it is where it is only looked at.
        if let Err(error) = two.own.describe(&statement).await {
            shows_nothing(&format!("{error} {error:?}"), &two, sql);
        }
    }
    assert_eq!(rows(&two.own, "SELECT name, sql FROM sqlite_schema ORDER BY name").await.unwrap(), tables);
    assert_eq!(rows(&two.own, "SELECT * FROM own").await.unwrap(), content);
    assert_eq!(outside(&two), before);
    assert_eq!(rows(&two.victim, "SELECT a FROM secrets").await.unwrap(), [[Value::Text(SECRET.into())]]);
    settings_hold(&two.own).await;
}

/// What the refused pragmas would have changed.
async fn settings_hold(db: &Db) {
    db.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)", ()).await.unwrap();
    db.execute("CREATE TABLE kid (id INT REFERENCES parent (id), CHECK (id > 0))", ()).await.unwrap();
    assert_eq!(db.execute("INSERT INTO kid VALUES (7)", ()).await.unwrap_err().sqlstate(), Some("23503"));
    assert_eq!(db.execute("INSERT INTO kid VALUES (-7)", ()).await.unwrap_err().sqlstate(), Some("23514"));
    assert_eq!(rows(db, "SELECT 'A' LIKE 'a'").await.unwrap(), [[Value::Int(1)]]);
    assert_eq!(rows(db, "PRAGMA user_version").await.unwrap(), [[Value::Int(0)]]);
    assert!(db.execute("UPDATE sqlite_schema SET sql = ''", ()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_looks_so_works() {
    let two = two().await;
    let before = outside(&two);
    for (sql, count) in HARMLESS {
        let found = rows(&two.own, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        if let Some(count) = count {
            assert_eq!(found.len(), *count, "{sql}: {found:?}");
        }
        for value in found.iter().flatten() {
            shows_nothing(&text_of(value), &two, sql);
        }
    }
    let after = outside(&two);
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_reserved_table_stays_closed_to_a_statement_that_was_compiled_before() {
    let two = two().await;
    // The same text, compiled while the view was harmless.
    two.own.execute("CREATE TABLE plain (name TEXT)", ()).await.unwrap();
    two.own.execute("CREATE VIEW changing AS SELECT name FROM plain", ()).await.unwrap();
    for _ in 0..3 {
        assert!(rows(&two.own, "SELECT name FROM changing").await.unwrap().is_empty());
    }
    two.own.execute("DROP VIEW changing", ()).await.unwrap();
    two.own.execute("CREATE VIEW changing AS SELECT name FROM credenza_namespace", ()).await.unwrap();
    for _ in 0..3 {
        let error = two.own.query("SELECT name FROM changing", ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
    }
    // The same text, compiled by whoever may.
    let sql = "SELECT name FROM credenza_namespace";
    for _ in 0..2 {
        let mut tx = two.own.begin_with(credenza_core::db::Begin::write().with_reserved()).await.unwrap();
        assert_eq!(tx.query_one(sql, ()).await.unwrap().get::<String>(0).unwrap(), OWN);
        tx.commit().await.unwrap();
        let mut tx = two.own.begin().await.unwrap();
        assert_eq!(tx.query_one(sql, ()).await.unwrap_err().kind(), ErrorKind::Denied);
    }
}

#[tokio::test]
async fn tables_of_others_are_not_listed() {
    let two = two().await;
    let names: Vec<_> = two.own.tables().await.unwrap().into_iter().map(|table| table.name).collect();
    assert_eq!(names, ["child", "ft", "own", "trapped", "view_of_reserved"]);
}
