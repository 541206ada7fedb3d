//! One request at a time, on a connection of its own.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

use crate::process::Server;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends a request with a body.
pub(crate) fn send(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Answer {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .allow_non_standard_methods(true);
    let mut request = Request::builder().method(method).uri(format!("{}{path}", server.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent = config.build().new_agent();
    let body = body.as_ref();
    let answer = if body.is_empty() && method != "PUT" && method != "POST" {
        agent.run(request.body(()).unwrap())
    } else {
        agent.run(request.body(body).unwrap())
    };
    let mut answer = answer.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap() }
}

pub(crate) fn get(server: &Server, path: &str) -> Answer {
    send(server, "GET", path, &[], "")
}

pub(crate) fn delete(server: &Server, path: &str) -> Answer {
    send(server, "DELETE", path, &[], "")
}

/// Sends JSON.
pub(crate) fn json(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    send(server, method, path, &[("content-type", "application/json")], body.to_string())
}

/// Puts content as it is.
pub(crate) fn put_raw(server: &Server, path: &str, content: impl AsRef<[u8]>) -> Answer {
    send(server, "PUT", path, &[("content-type", "application/octet-stream")], content)
}

/// Runs a statement in a namespace and returns its rows.
pub(crate) fn rows(server: &Server, namespace: &str, sql: &str) -> Value {
    let answer = statement(server, namespace, "query", sql);
    assert_eq!(answer.status, 200, "{sql}: {}", answer.text());
    answer.json()["results"].take()
}

/// Runs a statement in a namespace and returns how many rows it changed.
pub(crate) fn exec(server: &Server, namespace: &str, sql: &str) -> u64 {
    let answer = statement(server, namespace, "exec", sql);
    assert_eq!(answer.status, 200, "{sql}: {}", answer.text());
    answer.json()["meta"]["changes"].as_u64().unwrap()
}

pub(crate) fn statement(server: &Server, namespace: &str, operation: &str, sql: &str) -> Answer {
    let path = format!("/api/storage/d1/{namespace}/{operation}");
    json(server, "POST", &path, &serde_json::json!({ "sql": sql }))
}

/// What the registry lists, as `type namespace key` in order.
pub(crate) fn registered(server: &Server, query: &str) -> Vec<String> {
    let answer = get(server, &format!("/api/resources/list?limit=1000{query}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let name = |entry: &Value| {
        ["type", "namespace", "key"].map(|field| entry[field].as_str().unwrap().to_owned()).join(" ")
    };
    let mut names: Vec<_> = answer.json()["resources"].as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}
