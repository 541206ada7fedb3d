//! The database that steps are applied to.

use std::path::PathBuf;
use std::time::Duration;

use credenza::url::StoreUrl;
use credenza::{
    Db, Error, Result, SqliteConfig, SqliteDatabase, SqliteDatabaseConfig, SqliteStore, open_database,
};

use crate::args::Migration;

/// The database that steps are applied to.
#[derive(Debug)]
pub(super) struct Place {
    /// Without one it is on a server of Postgres.
    file: Option<PathBuf>,
    /// Without one it is the file of a server.
    url: Option<String>,
    wait: Duration,
}

impl Place {
    pub(super) fn new(migration: &Migration) -> Result<Place> {
        let file = match (&migration.data, &migration.url) {
            (Some(data), _) => Some(data.join("credenza.db")),
            (None, Some(url)) => file_of(url)?,
            (None, None) => return Err(Error::invalid("there is neither --url nor --data")),
        };
        Ok(Place { file, url: migration.url.clone(), wait: migration.wait })
    }

    /// What it is called in a message: an address may have a password in it.
    pub(super) fn name(&self) -> String {
        self.file.as_ref().map_or_else(|| "the database".to_owned(), |file| file.display().to_string())
    }

    /// The database, to be read alone. A file that is not there is empty, and is not made.
    pub(super) async fn look(&self) -> Result<Db> {
        let Some(file) = &self.file else { return self.open().await };
        if !file.exists() {
            eprintln!("{} does not exist yet", file.display());
            return SqliteDatabase::open(SqliteDatabaseConfig::memory()).map(Db::new);
        }
        match &self.url {
            Some(url) => open_database(&with(&self.patient(url)?, "read_only", "true")?).await,
            None => {
                let config = SqliteDatabaseConfig {
                    read_only: true,
                    busy_timeout: self.wait,
                    ..SqliteDatabaseConfig::at(file)
                };
                SqliteDatabase::open(config).map(Db::new)
            }
        }
    }

    /// The database of a URL, to be written to.
    pub(super) async fn open(&self) -> Result<Db> {
        match &self.url {
            Some(url) => open_database(&self.patient(url)?).await,
            None => Err(Error::invalid("the tables of a server are its own")),
        }
    }

    /// What opens the file of a server, if it is one.
    pub(super) fn store(&self) -> Option<impl FnOnce() -> Result<SqliteStore> + use<>> {
        let file = self.file.as_ref().filter(|_| self.url.is_none())?;
        let config = SqliteConfig { busy_timeout: self.wait, ..SqliteConfig::at(file) };
        Some(|| SqliteStore::open(config))
    }

    fn patient(&self, url: &str) -> Result<String> {
        let name = if self.file.is_some() { "busy_timeout" } else { "timeout" };
        with(url, name, &format!("{}s", self.wait.as_secs()))
    }
}

/// The URL with a parameter, unless it has it already.
fn with(url: &str, name: &'static str, value: &str) -> Result<String> {
    let given = url.parse::<StoreUrl>()?.take(name, |_| Ok(()))?.is_some();
    let separator = if url.contains('?') { '&' } else { '?' };
    Ok(if given { url.to_owned() } else { format!("{url}{separator}{name}={value}") })
}

/// The file of a URL; none if it is on a server of Postgres.
fn file_of(url: &str) -> Result<Option<PathBuf>> {
    let place = url.split_once('?').map_or(url, |(place, _)| place);
    let url: StoreUrl = place.parse()?;
    match url.scheme() {
        "sqlite" => Ok(Some(url.finish()?.path.into())),
        "postgres" | "postgresql" => Ok(None),
        _ => Err(Error::invalid("migrations run on sqlite: and postgres: URLs, as in sqlite:app.db")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn urls() {
        for (url, file) in
            [("sqlite:app.db", "app.db"), ("SQLite:/a%20b/c.db?durability=normal", "/a b/c.db")]
        {
            assert_eq!(file_of(url).unwrap().as_deref(), Some(Path::new(file)));
        }
        for url in ["", "app.db", "redis://localhost", "memory:"] {
            assert!(file_of(url).is_err(), "{url}");
        }
        assert_eq!(file_of("postgres://app@db.local/orders").unwrap(), None);
        assert_eq!(with("sqlite:a", "read_only", "true").unwrap(), "sqlite:a?read_only=true");
        assert_eq!(with("sqlite:a?x=1", "read_only", "true").unwrap(), "sqlite:a?x=1&read_only=true");
        assert_eq!(with("sqlite:a?x=1", "x", "2").unwrap(), "sqlite:a?x=1");
    }
}
