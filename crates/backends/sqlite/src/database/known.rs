//! The statements that a connection has compiled, and what is known about each.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use credenza_core::db::{Column, Columns, Description};
use credenza_core::{Error, ErrorKind, Result};
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, CachedStatement, Statement};

use super::authorizer::{OTHER_FILES, RESERVED};
use super::bind::Names;
use super::conn::Own;
use super::failure::{denied, error, of_engine, of_statement};
use super::text::{Keyword, may_go_on};

/// A statement that took more steps than this, about a millisecond, runs on a thread.
const DEAR: u32 = 20_000;
const UNKNOWN: u32 = u32::MAX;

/// A longer text is not kept: some hundreds of them would be much.
pub(crate) const LONG: usize = 64 << 10;

/// What a statement does to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It returns rows and changes none, or is none of the others.
    Other,
    /// `INSERT` and `REPLACE`.
    Insert {
        /// The table gives its rows ids.
        ids: bool,
        /// A row in conflict is updated.
        upsert: bool,
    },
    /// `UPDATE` and `DELETE`.
    Change,
}

/// What is known about a statement that was compiled.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) columns: Columns,
    pub(crate) names: Names,
    pub(crate) kind: Kind,
    pub(crate) read_only: bool,
    /// Tables and views that it makes (`true`) or drops.
    pub(crate) tables: Vec<(String, bool)>,
    pub(crate) savepoint: bool,
    changes_tables: bool,
    reserved: bool,
    /// One of its steps may take long, so that counting steps does not tell how long it takes.
    pub(crate) coarse: bool,
    cost: AtomicU32,
}

/// The statements of a connection.
pub(crate) struct Library {
    known: HashMap<Box<str>, Arc<Known>, foldhash::fast::RandomState>,
    most: usize,
}

impl Library {
    /// Of so many statements.
    pub(crate) fn new(most: usize) -> Library {
        Library { known: HashMap::default(), most: most.max(8) }
    }

    /// Compiles a statement, or finds it compiled. The guard's `begin` comes before.
    pub(crate) fn compile<'c>(
        &mut self,
        on: Own<'c>,
        sql: &str,
        reserved: bool,
    ) -> Result<(CachedStatement<'c>, Arc<Known>)> {
        let known = self.known.get(sql);
        if known.is_none() {
            check(on, sql)?;
        }
        let failed = |failed: rusqlite::Error| of_statement(&failed, on.guard);
        let mut statement = on.raw.prepare_cached(sql).map_err(failed)?;
        let compiled = on.guard.take_compiled();
        if let Some(known) = known
            && !compiled
        {
            if known.reserved && !reserved {
                return Err(denied("names that begin with credenza_ are reserved"));
            }
            return Ok((statement, Arc::clone(known)));
        }
        if !compiled {
            // The engine still has it, and it fell out of here: what the compiler would say is not known.
            statement.discard();
            statement = on.raw.prepare_cached(sql).map_err(failed)?;
        }
        let known = Arc::new(Known::learn(on, sql, &statement)?);
        if self.known.len() >= self.most {
            self.known.clear();
        }
        if sql.len() <= LONG {
            self.known.insert(sql.into(), Arc::clone(&known));
        }
        Ok((statement, known))
    }

    /// The statement turned out to be another than what is known.
    pub(crate) fn forget(&mut self, sql: &str) {
        self.known.remove(sql);
    }
}

/// One statement, and no more.
fn check(on: Own<'_>, sql: &str) -> Result<()> {
    let refuse = |message| Err(error(ErrorKind::InvalidStatement, "42601", message));
    match Keyword::of(sql) {
        None => return refuse("there is no statement in the text"),
        // The engine asks about it only when it runs, and not always.
        Some(Keyword::Vacuum) => return Err(denied(OTHER_FILES)),
        Some(_) => {}
    }
    if sql.contains('\0') {
        return refuse("a statement cannot contain a zero byte");
    }
    if !may_go_on(sql) {
        return Ok(());
    }
    // What comes second is not compiled: some of it would take effect at once.
    let mut batch = Batch::new(on.raw, sql);
    let first = batch.next().map_err(|failed| of_statement(&failed, on.guard))?;
    drop(first);
    on.guard.refuse_all(true);
    let second = batch.next();
    on.guard.refuse_all(false);
    // The statement is compiled once more, to be kept.
    on.guard.take_facts();
    match second {
        Ok(None) => Ok(()),
        _ => refuse("the text has more than one statement"),
    }
}

impl Known {
    fn learn(on: Own<'_>, sql: &str, statement: &Statement<'_>) -> Result<Known> {
        let facts = on.guard.take_facts();
        let keyword = Keyword::of(sql);
        let runs = keyword != Some(Keyword::Explain);
        // To the engine, what is explained writes as if it were run.
        let read_only = statement.readonly() || !runs;
        let kind = match (keyword, facts.inserts.as_deref()) {
            (Some(Keyword::Insert | Keyword::Replace | Keyword::With), Some(table)) if !read_only => {
                Kind::Insert { ids: gives_ids(on, table)?, upsert: facts.updates }
            }
            (Some(Keyword::Insert | Keyword::Replace | Keyword::Update | Keyword::Delete), _) => Kind::Change,
            (Some(Keyword::With), _) if !read_only => Kind::Change,
            _ => Kind::Other,
        };
        // The compiler does not say what a table is renamed to.
        if facts.alters && !facts.reserved && sql.to_ascii_lowercase().contains(RESERVED) {
            return Err(reserved());
        }
        Ok(Known {
            columns: columns(statement),
            names: Names::of(statement)?,
            kind,
            read_only,
            // `DROP TABLE IF EXISTS` of a table that is not there names none, and may find one when it runs.
            changes_tables: runs
                && (facts.alters || !facts.tables.is_empty() || matches!(kind, Kind::Other) && !read_only),
            tables: if runs { facts.tables } else { Vec::new() },
            savepoint: runs && facts.savepoint,
            reserved: facts.reserved,
            coarse: runs && (facts.counts || facts.checks || facts.schema),
            cost: AtomicU32::new(UNKNOWN),
        })
    }

    /// Whether it is known to be little work. Within a transaction a write cannot be given up and done elsewhere, so
    /// it must have been little before.
    pub(crate) fn is_quick(&self, transaction: bool) -> bool {
        match self.cost.load(Ordering::Relaxed) {
            UNKNOWN => !self.coarse && (self.read_only || !transaction),
            cost => cost <= DEAR,
        }
    }

    /// Whether it never ran.
    pub(crate) fn is_new(&self) -> bool {
        self.cost.load(Ordering::Relaxed) == UNKNOWN
    }

    /// It took so many steps. What was dear is forgotten by and by.
    pub(crate) fn took(&self, steps: u32) {
        let before = match self.cost.load(Ordering::Relaxed) {
            UNKNOWN => 0,
            before => before,
        };
        self.cost.store(steps.min(UNKNOWN - 1).max(before / 2), Ordering::Relaxed);
    }

    /// It was more than is done in place.
    pub(crate) fn was_dear(&self) {
        self.cost.store(DEAR * 8, Ordering::Relaxed);
    }

    pub(crate) fn describe(&self) -> Description {
        let mut description = Description::default();
        description.columns = self.columns.clone();
        description.parameters = self.names.count();
        description.read_only = self.read_only;
        description.changes_schema = self.changes_tables;
        description
    }
}

fn reserved() -> Error {
    denied("names that begin with credenza_ are reserved")
}

/// Whether the rows of a table have ids.
fn gives_ids(on: Own<'_>, table: &str) -> Result<bool> {
    const SQL: &str =
        "SELECT NOT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    let found = on.row(SQL, [table], |row| row.get(0));
    found.map(Option::unwrap_or_default).map_err(|failed| of_engine(&failed))
}

/// The columns of a statement.
pub(crate) fn columns(statement: &Statement<'_>) -> Columns {
    let column = |column: rusqlite::Column<'_>| Column {
        name: column.name().to_owned(),
        declared: column.decl_type().map(str::to_owned),
    };
    statement.columns().map(column).collect()
}
