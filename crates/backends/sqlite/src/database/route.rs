//! The database: which thread and which connection a statement goes to.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use credenza_core::db::{
    Begin, Database, DbCapabilities, Description, Dialect, Rows, Statement, Table, Transaction,
};
use credenza_core::{Consistency, Context, Durability, ErrorKind, Result, StoreInfo};

use super::config::SqliteDatabaseConfig;
use super::failure::timeout;
use super::run::{self, Halt, Rules};
use super::store::{Crew, Held, Store};
use super::tables;
use super::task;
use super::text::Keyword;
use super::transaction;
use crate::config::SqliteDurability;
use crate::error::NAME;
use crate::pace::instant;

/// A relational database in an SQLite file.
///
/// **Statements** are SQLite's, one a call. Foreign keys are enforced, and what stands in double quotes is a name. The
/// engine itself asks about all that a statement does, in views and triggers too, and what is not known to be harmless
/// is refused with `Denied`:
///
/// | allowed | refused |
/// |---|---|
/// | all of the tables, views, indexes and triggers of the file; savepoints in a transaction | other files (`ATTACH`, `VACUUM`), temporary tables, `BEGIN`, `COMMIT`, `ROLLBACK` |
/// | the functions of the engine, full-text search, JSON, dates, `vector_cosine_similarity`, `vector_inner_product`, `vector_l2_distance`, `vector_nearest`, `vector_rows` | functions that load code or tell about the process |
/// | virtual tables of `fts5`, `fts5vocab` and `rtree` | others, and those that show pages of the file |
/// | pragmas that show what tables are like or check them (`table_info`, `table_list`, `index_list`, `foreign_key_list`, `integrity_check` and their kin), `user_version` read, `defer_foreign_keys` | all others |
/// | names | names that begin with `sqlite_` or `credenza_` |
///
/// **Threads.** A statement that is little work runs on the caller's thread, which takes a few microseconds, or as long
/// as the disk takes to sync. One that turns out to be more is given up there and run on a thread of the database,
/// which are started as they are needed and end when they are not. Rows that are many come in chunks, as they are read.
///
/// **Turns.** One caller writes at a time, in the order in which they came. Readers see what was committed when their
/// statement, or their transaction, began, and never wait for the writer. Several processes may open one file: they take turns
/// at writing. Files on network file systems are not for this.
///
/// **Deadlines.** A statement stops within about a millisecond of its deadline. A transaction that is still open at the
/// deadline it was begun with is rolled back then.
///
/// Cheap to clone; all clones are one database, which is closed when the last of them is dropped.
#[derive(Clone, Debug)]
pub struct SqliteDatabase {
    store: Arc<Store>,
    info: Arc<StoreInfo>,
}

impl SqliteDatabase {
    /// Opens a database; creates the file if it is not there. Blocks for some milliseconds, or as long as another
    /// process holds the file.
    ///
    /// # Errors
    /// `Unavailable` if the file cannot be opened, `Busy` if it is locked, `Corrupt` if it is no database, `ReadOnly`.
    pub fn open(config: SqliteDatabaseConfig) -> Result<SqliteDatabase> {
        Ok(SqliteDatabase::on(
            {
                let crew = Crew::new(config.vector_memory);
                Store::open(config, crew)?
            },
            Arc::new(StoreInfo::backend(NAME)),
        ))
    }

    pub(crate) fn on(store: Arc<Store>, info: Arc<StoreInfo>) -> SqliteDatabase {
        SqliteDatabase { store, info }
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> DbCapabilities {
        capabilities(&self.store.config, self.store.config.path.is_some())
    }

    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows> {
        run(&self.store, cx.deadline(), statement).await
    }

    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description> {
        check_deadline(cx.deadline())?;
        if !self.store.in_memory()
            && let Some(described) = self.store.with_reader(|conn| conn.describe(sql, false))
        {
            return described?;
        }
        self.store.read(cx.deadline()).await?.conn().describe(sql, false)
    }

    async fn begin(&self, cx: &Context, begin: Begin) -> Result<Box<dyn Transaction>> {
        check_deadline(cx.deadline())?;
        Ok(Box::new(transaction::begin(&self.store, cx.deadline(), begin).await?))
    }

    async fn tables(&self, cx: &Context) -> Result<Vec<Table>> {
        check_deadline(cx.deadline())?;
        if !self.store.in_memory()
            && let Some(found) = self.store.with_reader(|conn| tables::all(conn.own()))
        {
            return found?;
        }
        tables::all(self.store.read(cx.deadline()).await?.conn().own())
    }
}

/// What a database can do; in a file, or in memory.
pub(crate) fn capabilities(config: &SqliteDatabaseConfig, file: bool) -> DbCapabilities {
    let mut capabilities = DbCapabilities::of(Dialect::Sqlite);
    capabilities.durability = match config.durability {
        _ if !file => Durability::None,
        SqliteDurability::Full => Durability::PowerLoss,
        SqliteDurability::Normal => Durability::ProcessCrash,
    };
    capabilities.consistency = Consistency::Linearizable;
    capabilities.read_only = config.read_only;
    capabilities.limits = config.limits;
    capabilities
}

pub(crate) fn check_deadline(deadline: Option<Instant>) -> Result<()> {
    if deadline.is_some_and(|deadline| deadline <= instant()) {
        return Err(timeout("the deadline passed before the statement was started"));
    }
    Ok(())
}

/// Runs a statement that is no part of a transaction. What waits is in a future of its own, so that this one is small.
async fn run(store: &Arc<Store>, deadline: Option<Instant>, statement: Statement) -> Result<Rows> {
    check_deadline(deadline)?;
    let may_read = Keyword::of(&statement.sql).is_none_or(Keyword::may_read);
    if store.in_memory() || !(may_read || store.config.read_only) {
        return match try_write(store, deadline, &statement) {
            Ok(ran) => ran,
            Err(held) => Box::pin(write(store, deadline, statement.into(), held)).await,
        };
    }
    let rules = Rules { reader: true, read_only: store.config.read_only, ..Rules::default() };
    match store.with_reader(|conn| run::in_place(conn, &statement, rules, deadline)) {
        Some(Ok(Ok(rows))) => Ok(rows),
        Some(Ok(Err(Halt::Failed(error)))) | Some(Err(error)) => Err(error),
        Some(Ok(Err(Halt::Writes))) => Box::pin(write(store, deadline, statement.into(), None)).await,
        Some(Ok(Err(Halt::Elsewhere))) | None => Box::pin(read(store, deadline, statement, rules)).await,
    }
}

/// Reads on a thread.
async fn read(
    store: &Arc<Store>,
    deadline: Option<Instant>,
    statement: Statement,
    rules: Rules,
) -> Result<Rows> {
    let statement = Arc::new(statement);
    let held = store.read(deadline).await?;
    match task::run(held, Arc::clone(&statement), rules, deadline).await {
        // It is no read.
        Err(error) if error.kind() == ErrorKind::ReadOnly && !store.config.read_only => {
            write(store, deadline, statement, None).await
        }
        ran => ran,
    }
}

/// Writes in place, if the writer is free. Otherwise, or if it is more than that: the writer, if it was.
fn try_write(
    store: &Arc<Store>,
    deadline: Option<Instant>,
    statement: &Statement,
) -> std::result::Result<Result<Rows>, Option<Held>> {
    match store.try_write() {
        Some(Ok(mut held)) => write_in_place(&mut held, deadline, statement).ok_or(Some(held)),
        Some(Err(error)) => Ok(Err(error)),
        None => Err(None),
    }
}

fn write_in_place(held: &mut Held, deadline: Option<Instant>, statement: &Statement) -> Option<Result<Rows>> {
    let store = Arc::clone(held.store());
    if store.commits.too_long() {
        return None;
    }
    let started = instant();
    let ran = run::in_place(held.conn(), statement, rules(&store), deadline);
    store.commits.add(instant() - started);
    match ran {
        Ok(rows) => Some(Ok(rows)),
        Err(Halt::Failed(error)) => Some(Err(error)),
        Err(_) => None,
    }
}

fn rules(store: &Store) -> Rules {
    Rules { read_only: store.config.read_only, ..Rules::default() }
}

/// Writes when it is the caller's turn; `held` was tried in place already.
async fn write(
    store: &Arc<Store>,
    deadline: Option<Instant>,
    statement: Arc<Statement>,
    held: Option<Held>,
) -> Result<Rows> {
    let held = match held {
        Some(held) => held,
        None => {
            let mut held = store.write(deadline).await?;
            if let Some(ran) = write_in_place(&mut held, deadline, &statement) {
                return ran;
            }
            held
        }
    };
    task::run(held, statement, rules(store), deadline).await
}
