//! `credenza migrate`.

mod output;
mod place;

use credenza::{Error, ErrorKind, SqliteStore};
use credenza_migrations::{MigrationError, MigrationSet, Migrator, State, Status};

use crate::Exit;
use crate::args::{MigrateArgs, MigrateTask, Migration};
use crate::text::plain;
use output::Output;
use place::Place;

/// Does what `credenza migrate …` asks.
pub(crate) fn run(args: MigrateArgs) -> Result<(), Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Exit::new(3, format!("cannot start: {error}")))?;
    runtime.block_on(perform(args.task))
}

async fn perform(task: MigrateTask) -> Result<(), Exit> {
    match task {
        MigrateTask::Status(migration) => {
            let work = Work::new(&migration)?;
            work.output.steps(&work.status().await?)
        }
        MigrateTask::Plan(migration) => {
            let work = Work::new(&migration)?;
            let plan = async { work.migrator.plan(&mut work.place.look().await?).await };
            work.output.plan(&plan.await.map_err(|error| work.exit(&error))?)
        }
        MigrateTask::Apply(migration) => {
            let work = Work::new(&migration)?;
            let (applied, before) = work.apply().await?;
            work.output.applied(&applied, before)
        }
        MigrateTask::Verify(migration) => {
            let work = Work::new(&migration)?;
            let status = async { work.migrator.verify(&mut work.place.look().await?).await };
            work.output.verified(&status.await.map_err(|error| work.exit(&error))?)
        }
        MigrateTask::Repair { step, migration } => {
            let work = Work::new(&migration)?;
            let repair = async { work.migrator.repair(&mut work.place.open().await?, step).await };
            repair.await.map_err(|error| work.exit(&error))
        }
        MigrateTask::Adopt { migration, .. } if migration.data.is_some() => {
            Err(Exit::new(2, "the tables of a server are adopted when it opens them: give --url and --dir"))
        }
        MigrateTask::Adopt { through, migration } => {
            let work = Work::new(&migration)?;
            let adopt = async { work.migrator.adopt(&mut work.place.open().await?, through).await };
            adopt.await.map_err(|error| work.exit(&error))
        }
    }
}

/// Steps, where they are applied, and how that is told.
#[derive(Debug)]
struct Work {
    migrator: Migrator,
    place: Place,
    output: Output,
}

impl Work {
    fn new(migration: &Migration) -> Result<Work, Exit> {
        let wrong = |error: Error| Exit::new(2, plain(error.message()));
        let set = match &migration.dir {
            Some(dir) => MigrationSet::from_folder(migration.module.clone(), dir)
                .map_err(|error| Exit::new(2, format!("{}: {}", dir.display(), plain(error.message()))))?,
            None => SqliteStore::migrations().map_err(wrong)?,
        };
        let place = Place::new(migration).map_err(wrong)?;
        let output = Output { module: set.module().to_owned(), json: migration.json };
        Ok(Work { migrator: Migrator::new(set), place, output })
    }

    async fn status(&self) -> Result<Vec<Status>, Exit> {
        let status = async { self.migrator.status(&mut self.place.look().await?).await };
        status.await.map_err(|error| self.exit(&error))
    }

    /// The numbers and names of the steps that were applied, and how many were before.
    async fn apply(&self) -> Result<(Vec<(u64, String)>, usize), Exit> {
        if let Some(open_store) = self.place.store() {
            // Opening it applies its steps.
            let status = self.status().await?;
            let opened = async { open_store()?.close().await };
            opened.await.map_err(|error| self.exit(&error))?;
            let pending = status.iter().filter(|step| step.state == State::Pending);
            let applied: Vec<_> = pending.map(|step| (step.version, step.name.clone())).collect();
            let before = status.len() - applied.len();
            return Ok((applied, before));
        }
        let apply = async { self.migrator.apply(&mut self.place.open().await?).await };
        let report = apply.await.map_err(|error| self.exit(&error))?;
        Ok((report.applied, report.before))
    }

    fn exit(&self, error: &Error) -> Exit {
        let code = match error.kind() {
            _ if MigrationError::of(error).is_some() => 1,
            ErrorKind::InvalidArgument | ErrorKind::LimitExceeded => 2,
            _ => 3,
        };
        Exit::new(code, format!("{}: {}", self.place.name(), plain(&error.to_string())))
    }
}
