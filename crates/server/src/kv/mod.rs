//! `/api/storage/kv/{namespace}[/{key}]`: keys and values.

mod body;
mod list;
mod precondition;
mod value;

use axum::body::Body;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;

use crate::app::Call;
use crate::failure::Failure;
use crate::query::{self, ListQuery};
use crate::target::Target;

pub(crate) async fn answer(
    call: &Call<'_>,
    target: &Target<'_>,
    parts: &Parts,
    body: Body,
) -> Result<Response, Failure> {
    let (namespace, key) = (&*target.namespace, &*target.key);
    let (query, headers) = (parts.uri.query(), &parts.headers);
    match parts.method {
        Method::GET | Method::HEAD if key.is_empty() => {
            let asked = ListQuery::parse(query, &call.app.config.limits)?;
            call.read(list::list(call, namespace, &asked)).await
        }
        Method::PUT | Method::DELETE if key.is_empty() => Err(Failure::key_required()),
        _ if key.is_empty() => Err(Failure::method("GET, HEAD")),
        Method::GET | Method::HEAD if query::flag(query, "metadata")? => {
            call.read(value::get_with_metadata(call, namespace, key)).await
        }
        Method::GET | Method::HEAD => call.read(value::get(call, namespace, key, headers)).await,
        Method::PUT => {
            query::none(query)?;
            let (json, _room) = call.json(headers, body).await?;
            let put = body::parse(&json, &call.app.config.limits)?;
            drop(json);
            call.write(value::put(call, namespace, key, &put, headers)).await
        }
        Method::DELETE => {
            query::none(query)?;
            call.write(value::delete(call, namespace, key, headers)).await
        }
        _ => Err(Failure::method("GET, HEAD, PUT, DELETE")),
    }
}
