//! A database with planted bugs.

use std::time::Duration;

use async_trait::async_trait;
use credenza_core::db::{
    Begin, Column, Columns, Database, DbCapabilities, Description, Outcome, Params, Rows, Statement, Table,
    Transaction, Value,
};
use credenza_core::{Context, Effect, Error, ErrorKind, Result, StoreInfo};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig, SqliteDurability};
use credenza_testkit::database::DatabaseSubject;

/// What a mutant does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// What comes after a semicolon is left out.
    FirstStatementOnly,
    /// Numbers go through floating point.
    IntsThroughFloats,
    /// Floats without a fraction are whole numbers.
    FloatsAreInts,
    /// Empty text is null.
    EmptyIsNull,
    /// Values that are missing are null.
    MissingIsNull,
    /// Values that nobody asked for are left out.
    TooManyAreFine,
    /// The last row of many is lost.
    LastRowLost,
    /// Rows affected are not counted.
    NoCount,
    /// Names of columns have no case.
    SmallColumns,
    /// Errors have no SQLSTATE.
    NoState,
    /// A broken rule is an invalid statement.
    WrongKind,
    /// Errors say the values.
    LoudErrors,
    /// Errors may have been applied.
    Unsure,
    /// A commit takes back.
    CommitRollsBack,
    /// There are no transactions: each statement is its own.
    NoTransactions,
    /// Transactions that read may write.
    ReadOnlyWrites,
    /// A statement that fails ends its transaction.
    FailureEnds,
    /// Deadlines are not looked at before a statement.
    NoDeadline,
    /// To describe is to run.
    DescribeRuns,
    /// A definition never changes.
    OneDefinition,
    /// Tables have no case, and no order.
    SmallTables,
    /// A limit is claimed that is not kept.
    ParameterLimit,
}

#[derive(Debug)]
pub(crate) struct Mutant {
    inner: SqliteDatabase,
    bug: Bug,
}

fn config() -> SqliteDatabaseConfig {
    let mut config = SqliteDatabaseConfig {
        durability: SqliteDurability::Normal,
        readers: 4,
        ..SqliteDatabaseConfig::default()
    };
    config.limits.value = 1 << 20;
    config
}

pub(crate) fn each() -> SqliteDatabaseConfig {
    SqliteDatabaseConfig { readers: 2, ..config() }
}

/// A database with a bug.
pub(crate) fn with_bug(bug: Bug) -> Result<DatabaseSubject> {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteDatabaseConfig { path: Some(folder.path().join("test.db")), ..config() };
    let subject = DatabaseSubject::new(Mutant { inner: SqliteDatabase::open(config)?, bug }).keeping(folder);
    // A bug may keep its case waiting for ever.
    Ok(if bug == Bug::None { subject } else { subject.with_patience(Duration::from_secs(10)) })
}

impl Bug {
    fn statement(self, mut statement: Statement) -> Statement {
        let places = (1..=20).filter(|number| statement.sql.contains(&format!("${number}"))).count();
        match (self, &mut statement.params) {
            (Bug::FirstStatementOnly, _) => {
                let first = statement.sql.split(';').next().unwrap_or_default().to_owned();
                statement.sql = first.into();
            }
            (Bug::MissingIsNull, Params::Positional(values)) if values.len() < places => {
                values.resize(places, Value::Null);
            }
            (Bug::TooManyAreFine, Params::Positional(values)) => values.truncate(places),
            _ => {}
        }
        statement
    }

    fn value(self, value: Value) -> Value {
        match (self, value) {
            (Bug::IntsThroughFloats, Value::Int(int)) => Value::Int(int as f64 as i64),
            (Bug::FloatsAreInts, Value::Float(float)) if float.fract() == 0.0 && float.is_finite() => {
                Value::Int(float as i64)
            }
            (Bug::EmptyIsNull, Value::Text(text)) if text.is_empty() => Value::Null,
            (_, value) => value,
        }
    }

    async fn rows(self, statement: &Statement, rows: Result<Rows>) -> Result<Rows> {
        let changes = matches!(
            self,
            Bug::IntsThroughFloats
                | Bug::FloatsAreInts
                | Bug::EmptyIsNull
                | Bug::LastRowLost
                | Bug::NoCount
                | Bug::SmallColumns
        );
        match rows {
            Ok(rows) if changes => self.changed(rows).await,
            Ok(rows) => Ok(rows),
            Err(error) => Err(self.error(statement, error)),
        }
    }

    async fn changed(self, mut rows: Rows) -> Result<Rows> {
        let mut columns = rows.columns().clone();
        if self == Bug::SmallColumns {
            let small = |column: &Column| Column { name: column.name.to_lowercase(), ..column.clone() };
            columns = columns.iter().map(small).collect::<Columns>();
        }
        let mut all = Vec::new();
        while let Some(row) = rows.next().await? {
            all.push(row.into_values().into_iter().map(|value| self.value(value)).collect::<Vec<_>>());
        }
        if self == Bug::LastRowLost && all.len() > 1_000 {
            all.pop();
        }
        let outcome = rows.outcome().await?;
        Ok(Rows::ready(columns, all, if self == Bug::NoCount { Outcome::default() } else { outcome }))
    }

    fn error(self, statement: &Statement, error: Error) -> Error {
        let state = error.sqlstate();
        let with_state = |error: Error| match state {
            Some(state) => error.with_sqlstate(state),
            None => error,
        };
        match self {
            Bug::NoState => Error::new(error.kind(), "it failed"),
            Bug::WrongKind if error.kind() == ErrorKind::Constraint => {
                with_state(Error::new(ErrorKind::InvalidStatement, "it failed"))
            }
            Bug::LoudErrors => {
                let texts = statement.params.values().filter_map(|value| match value {
                    Value::Text(text) => Some(text.as_str()),
                    _ => None,
                });
                with_state(Error::new(error.kind(), texts.collect::<Vec<_>>().join(", ")))
            }
            Bug::Unsure => error.with_effect(Effect::MaybeApplied),
            _ => error,
        }
    }
}

#[async_trait]
impl Database for Mutant {
    fn info(&self) -> &StoreInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> DbCapabilities {
        let mut can = self.inner.capabilities();
        if self.bug == Bug::ParameterLimit {
            can.limits.parameters = 10;
        }
        can
    }

    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows> {
        let none = Context::new();
        let cx = if self.bug == Bug::NoDeadline { &none } else { cx };
        let statement = self.bug.statement(statement);
        let rows = self.inner.run(cx, statement.clone()).await;
        self.bug.rows(&statement, rows).await
    }

    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description> {
        let description = self.inner.describe(cx, sql).await?;
        if self.bug == Bug::DescribeRuns && description.parameters == 0 {
            let _ = self.inner.run(cx, Statement::new(sql.to_owned(), ())).await?.outcome().await;
        }
        Ok(description)
    }

    async fn begin(&self, cx: &Context, mut begin: Begin) -> Result<Box<dyn Transaction>> {
        if self.bug == Bug::ReadOnlyWrites {
            begin = Begin::write();
        }
        let inner = match self.bug {
            Bug::NoTransactions => None,
            _ => Some(self.inner.begin(cx, begin).await?),
        };
        Ok(Box::new(MutantTransaction { inner, database: self.inner.clone(), bug: self.bug, ended: false }))
    }

    async fn tables(&self, cx: &Context) -> Result<Vec<Table>> {
        let mut tables = self.inner.tables(cx).await?;
        match self.bug {
            Bug::OneDefinition => tables.iter_mut().for_each(|table| table.definition = 7),
            Bug::SmallTables => tables.iter_mut().for_each(|table| table.name = table.name.to_lowercase()),
            _ => {}
        }
        Ok(tables)
    }
}

#[derive(Debug)]
struct MutantTransaction {
    inner: Option<Box<dyn Transaction>>,
    database: SqliteDatabase,
    bug: Bug,
    ended: bool,
}

#[async_trait]
impl Transaction for MutantTransaction {
    async fn run(&mut self, cx: &Context, statement: Statement) -> Result<Rows> {
        if self.ended {
            return Err(Error::new(ErrorKind::Unavailable, "the transaction is over"));
        }
        let statement = self.bug.statement(statement);
        let rows = match &mut self.inner {
            Some(inner) => inner.run(cx, statement.clone()).await,
            None => self.database.run(cx, statement.clone()).await,
        };
        self.ended = self.bug == Bug::FailureEnds && rows.is_err();
        self.bug.rows(&statement, rows).await
    }

    async fn commit(self: Box<Self>, cx: &Context) -> Result<()> {
        match self.inner {
            Some(inner) if self.bug == Bug::CommitRollsBack => inner.rollback(cx).await,
            Some(inner) => inner.commit(cx).await,
            None => Ok(()),
        }
    }

    async fn rollback(self: Box<Self>, cx: &Context) -> Result<()> {
        match self.inner {
            Some(inner) => inner.rollback(cx).await,
            None => Ok(()),
        }
    }
}
