//! A client of the server.

use std::time::Duration;

use serde_json::Value;

/// A connection, and others when it breaks.
pub(crate) struct Http {
    agent: ureq::Agent,
    base: String,
}

/// An answer, whatever it says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// What the server says, where it says that all is well.
    pub(crate) fn ok(self) -> Result<Answer, String> {
        match self.status {
            200 => Ok(self),
            status => Err(format!("{status}: {}", String::from_utf8_lossy(&self.body))),
        }
    }

    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }
}

impl Http {
    pub(crate) fn new(port: u16) -> Http {
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60)));
        let agent = config.http_status_as_error(false).build().new_agent();
        Http { agent, base: format!("http://127.0.0.1:{port}/api") }
    }

    /// Asks for something below `/api`.
    ///
    /// # Errors
    /// The connection broke before the answer was complete: nobody knows what was done.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, String> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = if method == "GET" || method == "DELETE" && body.is_empty() {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut answer = sent.map_err(|error| error.to_string())?;
        let body = answer.body_mut().with_config().limit(256 << 20).read_to_vec();
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: body.map_err(|error| error.to_string())?,
        })
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer, String> {
        self.call("GET", path, &[], &[])
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), String> {
        self.call("DELETE", path, &[], &[])?.ok().map(drop)
    }

    pub(crate) fn json(&self, path: &str) -> Result<Value, String> {
        self.get(path)?.ok()?.json().map_err(|error| format!("{path}: {error}"))
    }

    /// Sends JSON; what comes back is JSON too.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let headers = [("content-type", "application/json")];
        self.call(method, path, &headers, body.to_string().as_bytes())?.ok()?.json()
    }

    /// Runs a statement; its rows, each an object.
    pub(crate) fn sql(&self, namespace: &str, sql: &str, params: &[Value]) -> Result<Vec<Value>, String> {
        let body = serde_json::json!({ "sql": sql, "params": params });
        let answer = self.send("POST", &format!("/storage/d1/{namespace}/query"), &body)?;
        Ok(answer["results"].as_array().cloned().unwrap_or_default())
    }

    /// All entries of a list of a namespace, from as many pages as there are.
    pub(crate) fn list(&self, kind: &str, namespace: &str, page: usize) -> Result<Vec<Value>, String> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = self.json(&format!("/storage/{kind}/{namespace}?limit={page}&cursor={cursor}"))?;
            let entries = if kind == "kv" { &answer["keys"] } else { &answer["objects"] };
            all.extend(entries.as_array().ok_or("there is no list")?.iter().cloned());
            let more = answer["list_complete"] == false || answer["truncated"] == true;
            match answer["cursor"].as_str().filter(|_| more) {
                Some(next) => cursor = encode(next),
                None => return Ok(all),
            }
        }
    }
}

/// A key as it stands in a path.
pub(crate) fn encode(key: &str) -> String {
    let plain = |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/');
    let encoded = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    key.bytes().map(encoded).collect()
}
