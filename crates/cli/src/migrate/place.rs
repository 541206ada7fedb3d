//! The database that steps are applied to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use credenza::url::StoreUrl;
use credenza::{
    Db, Error, Result, SqliteConfig, SqliteDatabase, SqliteDatabaseConfig, SqliteStore, open_database,
};

use crate::args::Migration;

/// The database that steps are applied to.
#[derive(Debug)]
pub(super) struct Place {
    file: PathBuf,
    /// Without one it is the file of a server.
    url: Option<String>,
    wait: Duration,
}

impl Place {
    pub(super) fn new(migration: &Migration) -> Result<Place> {
        let file = match (&migration.data, &migration.url) {
            (Some(data), _) => data.join("credenza.db"),
            (None, Some(url)) => file_of(url)?,
            (None, None) => return Err(Error::invalid("there is neither --url nor --data")),
        };
        Ok(Place { file, url: migration.url.clone(), wait: migration.wait })
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The database, to be read alone. One that is not there is empty, and is not made.
    pub(super) async fn look(&self) -> Result<Db> {
        if !self.file.exists() {
            eprintln!("{} does not exist yet", self.file.display());
            return SqliteDatabase::open(SqliteDatabaseConfig::memory()).map(Db::new);
        }
        match &self.url {
            Some(url) => open_database(&with(&self.patient(url)?, "read_only", "true")?).await,
            None => {
                let config = SqliteDatabaseConfig {
                    read_only: true,
                    busy_timeout: self.wait,
                    ..SqliteDatabaseConfig::at(&self.file)
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
        let config = SqliteConfig { busy_timeout: self.wait, ..SqliteConfig::at(&self.file) };
        self.url.is_none().then_some(|| SqliteStore::open(config))
    }

    fn patient(&self, url: &str) -> Result<String> {
        with(url, "busy_timeout", &format!("{}s", self.wait.as_secs()))
    }
}

/// The URL with a parameter, unless it has it already.
fn with(url: &str, name: &'static str, value: &str) -> Result<String> {
    let given = url.parse::<StoreUrl>()?.take(name, |_| Ok(()))?.is_some();
    let separator = if url.contains('?') { '&' } else { '?' };
    Ok(if given { url.to_owned() } else { format!("{url}{separator}{name}={value}") })
}

fn file_of(url: &str) -> Result<PathBuf> {
    let place = url.split_once('?').map_or(url, |(place, _)| place);
    let url: StoreUrl = place.parse()?;
    if url.scheme() != "sqlite" {
        return Err(Error::invalid("migrations run on sqlite: URLs, as in sqlite:app.db"));
    }
    Ok(url.finish()?.path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (url, file) in
            [("sqlite:app.db", "app.db"), ("SQLite:/a%20b/c.db?durability=normal", "/a b/c.db")]
        {
            assert_eq!(file_of(url).unwrap(), Path::new(file));
        }
        for url in ["", "app.db", "redis://localhost", "postgres://localhost/app", "memory:"] {
            assert!(file_of(url).is_err(), "{url}");
        }
        assert_eq!(with("sqlite:a", "read_only", "true").unwrap(), "sqlite:a?read_only=true");
        assert_eq!(with("sqlite:a?x=1", "read_only", "true").unwrap(), "sqlite:a?x=1&read_only=true");
        assert_eq!(with("sqlite:a?x=1", "x", "2").unwrap(), "sqlite:a?x=1");
    }
}
