//! `/api/storage/r2/{namespace}[/{key}]`: objects, as JSON with base64 or as they are.

mod accept;
mod base64;
mod change;
mod condition;
mod get;
mod headers;
mod list;
mod range;
mod upload;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use credenza_core::blob::BlobKey;
use credenza_core::{Blob, Error, ErrorKind};

use crate::app::Call;
use crate::failure::Failure;
use crate::query::{self, ObjectsQuery};
use crate::stores;
use crate::target::Target;

/// One object, for one request.
#[derive(Clone, Debug)]
struct Place<'a> {
    namespace: &'a str,
    key: &'a str,
    /// Its key in the store.
    stored: BlobKey,
}

pub(crate) async fn answer(
    call: &Call<'_>,
    target: &Target<'_>,
    parts: &Parts,
    body: Body,
) -> Result<Response, Failure> {
    let Some(blob) = &call.app.stores.blob else {
        return Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "R2 not configured"));
    };
    let (namespace, key) = (&*target.namespace, &*target.key);
    let query = parts.uri.query();
    if key.is_empty() {
        return match parts.method {
            Method::GET | Method::HEAD => {
                let asked = ObjectsQuery::parse(query, &call.app.config.limits)?;
                call.read(list::list(&with(blob, call), namespace, &asked)).await
            }
            Method::PUT | Method::DELETE => Err(Failure::key_required()),
            _ => Err(Failure::method("GET, HEAD")),
        };
    }
    let stored = stores::object_key(namespace, key).map_err(|error| bad_key(&error))?;
    let place = Place { namespace, key, stored };
    match parts.method {
        Method::GET | Method::HEAD => {
            let raw = query::flag(query, "raw")? || accept::wants_raw(&parts.headers);
            if parts.method == Method::HEAD {
                return call.read(get::head(&with(blob, call), &place, &parts.headers, raw)).await;
            }
            let blob = blob.clone().with_context(call.transfer());
            call.read(get::get(&blob, &place, &parts.headers, raw)).await
        }
        Method::PUT => upload::put(call, blob, &place, parts, body).await,
        Method::DELETE => {
            query::none(query)?;
            let precondition = condition::of_write(&parts.headers)?;
            call.write(change::delete(call, blob, &place, precondition)).await
        }
        _ => Err(Failure::method("GET, HEAD, PUT, DELETE")),
    }
}

/// The store with the deadline of the request.
fn with(blob: &Blob, call: &Call<'_>) -> Blob {
    blob.clone().with_context(call.context())
}

fn bad_key(error: &Error) -> Failure {
    Failure::request(error.message().to_owned())
}

/// What a blob store says no to, in its words: those of a client's fault name nothing but what the client sent.
fn refused(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::InvalidArgument => Failure::request(error.message().to_owned()),
        ErrorKind::LimitExceeded => Failure::too_large(error.message().to_owned()),
        _ => error.into(),
    }
}
