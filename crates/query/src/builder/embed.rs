//! Rows of other tables in the rows of a selection.
//!
//! They are read by selections of their own, a table at a time and not a row at a time, so that their values are read as all others are.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::pin::Pin;

use credenza_core::db::{self, Columns, Row, Value};
use credenza_core::{Error, ErrorKind, Result};

use super::relations::{self, Relation};
use super::run::Runner;
use crate::columns::{self, Column, Embed, Item, quoted};
use crate::filter::{Filter, col};
use crate::query::{Direction, Nulls, Order, Query, Select};
use crate::rows::json_row;
use crate::write::bytes_of;

/// The columns that connect rows, which are taken out of them.
const KEY: &str = "credenza_key";
/// So many keys are asked for at a time.
const KEYS: usize = 500;
/// More rows are not embedded by one query.
const MOST: usize = 100_000;

/// What tells a key from others; nothing if a part of it is null.
type Id = Vec<(&'static str, Vec<u8>)>;

/// Whether rows may be embedded in those of a selection.
pub(super) fn is_in(select: &Select) -> bool {
    select.columns.contains('(')
}

/// Leaves out the rows to which none belongs, where that is wanted.
pub(super) async fn narrow(runner: &mut Runner<'_>, select: &mut Select) -> Result<()> {
    if is_in(select) {
        let items = columns::items(&select.columns)?;
        plan(runner, select, items, &[]).await?;
    }
    Ok(())
}

/// The rows of a selection with what is embedded in them.
pub(super) async fn rows(runner: &mut Runner<'_>, mut select: Select) -> Result<Vec<Row>> {
    let items = columns::items(&select.columns)?;
    let plans = plan(runner, &mut select, items, &[]).await?;
    let mut left = MOST;
    let rows = filled(runner, select, &plans, 0, &mut left).await?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// What is embedded, and how.
struct Plan {
    embed: Embed,
    relation: Relation,
    /// Which of the columns that connect are its own.
    keys: Range<usize>,
}

/// Takes out what is embedded of the items, and puts in the columns that connect: those by which the rows themselves belong to others first.
async fn plan(
    runner: &mut Runner<'_>,
    select: &mut Select,
    items: Vec<Item>,
    belongs: &[String],
) -> Result<Vec<Plan>> {
    let (mut plain, mut plans) = (Vec::new(), Vec::new());
    let mut keys: Vec<String> = belongs.to_vec();
    for item in items {
        let Item::Embed(embed) = item else {
            plain.push(item);
            continue;
        };
        let relation = relations::find(runner, &select.table, &embed).await?;
        if embed.inner {
            let other = |(own, other): &(String, String)| (other.clone(), own.clone());
            let columns = relation.columns.iter().map(other).collect();
            select.filters.push(Filter::Exists { table: embed.table.clone(), columns });
        }
        let begin = keys.len();
        keys.extend(relation.columns.iter().map(|(own, _)| own.clone()));
        plans.push(Plan { embed, relation, keys: begin..keys.len() });
    }
    plain.extend(keys.into_iter().enumerate().map(|(index, name)| Item::Column {
        alias: Some(key_name(index)),
        column: Column { name, steps: Vec::new(), cast: None },
    }));
    select.columns = columns::text(&plain);
    Ok(plans)
}

fn key_name(index: usize) -> String {
    format!("{KEY}_{index}")
}

type Filled<'f> = Pin<Box<dyn Future<Output = Result<Vec<(Option<Id>, Row)>>> + Send + 'f>>;

/// Reads rows and what is embedded in them; each with the first `belongs` of the columns that connect. Boxed, for what is embedded is read so too.
fn filled<'f>(
    runner: &'f mut Runner<'_>,
    select: Select,
    plans: &'f [Plan],
    belongs: usize,
    left: &'f mut usize,
) -> Filled<'f> {
    Box::pin(async move {
        let mut reader = runner.query(&Query::Select(select)).await?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next().await? {
            *left = left.checked_sub(1).ok_or_else(|| {
                let message = "a query that embeds rows has at most 100,000, with those that are embedded";
                Error::new(ErrorKind::LimitExceeded, message)
            })?;
            rows.push(row);
        }
        drop(reader);
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let columns = first.columns().clone();
        let count = plans.last().map_or(belongs, |plan| plan.keys.end);
        // They are the last columns of the selection.
        let plain = columns.len().saturating_sub(count);
        let mut keys = Vec::with_capacity(rows.len());
        let mut cells = Vec::with_capacity(rows.len());
        for row in rows {
            let mut values = row.into_values();
            keys.push(values.split_off(plain.min(values.len())));
            cells.push(values);
        }
        for plan in plans {
            let ids: Vec<Option<Id>> = keys.iter().map(|keys| id(&keys[plan.keys.clone()])).collect();
            let others = related(runner, plan, &keys, &ids, left).await?;
            for (cells, id) in cells.iter_mut().zip(ids) {
                let own = id.and_then(|id| others.get(&id)).map_or(&[][..], Vec::as_slice);
                let json = match (plan.relation.to_one, own.first()) {
                    (true, None) => "null".to_owned(),
                    (true, Some(own)) => own.clone(),
                    (false, _) => format!("[{}]", own.join(",")),
                };
                cells.push(Value::Json(json));
            }
        }
        let embedded = plans.iter().map(|plan| db::Column {
            name: plan.embed.alias.clone().unwrap_or_else(|| plan.embed.table.clone()),
            declared: None,
        });
        let columns: Columns = columns.iter().take(plain).cloned().chain(embedded).collect();
        let rows = cells.into_iter().map(|cells| Row::new(columns.clone(), cells));
        Ok(keys.iter().map(|keys| id(&keys[..belongs.min(keys.len())])).zip(rows).collect())
    })
}

fn id(values: &[Value]) -> Option<Id> {
    values.iter().map(bytes_of).collect()
}

/// The rows that belong to some, as JSON, by the columns that connect them.
async fn related(
    runner: &mut Runner<'_>,
    plan: &Plan,
    keys: &[Vec<Value>],
    ids: &[Option<Id>],
    left: &mut usize,
) -> Result<HashMap<Id, Vec<String>>> {
    let Plan { embed, relation, keys: own } = plan;
    let mut seen = HashSet::new();
    let wanted = ids.iter().zip(keys).filter(|(id, _)| id.as_ref().is_some_and(|id| seen.insert(id)));
    let wanted: Vec<&[Value]> = wanted.map(|(_, keys)| &keys[own.clone()]).collect();
    let others: Vec<String> = relation.columns.iter().map(|(_, other)| other.clone()).collect();
    let mut order = relations::primary_key(runner, &embed.table).await?;
    if order.is_empty() {
        order.clone_from(&others);
    }
    let by = |name: &String| Order {
        column: quoted(name),
        direction: Direction::Ascending,
        nulls: Nulls::AsGreatest,
    };
    let order: Vec<Order> = order.iter().map(by).collect();
    let most = (runner.capabilities().limits.parameters / others.len().max(1)).clamp(1, KEYS);
    let mut found: HashMap<Id, Vec<String>> = HashMap::new();
    let mut all = Select { table: embed.table.clone(), order, ..Select::default() };
    let plans = self::plan(runner, &mut all, embed.items.clone(), &others).await?;
    for wanted in wanted.chunks(most) {
        let mut select = all.clone();
        select.filters.push(one_of(&others, wanted));
        for (id, row) in filled(runner, select, &plans, others.len(), left).await? {
            if let Some(id) = id {
                found.entry(id).or_default().push(serde_json::Value::from(json_row(&row)?).to_string());
            }
        }
    }
    Ok(found)
}

/// The columns have one of these values together.
fn one_of(columns: &[String], values: &[&[Value]]) -> Filter {
    if let [column] = columns {
        return col(quoted(column)).is_in(values.iter().filter_map(|values| values.first()).cloned());
    }
    let equal = |values: &&[Value]| {
        let pairs = columns.iter().zip(*values);
        Filter::And(pairs.map(|(column, value)| col(quoted(column)).eq(value.clone())).collect())
    };
    Filter::Or(values.iter().map(equal).collect())
}
