//! What is put to the test.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::Db;
use credenza_core::db::{Database, Databases, DbCapabilities};

use crate::subject::Kept;
use crate::trial::{PATIENCE, Tested};

/// A database that is put to the test, with what lies around it.
///
/// ```
/// # fn example(database: impl credenza_core::db::Database, folder: std::path::PathBuf) {
/// use credenza_testkit::database::DatabaseSubject;
///
/// let subject = DatabaseSubject::new(database).keeping(folder);
/// # let _ = subject;
/// # }
/// ```
#[derive(Debug)]
pub struct DatabaseSubject {
    database: Arc<dyn Database>,
    patience: Duration,
    // Dropped last: the database may lie in it.
    kept: Vec<Box<dyn Kept>>,
}

impl DatabaseSubject {
    /// An empty database.
    pub fn new(database: impl Database) -> DatabaseSubject {
        DatabaseSubject::from(Arc::new(database) as Arc<dyn Database>)
    }

    /// How long a case may take: a minute by default.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> DatabaseSubject {
        self.patience = patience;
        self
    }

    /// Keeps something as long as the database: a temporary folder, a running server.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> DatabaseSubject {
        self.kept.push(Box::new(thing));
        self
    }

    /// The same database behind a decorator.
    #[must_use]
    pub fn behind<D: Database>(mut self, decorate: impl FnOnce(Arc<dyn Database>) -> D) -> DatabaseSubject {
        self.database = Arc::new(decorate(self.database));
        self
    }

    /// The database.
    pub fn database(&self) -> &Arc<dyn Database> {
        &self.database
    }

    /// A handle on the database.
    pub fn db(&self) -> Db {
        Db::from(self.database.clone())
    }

    /// What the database can do.
    pub fn capabilities(&self) -> DbCapabilities {
        self.database.capabilities()
    }
}

impl From<Arc<dyn Database>> for DatabaseSubject {
    fn from(database: Arc<dyn Database>) -> DatabaseSubject {
        DatabaseSubject { database, patience: PATIENCE, kept: Vec::new() }
    }
}

impl Tested for DatabaseSubject {
    fn stack(&self) -> String {
        self.database.info().stack()
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}

/// Databases by namespace that are put to the test.
#[derive(Debug)]
pub struct DatabasesSubject {
    databases: Arc<dyn Databases>,
    patience: Duration,
    // Dropped last: the databases may lie in it.
    kept: Vec<Box<dyn Kept>>,
}

impl DatabasesSubject {
    /// Databases without a namespace yet.
    pub fn new(databases: impl Databases) -> DatabasesSubject {
        DatabasesSubject { databases: Arc::new(databases), patience: PATIENCE, kept: Vec::new() }
    }

    /// How long a case may take: a minute by default.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> DatabasesSubject {
        self.patience = patience;
        self
    }

    /// Keeps something as long as the databases: a temporary folder, a running server.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> DatabasesSubject {
        self.kept.push(Box::new(thing));
        self
    }

    /// The databases.
    pub fn databases(&self) -> &Arc<dyn Databases> {
        &self.databases
    }
}

impl Tested for DatabasesSubject {
    fn stack(&self) -> String {
        self.databases.info().stack()
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}
