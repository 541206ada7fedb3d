//! Queries for the nearest vectors.

use credenza_core::db::{Begin, Columns, Dialect, Row, Statement, Value};
use credenza_core::{ErrorKind, Result};
use serde::de::DeserializeOwned;

use super::filters::filters;
use super::run::Runner;
use crate::filter::Filter;
use crate::query::{Metric, Query, Search};
use crate::rows::{Reader, typed_row};
use crate::write::{self, APPROXIMATE, SCORE, Written};

/// Finds the rows whose vectors are nearest to another, the nearest first.
#[derive(Debug)]
#[must_use = "a query runs when it is asked for its rows"]
pub struct SearchQuery<'a> {
    pub(super) runner: Runner<'a>,
    pub(super) search: Search,
    pub(super) min_score: Option<f64>,
}

/// A row with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored<T> {
    /// How near it is, by the [`Metric`]: greater is nearer.
    pub score: f64,
    /// The row.
    pub row: T,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<T> {
    /// The rows, the nearest first.
    pub rows: Vec<Scored<T>>,
    /// Whether one of the nearest may be missing: codes or an index narrowed the search down.
    pub approximate: bool,
}

impl SearchQuery<'_> {
    filters!();

    fn filters(&mut self) -> &mut Vec<Filter> {
        &mut self.search.filters
    }

    /// What is returned of each row, as in [`select`](super::TableQuery::select); all columns if nothing is said.
    pub fn select(mut self, columns: impl Into<String>) -> Self {
        self.search.columns = columns.into();
        self
    }

    /// So many rows at most: 10.
    pub fn limit(mut self, limit: u64) -> Self {
        self.search.limit = limit;
        self
    }

    /// Only rows with this score or a greater one.
    pub fn min_score(mut self, score: f64) -> Self {
        self.min_score = Some(score);
        self
    }

    /// How vectors are compared: by the cosine.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.search.metric = metric;
        self
    }

    /// Compares every row, also where there is an index that knows nearly all of the nearest.
    pub fn exact(mut self) -> Self {
        self.search.exact = true;
        self
    }

    /// The query as data, without the least score.
    pub fn into_query(self) -> Query {
        Query::Search(self.search)
    }

    /// The rows, as a type.
    ///
    /// # Errors
    /// `InvalidArgument` for a vector that is none or of another dimension than those of the table; `Decode` for a row that does not fit; those of the
    /// database.
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<Found<T>> {
        let SearchQuery { mut runner, search, min_score } = self;
        let (limit, exact) = (search.limit, search.exact);
        if runner.capabilities().dialect != Dialect::Postgres {
            return codes(&mut runner, search, min_score).await;
        }
        let query = Query::Search(search);
        let mut found: Found<T> = match &mut runner {
            _ if exact => read(runner.query(&query).await?, min_score).await?,
            Runner::Tx(_) => {
                widen(&mut runner, limit).await?;
                read(runner.query(&query).await?, min_score).await?
            }
            Runner::Db(db) => {
                let mut tx = db.begin_with(Begin::read_only()).await?;
                let mut runner = Runner::Tx(&mut tx);
                widen(&mut runner, limit).await?;
                let found = read(runner.query(&query).await?, min_score).await?;
                tx.commit().await?;
                found
            }
        };
        found.approximate = !exact;
        Ok(found)
    }
}

/// With codes where rows have numbers, and without where they have none. A query that is wrong fails both ways.
async fn codes<T: DeserializeOwned>(
    runner: &mut Runner<'_>,
    search: Search,
    min_score: Option<f64>,
) -> Result<Found<T>> {
    let query = Query::Search(search);
    let rows = match (runner.query(&query).await, &query) {
        (Err(failed), Query::Search(search)) if failed.kind() == ErrorKind::InvalidStatement => {
            let Written { statement, json } = write::plain(search)?;
            Reader::new(runner.statement(statement).await?, json)
        }
        (rows, _) => rows?,
    };
    read(rows, min_score).await
}

/// Lets an index look at as many rows as are wanted, and go on when a filter leaves too few. For the transaction.
async fn widen(runner: &mut Runner<'_>, limit: u64) -> Result<()> {
    // The least and the most that pgvector takes.
    let candidates = limit.saturating_mul(2).clamp(40, 1_000);
    let sql = "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', $1, true), \
        set_config('ivfflat.iterative_scan', 'relaxed_order', true), set_config('ivfflat.probes', '10', true)";
    runner.statement(Statement::new(sql, (candidates.to_string(),))).await?.outcome().await.map(drop)
}

async fn read<T: DeserializeOwned>(mut rows: Reader, min_score: Option<f64>) -> Result<Found<T>> {
    let mut found = Found { rows: Vec::new(), approximate: false };
    let mut known = None;
    while let Some(row) = rows.next().await? {
        let (told, row) = Told::known(&mut known, row.columns()).split(row);
        found.approximate |= told.approximate;
        // One that has no score is nowhere near.
        if let Some(score) = told.score.filter(|score| min_score.is_none_or(|least| *score >= least)) {
            found.rows.push(Scored { score, row: typed_row(row)? });
        }
    }
    // An index of lists gives them in about this order.
    found.rows.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(found)
}

/// Where in the rows of a result stands what is told about them.
struct Told {
    columns: Columns,
    score: Option<usize>,
    approximate: Option<usize>,
    others: Columns,
}

/// What is told about a row.
struct Scores {
    score: Option<f64>,
    approximate: bool,
}

impl Told {
    fn known<'a>(known: &'a mut Option<Told>, columns: &Columns) -> &'a Told {
        if !known.as_ref().is_some_and(|known| known.columns.is_same(columns)) {
            *known = None;
        }
        known.get_or_insert_with(|| {
            let at = |name: &str| columns.iter().rposition(|column| column.name == name);
            let (score, approximate) = (at(SCORE), at(APPROXIMATE));
            let told = |index: usize| Some(index) == score || Some(index) == approximate;
            let others = columns.iter().enumerate().filter(|(index, _)| !told(*index));
            let others = others.map(|(_, column)| column.clone()).collect();
            Told { columns: columns.clone(), score, approximate, others }
        })
    }

    /// What is told about a row, and the row without it.
    fn split(&self, row: Row) -> (Scores, Row) {
        let mut values = row.into_values();
        // The one behind first, for the other does not move then.
        let mut take = |at: Option<usize>| at.filter(|at| *at < values.len()).map(|at| values.remove(at));
        let approximate = take(self.approximate) == Some(Value::Int(1));
        let score = match take(self.score) {
            Some(Value::Float(score)) if !score.is_nan() => Some(score),
            // JSON has no other form for a whole number.
            Some(Value::Int(score)) => Some(score as f64),
            _ => None,
        };
        (Scores { score, approximate }, Row::new(self.others.clone(), values))
    }
}
