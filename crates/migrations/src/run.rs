//! The steps of a set held against one database.

use std::collections::BTreeMap;

use credenza_core::db::{Dialect, Statement};
use credenza_core::{Clock, Effect, Error, Result};

use crate::error::MigrationError;
use crate::report::{State, Status};
use crate::set::{MigrationSet, Prepared, Step};
use crate::target::MigrationTransaction;
use crate::track::{Record, Sql};

/// A set in the dialect of a database.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    set: &'a MigrationSet,
    clock: &'a dyn Clock,
    sql: &'static Sql,
    /// By rising number.
    pub(crate) steps: Vec<Prepared<'a>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(set: &'a MigrationSet, clock: &'a dyn Clock, dialect: Dialect) -> Result<Run<'a>> {
        Ok(Run { set, clock, sql: Sql::of(dialect)?, steps: set.prepare(dialect)? })
    }

    /// How the steps stand.
    pub(crate) async fn status(&self, tx: &mut dyn MigrationTransaction) -> Result<Vec<Status>> {
        Ok(self.compare(&self.sql.read(tx, self.set.module()).await?))
    }

    /// Runs and records the next step, if one is pending. Also says how the steps stand then.
    pub(crate) async fn turn(
        &self,
        tx: &mut dyn MigrationTransaction,
    ) -> Result<(Option<&'a Step>, Vec<Status>)> {
        self.sql.create(tx).await?;
        let mut status = self.status(tx).await?;
        self.judge(&status)?;
        let Some(prepared) = self.pending(&status).next() else { return Ok((None, status)) };
        for (index, statement) in prepared.statements.iter().enumerate() {
            let statement = Statement::new((*statement).to_owned(), ());
            let run = match prepared.alone {
                true => tx.outside(statement).await.map_err(|error| error.with_effect(Effect::MaybeApplied)),
                false => tx.execute(statement).await,
            };
            run.map_err(|error| self.failed(prepared.step, Some(index + 1), error))?;
        }
        self.record(tx, prepared).await?;
        let version = prepared.step.version();
        if let Some(done) = status.iter_mut().find(|step| step.version == version) {
            done.state = State::Applied;
        }
        Ok((Some(prepared.step), status))
    }

    /// Records the pending steps up to a number as applied.
    pub(crate) async fn adopt(&self, tx: &mut dyn MigrationTransaction, through: u64) -> Result<()> {
        self.sql.create(tx).await?;
        let status = self.status(tx).await?;
        self.judge(&status)?;
        for prepared in self.pending(&status).filter(|prepared| prepared.step.version() <= through) {
            self.record(tx, prepared).await?;
        }
        Ok(())
    }

    /// Records a step that was changed after it was applied as it is now.
    pub(crate) async fn repair(&self, tx: &mut dyn MigrationTransaction, version: u64) -> Result<()> {
        let status = self.status(tx).await?;
        let changed = |status: &Status| status.version == version && status.state == State::Changed;
        match (
            status.iter().any(changed),
            self.steps.iter().find(|prepared| prepared.step.version() == version),
        ) {
            (true, Some(prepared)) => {
                let checksum = prepared.checksum.to_string();
                self.sql.update(tx, self.set.module(), version, prepared.step.name(), checksum).await
            }
            _ => {
                let message = format!(
                    "step {version} of `{}` is none that was changed after it was applied",
                    self.set.module()
                );
                Err(Error::invalid(message))
            }
        }
    }

    /// The steps that are to be applied.
    pub(crate) fn pending(&self, status: &[Status]) -> impl Iterator<Item = &Prepared<'a>> {
        let newest = newest(status);
        self.steps.iter().filter(move |prepared| prepared.step.version() > newest)
    }

    /// Whether the steps can be gone on with.
    pub(crate) fn judge(&self, status: &[Status]) -> Result<()> {
        let (newest, known) = (newest(status), self.known());
        let module = || self.set.module().to_owned();
        if newest > known {
            return Err(MigrationError::Newer { module: module(), found: newest, known }.into());
        }
        for Status { version, name, state, .. } in status {
            let (version, name) = (*version, name.clone());
            return Err(match state {
                State::Changed => MigrationError::Changed { module: module(), version, name },
                State::Missing => MigrationError::Missing { module: module(), version, name },
                State::OutOfOrder => MigrationError::OutOfOrder { module: module(), version, name, newest },
                State::Applied | State::Pending | State::Newer => continue,
            }
            .into());
        }
        Ok(())
    }

    pub(crate) fn failed(&self, step: &Step, statement: Option<usize>, error: Error) -> Error {
        let (module, name) = (self.set.module().to_owned(), step.name().to_owned());
        MigrationError::Failed { module, version: step.version(), name, statement, error }.into()
    }

    async fn record(&self, tx: &mut dyn MigrationTransaction, prepared: &Prepared<'_>) -> Result<()> {
        let Prepared { step, checksum, .. } = prepared;
        let record =
            Record { name: step.name().to_owned(), checksum: *checksum, applied_at: self.clock.now() };
        self.sql.insert(tx, self.set.module(), step.version(), &record).await
    }

    fn compare(&self, records: &BTreeMap<u64, Record>) -> Vec<Status> {
        let newest = records.keys().next_back().copied().unwrap_or_default();
        let known = self.known();
        let in_set = self.steps.iter().map(|Prepared { step, checksum, .. }| {
            let record = records.get(&step.version());
            let state = match record {
                Some(record) if record.checksum == *checksum => State::Applied,
                Some(_) => State::Changed,
                None if step.version() < newest => State::OutOfOrder,
                None => State::Pending,
            };
            let applied_at = record.map(|record| record.applied_at);
            Status {
                version: step.version(),
                name: step.name().to_owned(),
                state,
                applied_at,
                checksum: *checksum,
            }
        });
        let mut status: BTreeMap<u64, Status> = in_set.map(|step| (step.version, step)).collect();
        for (&version, record) in records {
            status.entry(version).or_insert_with(|| Status {
                version,
                name: record.name.clone(),
                state: if version > known { State::Newer } else { State::Missing },
                applied_at: Some(record.applied_at),
                checksum: record.checksum,
            });
        }
        status.into_values().collect()
    }

    /// The number of the last step of the set.
    fn known(&self) -> u64 {
        self.steps.last().map_or(0, |prepared| prepared.step.version())
    }
}

/// The number of the last step that was applied.
fn newest(status: &[Status]) -> u64 {
    status.iter().rfind(|step| step.applied_at.is_some()).map_or(0, |step| step.version)
}
