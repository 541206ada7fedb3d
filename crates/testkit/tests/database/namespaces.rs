//! Databases by namespace with planted bugs.

use std::time::Duration;

use async_trait::async_trait;
use credenza_core::db::Databases;
use credenza_core::{Db, Result, StoreInfo};
use credenza_sqlite::{SqliteDatabases, SqliteDatabasesConfig};
use credenza_testkit::database::{DatabasesSubject, run_databases};

use crate::mutant::each;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    None,
    /// All namespaces are one.
    One,
    /// Namespaces have no case.
    NoCase,
    /// To ask is to make.
    AskingMakes,
    /// What is removed stays.
    RemoveNothing,
    /// Any text is a namespace.
    AnyText,
}

#[derive(Debug)]
struct Mutant {
    inner: SqliteDatabases,
    bug: Bug,
}

impl Mutant {
    fn name(&self, namespace: &str) -> String {
        match self.bug {
            Bug::One => "one".to_owned(),
            Bug::NoCase => namespace.to_lowercase(),
            Bug::AnyText => format!("{namespace:.400}."),
            _ => namespace.to_owned(),
        }
    }
}

#[async_trait]
impl Databases for Mutant {
    fn info(&self) -> &StoreInfo {
        self.inner.info()
    }

    async fn open(&self, namespace: &str) -> Result<Db> {
        self.inner.open(&self.name(namespace)).await
    }

    async fn open_existing(&self, namespace: &str) -> Result<Option<Db>> {
        match self.bug {
            Bug::AskingMakes => self.inner.open(namespace).await.map(Some),
            _ => self.inner.open_existing(&self.name(namespace)).await,
        }
    }

    async fn remove(&self, namespace: &str) -> Result<bool> {
        match self.bug {
            Bug::RemoveNothing => Ok(self.inner.open_existing(namespace).await?.is_some()),
            _ => self.inner.remove(&self.name(namespace)).await,
        }
    }
}

async fn passes(bug: Bug) -> bool {
    let report = run_databases(async || {
        let folder = tempfile::tempdir().unwrap();
        let at = SqliteDatabasesConfig::at(folder.path().join("databases"));
        let inner = SqliteDatabases::open(SqliteDatabasesConfig { max_open: 16, each: each(), ..at })?;
        let subject = DatabasesSubject::new(Mutant { inner, bug }).keeping(folder);
        // A bug may keep its case waiting for ever.
        Ok(if bug == Bug::None { subject } else { subject.with_patience(Duration::from_secs(10)) })
    })
    .await;
    if bug == Bug::None {
        report.assert_passed();
    }
    report.passed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn honest_namespaces_pass() {
    assert!(passes(Bug::None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn planted_bugs_of_namespaces_are_caught() {
    for bug in [Bug::One, Bug::NoCase, Bug::AskingMakes, Bug::RemoveNothing, Bug::AnyText] {
        assert!(!passes(bug).await, "{bug:?}");
    }
}
