//! Queries for the nearest vectors.

use credenza_core::Result;
use credenza_core::db::{Begin, Columns, Dialect, Row, Statement, Value};
use serde::de::DeserializeOwned;

use super::filters::filters;
use super::run::Runner;
use crate::filter::Filter;
use crate::query::{Metric, Query, Search};
use crate::rows::{Reader, typed_row};
use crate::write::SCORE;

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
    /// Whether an index may have left out one of the nearest.
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
        let approximate = runner.capabilities().dialect == Dialect::Postgres && !search.exact;
        let limit = search.limit;
        let query = Query::Search(search);
        let rows = match &mut runner {
            _ if !approximate => read(&mut runner, &query, min_score).await?,
            Runner::Tx(_) => {
                widen(&mut runner, limit).await?;
                read(&mut runner, &query, min_score).await?
            }
            Runner::Db(db) => {
                let mut tx = db.begin_with(Begin::read_only()).await?;
                let mut runner = Runner::Tx(&mut tx);
                widen(&mut runner, limit).await?;
                let rows = read(&mut runner, &query, min_score).await?;
                tx.commit().await?;
                rows
            }
        };
        Ok(Found { rows, approximate })
    }
}

/// Lets an index look at as many rows as are wanted, and go on when a filter leaves too few. For the transaction.
async fn widen(runner: &mut Runner<'_>, limit: u64) -> Result<()> {
    // The least and the most that pgvector takes.
    let candidates = limit.saturating_mul(2).clamp(40, 1_000);
    let sql = "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', $1, true)";
    runner.statement(Statement::new(sql, (candidates.to_string(),))).await?.outcome().await.map(drop)
}

async fn read<T: DeserializeOwned>(
    runner: &mut Runner<'_>,
    query: &Query,
    min_score: Option<f64>,
) -> Result<Vec<Scored<T>>> {
    let mut rows: Reader = runner.query(query).await?;
    let (mut found, mut known) = (Vec::new(), None);
    while let Some(row) = rows.next().await? {
        let score = Score::known(&mut known, row.columns());
        let (score, row) = score.split(row);
        // They come in the order of their scores; one that has none comes last.
        match score {
            Some(score) if min_score.is_none_or(|least| score >= least) => {
                found.push(Scored { score, row: typed_row(row)? });
            }
            _ => break,
        }
    }
    Ok(found)
}

/// Where the score stands in the rows of a result.
struct Score {
    columns: Columns,
    at: usize,
    others: Columns,
}

impl Score {
    fn known<'a>(known: &'a mut Option<Score>, columns: &Columns) -> &'a Score {
        if !known.as_ref().is_some_and(|known| known.columns.is_same(columns)) {
            *known = None;
        }
        known.get_or_insert_with(|| {
            let at = columns.iter().rposition(|column| column.name == SCORE).unwrap_or(columns.len());
            let others = columns.iter().enumerate().filter(|(index, _)| *index != at);
            let others = others.map(|(_, column)| column.clone()).collect();
            Score { columns: columns.clone(), at, others }
        })
    }

    /// The score of a row, and the row without it.
    fn split(&self, row: Row) -> (Option<f64>, Row) {
        let mut values = row.into_values();
        let score = match (self.at < values.len()).then(|| values.remove(self.at)) {
            Some(Value::Float(score)) if !score.is_nan() => Some(score),
            _ => None,
        };
        (score, Row::new(self.others.clone(), values))
    }
}
