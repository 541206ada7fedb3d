//! What brings a database to the steps of a set.

use std::sync::Arc;

use credenza_core::db::{Begin, Dialect, Statement};
use credenza_core::{Clock, Error, Result, SystemClock};

use crate::report::{Planned, Report, State, Status};
use crate::run::Run;
use crate::set::MigrationSet;
use crate::target::{MigrationTarget, MigrationTransaction};
use crate::{split, split_postgres};

/// Brings databases to the steps of a set: forward only, each step once.
///
/// A step and the record of it are one transaction. Runners that race, in one process or in several, take turns step
/// by step: each step is applied once, and all of them succeed.
#[derive(Clone, Debug)]
pub struct Migrator {
    set: MigrationSet,
    clock: Arc<dyn Clock>,
}

impl Migrator {
    /// A migrator of a set.
    pub fn new(set: MigrationSet) -> Migrator {
        Migrator { set, clock: Arc::new(SystemClock) }
    }

    /// The same with another clock, which tells when steps were applied.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Migrator {
        self.clock = Arc::new(clock);
        self
    }

    /// The set.
    pub fn set(&self) -> &MigrationSet {
        &self.set
    }

    /// How each step stands, by rising number; also those that the set does not have. Changes nothing.
    ///
    /// # Errors
    /// What the database fails with, and what is wrong with the set itself ([`MigrationSet::check`]).
    pub async fn status(&self, target: &mut dyn MigrationTarget) -> Result<Vec<Status>> {
        let run = self.run(target.dialect())?;
        look(&run, target).await
    }

    /// The steps that [`apply`](Migrator::apply) would apply, in order. Changes nothing.
    ///
    /// # Errors
    /// As [`verify`](Migrator::verify).
    pub async fn plan(&self, target: &mut dyn MigrationTarget) -> Result<Vec<Planned>> {
        let run = self.run(target.dialect())?;
        let status = look(&run, target).await?;
        run.judge(&status)?;
        let planned = run.pending(&status).map(|prepared| Planned {
            version: prepared.step.version(),
            name: prepared.step.name().to_owned(),
            checksum: prepared.checksum,
            statements: prepared.statements.iter().map(|&statement| statement.to_owned()).collect(),
        });
        Ok(planned.collect())
    }

    /// Checks that what was applied is what the set has, and that nothing was left out on the way. Steps that are not
    /// applied yet are no error. Changes nothing; returns how the steps stand.
    ///
    /// # Errors
    /// [`MigrationError`](crate::MigrationError), all but `Failed`: of several the first, by number, and `Newer` before
    /// all others.
    pub async fn verify(&self, target: &mut dyn MigrationTarget) -> Result<Vec<Status>> {
        let run = self.run(target.dialect())?;
        let status = look(&run, target).await?;
        run.judge(&status)?;
        Ok(status)
    }

    /// Applies what is not applied yet. Where nothing is, it only reads. If a step fails, those before it stay applied.
    ///
    /// # Errors
    /// [`MigrationError`](crate::MigrationError); `Busy` or `Timeout` if another runner was in the way for longer than
    /// the target waits; what is wrong with the set itself ([`MigrationSet::check`]).
    pub async fn apply(&self, target: &mut dyn MigrationTarget) -> Result<Report> {
        let run = self.run(target.dialect())?;
        let mut status = look(&run, target).await?;
        run.judge(&status)?;
        let mut applied = Vec::new();
        // Each turn applies a step, or finds that another runner was faster.
        while status.iter().any(|step| step.state == State::Pending) {
            let mut tx = target.begin(Begin::write()).await?;
            match run.turn(&mut *tx).await {
                Ok((Some(step), then)) => {
                    tx.commit().await.map_err(|error| run.failed(step, None, error))?;
                    applied.push((step.version(), step.name().to_owned()));
                    status = then;
                }
                Ok((None, then)) => {
                    tx.rollback().await?;
                    status = then;
                }
                Err(error) => return Err(take_back(tx, error).await),
            }
        }
        let before = status.len() - applied.len();
        Ok(Report { applied, before })
    }

    /// Records the steps up to a number as applied, without running them: for a database that has their tables
    /// already. What is recorded already stays.
    ///
    /// # Errors
    /// `InvalidArgument` if the set has no such step; as [`verify`](Migrator::verify), if what is recorded does not fit.
    pub async fn adopt(&self, target: &mut dyn MigrationTarget, through: u64) -> Result<()> {
        let run = self.run(target.dialect())?;
        if !run.steps.iter().any(|prepared| prepared.step.version() == through) {
            return Err(Error::invalid(format!("`{}` has no step {through}", self.set.module())));
        }
        let mut tx = target.begin(Begin::write()).await?;
        match run.adopt(&mut *tx, through).await {
            Ok(()) => tx.commit().await,
            Err(error) => Err(take_back(tx, error).await),
        }
    }

    /// Records a step that was changed after it was applied as it is now, for a change that changes nothing: of a comment, or of what can be run once more. Nothing
    /// is run. It is asked for by number, and no other method does it.
    ///
    /// # Errors
    /// `InvalidArgument` if the step was not changed after it was applied, or is none of the set.
    pub async fn repair(&self, target: &mut dyn MigrationTarget, version: u64) -> Result<()> {
        let run = self.run(target.dialect())?;
        let mut tx = target.begin(Begin::write()).await?;
        match run.repair(&mut *tx, version).await {
            Ok(()) => tx.commit().await,
            Err(error) => Err(take_back(tx, error).await),
        }
    }

    fn run(&self, dialect: Dialect) -> Result<Run<'_>> {
        Run::new(&self.set, &*self.clock, dialect)
    }
}

async fn look(run: &Run<'_>, target: &mut dyn MigrationTarget) -> Result<Vec<Status>> {
    let mut tx = target.begin(Begin::read_only()).await?;
    match run.status(&mut *tx).await {
        Ok(status) => tx.commit().await.map(|()| status),
        Err(error) => Err(take_back(tx, error).await),
    }
}

/// Makes what is not there yet: the other way to have tables, for a module that never changes them. Each statement is a `CREATE … IF NOT EXISTS`; all of them are
/// one transaction, and callers that race take turns. Nothing is recorded.
///
/// ```
/// # async fn example(mut db: credenza_core::Db) -> credenza_core::Result<()> {
/// let tables = "CREATE TABLE IF NOT EXISTS cache (key TEXT PRIMARY KEY, value TEXT); CREATE INDEX IF NOT EXISTS by_value ON cache (value)";
/// credenza_migrations::create_if_missing(&mut db, tables).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `InvalidArgument` for a text without statements, and for one with others; what the database fails with.
pub async fn create_if_missing(target: &mut dyn MigrationTarget, text: &str) -> Result<()> {
    let statements = match target.dialect() {
        Dialect::Postgres => split_postgres::statements(text)?,
        _ => split::statements(text)?,
    };
    let creates = |statement: &&str| {
        let mut words = statement.split_ascii_whitespace().take(8).map(str::to_ascii_uppercase);
        words.next().as_deref() == Some("CREATE")
            && words.collect::<Vec<_>>().join(" ").contains("IF NOT EXISTS")
    };
    if statements.is_empty() || !statements.iter().all(creates) {
        return Err(Error::invalid("what is made if it is missing is made by CREATE … IF NOT EXISTS"));
    }
    let mut tx = target.begin(Begin::write()).await?;
    for statement in statements {
        if let Err(error) = tx.execute(Statement::new(statement.to_owned(), ())).await {
            return Err(take_back(tx, error).await);
        }
    }
    tx.commit().await
}

/// The error, after its transaction was taken back. That happens in any case, so an error of it says nothing more.
async fn take_back(tx: Box<dyn MigrationTransaction + '_>, error: Error) -> Error {
    let _ = tx.rollback().await;
    error
}
