//! Rows as JSON, as they are read.

use std::collections::HashMap;
use std::io::Write;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use bytes::Bytes;
use credenza_core::db::{Columns, Description, Row, Rows, Value};
use credenza_core::{Error, ErrorKind, Result as CoreResult};
use futures_util::stream;

use super::failure::refused;
use super::meta::{Meta, Stopwatch};
use crate::failure::Failure;
use crate::limits::ServerLimits;

/// How much is written before it is sent. A result that ends before is an answer of one piece, or a failure with a
/// status; one that fails later is cut off.
const PIECE: usize = 128 << 10;

/// `{success, results, meta}`
pub(super) async fn tell(
    rows: Rows,
    description: Description,
    watch: Stopwatch,
    limits: &ServerLimits,
) -> Result<Response, Failure> {
    let mut results = Results::new(rows, description, watch, limits);
    let first = results.piece().await.map_err(refused)?;
    let body = match results.done {
        true => Body::from(first),
        false => {
            let start = stream::once(async { CoreResult::Ok(first) });
            let rest = stream::try_unfold(results, Results::next);
            Body::from_stream(futures_util::StreamExt::chain(start, rest))
        }
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The JSON of a result, on its way.
struct Results {
    rows: Option<Rows>,
    names: Vec<Name>,
    description: Description,
    watch: Stopwatch,
    count: u64,
    bytes: u64,
    limits: ServerLimits,
    done: bool,
}

/// A name of a column as JSON, with the column whose value it has: of several the last, as in D1.
struct Name {
    json: Vec<u8>,
    column: usize,
}

impl Results {
    fn new(rows: Rows, description: Description, watch: Stopwatch, limits: &ServerLimits) -> Results {
        let names = names(rows.columns());
        Results {
            rows: Some(rows),
            names,
            description,
            watch,
            count: 0,
            bytes: 0,
            limits: *limits,
            done: false,
        }
    }

    /// The next piece, and what comes after it.
    async fn next(mut self) -> CoreResult<Option<(Bytes, Results)>> {
        if self.done {
            return Ok(None);
        }
        let piece = self.piece().await?;
        Ok(Some((piece, self)))
    }

    /// The next piece of JSON.
    async fn piece(&mut self) -> CoreResult<Bytes> {
        let mut out = Vec::with_capacity(1024);
        if self.bytes == 0 {
            out.extend_from_slice(b"{\"success\":true,\"results\":[");
        }
        while out.len() < PIECE {
            let Some(rows) = &mut self.rows else { break };
            match rows.next().await? {
                Some(row) => self.write(&row, &mut out)?,
                None => {
                    let outcome = match self.rows.take() {
                        Some(rows) => rows.outcome().await?,
                        None => break,
                    };
                    let meta = Meta::new(outcome, &self.description, self.watch);
                    out.extend_from_slice(b"],\"meta\":");
                    serde_json::to_writer(&mut out, &meta).map_err(unwritable)?;
                    out.push(b'}');
                    self.done = true;
                }
            }
        }
        self.bytes += out.len() as u64;
        Ok(Bytes::from(out))
    }

    fn write(&mut self, row: &Row, out: &mut Vec<u8>) -> CoreResult<()> {
        let values = row.values();
        let size: usize = values.iter().map(Value::size).sum();
        self.count += 1;
        if size > self.limits.row
            || self.count > self.limits.rows
            || self.bytes + (out.len() + size) as u64 > self.limits.result
        {
            return Err(Error::new(ErrorKind::LimitExceeded, "the result is larger than the server tells"));
        }
        if self.count > 1 {
            out.push(b',');
        }
        let mut before = b'{';
        for name in &self.names {
            out.push(before);
            before = b',';
            out.extend_from_slice(&name.json);
            out.push(b':');
            write_value(values.get(name.column).unwrap_or(&Value::Null), out)?;
        }
        if self.names.is_empty() {
            out.push(b'{');
        }
        out.push(b'}');
        Ok(())
    }
}

fn names(columns: &Columns) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::with_capacity(columns.len());
    let mut known = HashMap::new();
    for (column, described) in columns.iter().enumerate() {
        match known.get(described.name.as_str()) {
            Some(at) => {
                let name: &mut Name = &mut names[*at];
                name.column = column;
            }
            None => {
                known.insert(described.name.as_str(), names.len());
                // Text is always JSON.
                let json = serde_json::to_vec(&described.name).unwrap_or_default();
                names.push(Name { json, column });
            }
        }
    }
    names
}

/// A value as D1 tells it: bytes are an array of numbers. Integers have all their digits; what JSON has no number for is
/// null.
fn write_value(value: &Value, out: &mut Vec<u8>) -> CoreResult<()> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Int(number) => write!(out, "{number}").map_err(unwritable)?,
        Value::Float(number) if !number.is_finite() => out.extend_from_slice(b"null"),
        Value::Float(number) => serde_json::to_writer(out, number).map_err(unwritable)?,
        Value::Bool(flag) => serde_json::to_writer(out, flag).map_err(unwritable)?,
        Value::Text(text) | Value::Json(text) => serde_json::to_writer(out, text).map_err(unwritable)?,
        Value::Timestamp(time) => write!(out, "\"{time}\"").map_err(unwritable)?,
        Value::Uuid(id) => write!(out, "\"{id}\"").map_err(unwritable)?,
        Value::Bytes(bytes) => serde_json::to_writer(out, &bytes[..]).map_err(unwritable)?,
        Value::Vector(vector) => serde_json::to_writer(out, vector).map_err(unwritable)?,
        _ => out.extend_from_slice(b"null"),
    }
    Ok(())
}

fn unwritable<E>(_: E) -> Error {
    Error::internal("a value cannot be written as JSON")
}
