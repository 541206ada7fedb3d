//! The stores whose power is cut without a server: each keeps what a write puts in two places at once, so that a torn
//! one would show.

use std::path::Path;

use credenza::command::{Del, Get, HDel, HGet, HSet, Set};
use credenza::db::{Databases, Statement};
use credenza::{Batch, Blob, Db, ErrorKind, Kv, Result, SqliteConfig, SqliteDurability, SqliteStore};
use credenza_blob::{FsBlobConfig, FsBlobStore, FsDurability};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig, SqliteDatabases, SqliteDatabasesConfig};
use credenza_testkit::supervisor::Observed;

use crate::content::{content, number};
use crate::outages;

/// What is tried, and what its writes are to survive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store(pub(crate) Kind, pub(crate) Durability);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Kv,
    Blob,
    Database,
    Databases,
    Journal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    Normal,
}

impl Kind {
    pub(crate) fn parse(name: &str) -> Kind {
        let kinds = [Kind::Kv, Kind::Blob, Kind::Database, Kind::Databases, Kind::Journal];
        kinds.into_iter().find(|kind| format!("{kind:?}") == name).unwrap()
    }
}

impl Durability {
    pub(crate) fn parse(name: &str) -> Durability {
        if name == "Full" { Durability::Full } else { Durability::Normal }
    }

    fn sqlite(self) -> SqliteDurability {
        match self {
            Durability::Full => SqliteDurability::Full,
            Durability::Normal => SqliteDurability::Normal,
        }
    }
}

/// A store that is open.
pub(crate) enum Kept {
    Kv(Kv),
    Blob(Blob),
    Database(Db),
    Databases(SqliteDatabases),
    Journal(Kv),
}

const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS one (key TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS two (key TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT",
];
const PUT: [&str; 2] =
    ["INSERT OR REPLACE INTO one VALUES (?, ?)", "INSERT OR REPLACE INTO two VALUES (?, ?)"];
const DELETE: [&str; 2] = ["DELETE FROM one WHERE key = ?", "DELETE FROM two WHERE key = ?"];
const KEPT: &str = "CREATE TABLE IF NOT EXISTS kept (content TEXT NOT NULL) STRICT";
const KEEP: &str = "INSERT INTO kept VALUES (?)";
const GET: &str =
    "SELECT content, number FROM (SELECT ? AS key) LEFT JOIN one USING (key) LEFT JOIN two USING (key)";

impl Kept {
    pub(crate) async fn open(Store(kind, durability): Store, folder: &Path) -> Kept {
        let kv = |name: &str, durability| {
            Kv::new(
                SqliteStore::open(SqliteConfig { durability, ..SqliteConfig::at(folder.join(name)) })
                    .unwrap(),
            )
        };
        match kind {
            Kind::Journal => Kept::Journal(outages::open(folder).await),
            Kind::Kv => Kept::Kv(kv("kv.db", durability.sqlite())),
            Kind::Blob => {
                let mut config = FsBlobConfig::at(folder.join("blob"));
                if durability == Durability::Normal {
                    config.durability = FsDurability::Normal;
                }
                // The index always keeps its promise: what is lost is content.
                let index = kv("blob.db", SqliteDurability::Full);
                Kept::Blob(Blob::new(FsBlobStore::open(config, index).await.unwrap()))
            }
            Kind::Database => {
                let mut config = SqliteDatabaseConfig::at(folder.join("app.db"));
                config.durability = durability.sqlite();
                let db = Db::new(SqliteDatabase::open(config).unwrap());
                db.batch(TABLES.map(|sql| Statement::new(sql, ()))).await.unwrap();
                Kept::Database(db)
            }
            Kind::Databases => {
                let mut config = SqliteDatabasesConfig::at(folder.join("databases"));
                config.each.durability = durability.sqlite();
                // Fewer than there are namespaces, so that files are closed and opened again.
                config.max_open = 16;
                Kept::Databases(SqliteDatabases::open(config).unwrap())
            }
        }
    }

    pub(crate) async fn put(&self, key: &str, number: u64) -> Result<()> {
        match self {
            Kept::Journal(kv) => outages::put(kv, key, number).await,
            Kept::Kv(kv) => {
                let mut batch = Batch::atomic();
                batch.push(Set::new(key.to_owned(), content(key, number, size(number, 10_000))));
                batch.push(HSet::new("numbers", [(key, number.to_string())]));
                kv.batch(batch).await.map(drop)
            }
            // Most are kept in the index, every third in a file, some of those in many pieces.
            Kept::Blob(blob) => {
                let size = if number.is_multiple_of(3) {
                    40_000 + size(number, 1_500_000)
                } else {
                    size(number, 20_000)
                };
                blob.put(key, content(key, number, size)).await.map(drop)
            }
            Kept::Database(db) => {
                let [one, two] = PUT;
                let content = content(key, number, size(number, 10_000));
                let number = i64::try_from(number).unwrap();
                db.batch([Statement::new(one, (key, content)), Statement::new(two, (key, number))])
                    .await
                    .map(drop)
            }
            // A namespace is a key.
            Kept::Databases(databases) => {
                let db = databases.open(key).await?;
                // The first statement of the first write makes the file.
                db.execute(KEPT, ()).await?;
                let content = content(key, number, size(number, 10_000));
                db.batch([Statement::new("DELETE FROM kept", ()), Statement::new(KEEP, (content,))])
                    .await
                    .map(drop)
            }
        }
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<()> {
        match self {
            Kept::Journal(kv) => outages::delete(kv, key).await,
            Kept::Kv(kv) => {
                let mut batch = Batch::atomic();
                batch.push(Del::new([key]));
                batch.push(HDel::new("numbers", [key]));
                kv.batch(batch).await.map(drop)
            }
            Kept::Blob(blob) => blob.delete(key).await.map(drop),
            Kept::Database(db) => db.batch(DELETE.map(|sql| Statement::new(sql, (key,)))).await.map(drop),
            Kept::Databases(databases) => databases.remove(key).await.map(drop),
        }
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Observed> {
        match self {
            Kept::Journal(kv) => outages::get(kv, key).await,
            Kept::Kv(kv) => {
                let content = kv.run(Get::new(key.to_owned())).await?;
                let number = kv.run(HGet::new("numbers", key.to_owned())).await?;
                let number = number.map(|number| std::str::from_utf8(&number).unwrap().parse().unwrap());
                Ok(observed(key, content.as_deref(), number))
            }
            Kept::Blob(blob) => {
                let content = async {
                    match blob.get(key).await? {
                        Some(object) => object.body.collect(2_000_000).await.map(Some),
                        None => Ok(None),
                    }
                };
                match content.await {
                    Ok(Some(content)) => Ok(number(key, &content).map_or(Observed::Garbled, Observed::Value)),
                    Ok(None) => Ok(Observed::Absent),
                    Err(error) if error.kind() == ErrorKind::Corrupt => Ok(Observed::Garbled),
                    Err(error) => Err(error),
                }
            }
            Kept::Database(db) => {
                let row = db.query_one(GET, (key,)).await?;
                let content = row.get::<Option<String>>(0)?;
                Ok(observed(key, content.as_deref().map(str::as_bytes), row.get(1)?))
            }
            Kept::Databases(databases) => {
                let Some(db) = databases.open_existing(key).await? else { return Ok(Observed::Absent) };
                // The file, and the table in it, may be there before the first row is.
                if db.tables().await?.is_empty() {
                    return Ok(Observed::Absent);
                }
                let Some(row) = db.query_opt("SELECT content FROM kept", ()).await? else {
                    return Ok(Observed::Absent);
                };
                let content = row.get::<String>(0)?;
                Ok(number(key, content.as_bytes()).map_or(Observed::Garbled, Observed::Value))
            }
        }
    }
}

/// A size up to a limit, small ones as often as large ones.
pub(crate) fn size(number: u64, limit: usize) -> usize {
    let spread = usize::try_from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).unwrap();
    if number.is_multiple_of(2) { spread % 200 } else { spread % limit }
}

/// What the two places say together.
pub(crate) fn observed(key: &str, content: Option<&[u8]>, beside: Option<u64>) -> Observed {
    match (content.map(|content| number(key, content)), beside) {
        (None, None) => Observed::Absent,
        (Some(Some(number)), Some(beside)) if number == beside => Observed::Value(number),
        _ => Observed::Garbled,
    }
}
