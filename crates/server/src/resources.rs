//! `/api/resources/{list|stats|register|unregister}`: the registry.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::Call;
use crate::failure::{Failure, json as reply};
use crate::json;
use crate::limits::ServerLimits;
use crate::query;
use crate::registry::{Id, Kind, Resource};

/// The greatest size that can be registered: no number in JSON loses a digit below it, and sums of many fit.
const MAX_SIZE: u64 = 1 << 50;

#[derive(Serialize)]
struct Registered {
    success: bool,
    resource_id: String,
    resource: Resource,
}

#[derive(Serialize)]
struct Unregistered {
    success: bool,
    resource_id: String,
}

#[derive(Serialize)]
struct Missing {
    success: bool,
    error: &'static str,
}

pub(crate) async fn answer(
    call: &Call<'_>,
    operation: &str,
    parts: &Parts,
    body: Body,
) -> (&'static str, Result<Response, Failure>) {
    match operation {
        "list" => ("/api/resources/list", list(call, parts).await),
        "stats" => ("/api/resources/stats", stats(call, parts).await),
        "register" => ("/api/resources/register", register(call, parts, body).await),
        "unregister" => ("/api/resources/unregister", unregister(call, parts, body).await),
        _ => ("-", Err(Failure::new(StatusCode::NOT_FOUND, "Not found"))),
    }
}

async fn list(call: &Call<'_>, parts: &Parts) -> Result<Response, Failure> {
    only(&parts.method, &[Method::GET, Method::HEAD], "GET, HEAD")?;
    let filter = query::filter(parts.uri.query(), &call.app.config.limits)?;
    call.read(async {
        freshen(call).await?;
        Ok(reply(StatusCode::OK, &call.app.registry.list(&call.kv, &filter).await?))
    })
    .await
}

async fn stats(call: &Call<'_>, parts: &Parts) -> Result<Response, Failure> {
    only(&parts.method, &[Method::GET, Method::HEAD], "GET, HEAD")?;
    query::none(parts.uri.query())?;
    call.read(async {
        freshen(call).await?;
        Ok(reply(StatusCode::OK, &call.app.registry.stats(&call.kv).await?))
    })
    .await
}

/// What has expired, and what a crash left behind, is not told.
async fn freshen(call: &Call<'_>) -> Result<(), Failure> {
    call.app.registry.recover(&call.kv, &call.app.stores.within(&call.context())).await?;
    Ok(call.app.registry.purge(&call.kv).await?)
}

async fn register(call: &Call<'_>, parts: &Parts, body: Body) -> Result<Response, Failure> {
    only(&parts.method, &[Method::POST], "POST")?;
    query::none(parts.uri.query())?;
    let limits = &call.app.config.limits;
    let (body, _room) = call.json(&parts.headers, body).await?;
    let [kind, namespace, key, size, metadata] =
        json::object(&body, ["type", "namespace", "key", "size", "metadata"])?;
    let named = Named::read(kind, namespace, key, limits)?;
    let size = size.map(self::size).transpose()?;
    let metadata = metadata.map(|raw| json::any(raw, "metadata", limits.metadata)).transpose()?;
    call.write(async {
        let id = named.id();
        let record = call.app.registry.register(&call.kv, id, size, metadata.as_deref()).await?;
        let resource = Resource::new(id, record);
        Ok(reply(StatusCode::OK, &Registered { success: true, resource_id: named.told(), resource }))
    })
    .await
}

async fn unregister(call: &Call<'_>, parts: &Parts, body: Body) -> Result<Response, Failure> {
    only(&parts.method, &[Method::DELETE], "DELETE")?;
    query::none(parts.uri.query())?;
    let (body, _room) = call.json(&parts.headers, body).await?;
    let [kind, namespace, key] = json::object(&body, ["type", "namespace", "key"])?;
    let named = Named::read(kind, namespace, key, &call.app.config.limits)?;
    call.write(async {
        if call.app.registry.unregister(&call.kv, named.id()).await? {
            return Ok(reply(StatusCode::OK, &Unregistered { success: true, resource_id: named.told() }));
        }
        let missing = Missing { success: false, error: "Resource not found" };
        Ok(reply(StatusCode::NOT_FOUND, &missing))
    })
    .await
}

fn only(method: &Method, methods: &[Method], told: &'static str) -> Result<(), Failure> {
    if methods.contains(method) { Ok(()) } else { Err(Failure::method(told)) }
}

/// A resource that a client names in a body.
struct Named {
    kind: Kind,
    namespace: String,
    key: String,
}

impl Named {
    fn read(
        kind: Option<&RawValue>,
        namespace: Option<&RawValue>,
        key: Option<&RawValue>,
        limits: &ServerLimits,
    ) -> Result<Named, Failure> {
        let kind = query::kind(&json::required(kind, "type")?)?;
        let namespace = json::required(namespace, "namespace")?;
        let key = json::required(key, "key")?;
        json::within("namespace", namespace.len(), limits.namespace)?;
        json::within("key", key.len(), if kind == Kind::R2 { limits.object_key } else { limits.key })?;
        if namespace.is_empty() || key.is_empty() {
            return Err(Failure::request("`namespace` and `key` must not be empty"));
        }
        Ok(Named { kind, namespace: namespace.into_owned(), key: key.into_owned() })
    }

    fn id(&self) -> Id<'_> {
        Id::new(self.kind, &self.namespace, &self.key)
    }

    /// `type:namespace:key`
    fn told(&self) -> String {
        format!("{}:{}:{}", self.kind.name(), self.namespace, self.key)
    }
}

fn size(raw: &RawValue) -> Result<u64, Failure> {
    let given = serde_json::from_str(raw.get()).ok().filter(|size| *size <= MAX_SIZE);
    given.ok_or_else(|| Failure::request(format!("`size` must be a whole number from 0 to {MAX_SIZE}")))
}
