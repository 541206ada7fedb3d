//! `/api/storage/d1/{namespace}/{query|exec}`: tables.

mod failure;
mod meta;
mod params;
mod results;
mod schema;

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use credenza_core::db::{Databases, Description, Params, Rows, Statement};
use credenza_core::{Db, Result as CoreResult};
use serde::Serialize;

use crate::app::Call;
use crate::failure::{Failure, json as reply};
use crate::json;
use crate::limits::ServerLimits;
use crate::query;
use crate::target::Target;

use failure::refused;
use meta::{Meta, Stopwatch};

#[derive(Serialize)]
struct Executed {
    success: bool,
    meta: Meta,
}

pub(crate) async fn answer(
    call: &Call<'_>,
    target: &Target<'_>,
    parts: &Parts,
    body: Body,
) -> Result<Response, Failure> {
    let Some(databases) = &call.app.stores.databases else {
        return Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "D1 not configured"));
    };
    if parts.method != Method::POST {
        return Err(Failure::method("POST"));
    }
    query::none(parts.uri.query())?;
    // A path without an operation is a query.
    let wants_rows = match &*target.key {
        "" | "query" => true,
        "exec" => false,
        _ => return Err(Failure::new(StatusCode::BAD_REQUEST, "Invalid operation")),
    };
    let (text, _room) = call.json(&parts.headers, body).await?;
    let (sql, params) = parse(&text, &call.app.config.limits)?;
    drop(text);
    let watch = Stopwatch::start();
    call.write(async {
        let (rows, description) = run(call, databases, &target.namespace, sql, params).await?;
        if wants_rows {
            return results::tell(rows, description, watch, &call.app.config.limits).await;
        }
        let outcome = rows.outcome().await.map_err(refused)?;
        Ok(reply(StatusCode::OK, &Executed { success: true, meta: Meta::new(outcome, &description, watch) }))
    })
    .await
}

/// Reads `{sql, params?}`.
fn parse(text: &[u8], limits: &ServerLimits) -> Result<(String, Params), Failure> {
    let [sql, params] = json::object(text, ["sql", "params"])?;
    let sql = json::required(sql, "sql")?;
    json::within("sql", sql.len(), limits.sql)?;
    let params = params.map(|raw| params::parse(raw, limits)).transpose()?.unwrap_or_default();
    Ok((sql.into_owned(), params))
}

/// Runs a statement, which the registry follows if it changes what tables there are.
async fn run(
    call: &Call<'_>,
    databases: &Arc<dyn Databases>,
    namespace: &str,
    sql: String,
    params: Params,
) -> Result<(Rows, Description), Failure> {
    let db = open(call, databases, namespace).await.map_err(refused)?;
    let description = db.describe(&sql).await.map_err(refused)?;
    let limits = &call.app.config.limits;
    json::within("result", description.columns.len(), limits.columns)
        .map_err(|_| Failure::too_large(format!("a result is limited to {} columns", limits.columns)))?;
    let statement = Statement::new(sql, params);
    if !description.changes_schema {
        return Ok((db.run(statement).await.map_err(refused)?, description));
    }
    let rows = schema::change(call, namespace, db, statement).await?;
    Ok((rows, description))
}

async fn open(call: &Call<'_>, databases: &Arc<dyn Databases>, namespace: &str) -> CoreResult<Db> {
    Ok(databases.open(namespace).await?.with_context(call.context()))
}
