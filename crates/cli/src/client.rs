//! The client side of the server's HTTP API.

mod call;

use std::fmt::Display;
use std::io::{ErrorKind, Read};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response, StatusCode};
use ureq::{Agent, Body, SendBody};

use crate::Exit;
use crate::args::Connection;
use crate::text::plain;

pub(crate) use call::{Call, decode};

/// An answer that is read whole may hold a page of a thousand names with metadata, or the largest value escaped.
const MAX_ANSWER: u64 = 256 << 20;
/// Bodies from this size on are announced first, so that one that is refused is not sent.
const ANNOUNCED: u64 = 1 << 20;

/// A server.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    /// `http://host:port`
    url: String,
}

/// Why the server refuses or fails: `{error, details?}`.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    details: Option<String>,
}

/// What goes with a request.
pub(crate) enum Upload<'a> {
    Nothing,
    Json(String),
    /// So many bytes, if that is known.
    Stream(&'a mut dyn Read, Option<u64>),
}

impl Client {
    pub(crate) fn new(connection: &Connection) -> Result<Client, Exit> {
        let given = connection.url.clone();
        let url = given.or_else(|| std::env::var("ERA_STORAGE_URL").ok().filter(|url| !url.is_empty()));
        let url = url.as_deref().unwrap_or("http://127.0.0.1:8787").trim_end_matches('/');
        if !url.starts_with("http://") {
            return Err(Exit::new(2, format!("{url} is not a URL of a server: it must start with http://")));
        }
        // A transfer takes as long as it takes; a server that is silent is given up.
        let patience = Some(connection.timeout);
        let config = Agent::config_builder()
            .timeout_resolve(patience)
            .timeout_connect(patience)
            .timeout_per_read(patience)
            .timeout_per_write(patience)
            .http_status_as_error(false)
            .max_redirects(0)
            // Objects come as they were put, also those that were put compressed.
            .accept_encoding("identity")
            // The server is on this machine or near it.
            .proxy(None)
            .user_agent(concat!("credenza/", env!("CARGO_PKG_VERSION")));
        Ok(Client { agent: config.build().into(), url: url.to_owned() })
    }

    /// Sends a request and reads the JSON of the answer; `None` if what the request names is not there.
    pub(crate) fn ask<T: DeserializeOwned>(&self, call: Call, upload: Upload<'_>) -> Result<Option<T>, Exit> {
        self.open(call, upload)?.map(|answer| self.read(answer)).transpose()
    }

    /// Reads the JSON of an answer.
    pub(crate) fn read<T: DeserializeOwned>(&self, mut answer: Response<Body>) -> Result<T, Exit> {
        let json = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let json = json.map_err(|error| self.unreachable(error))?;
        serde_json::from_slice(&json).map_err(|error| self.strange(error))
    }

    /// Sends a request and leaves the body of the answer to be read; `None` if what the request names is not there.
    pub(crate) fn open(&self, call: Call, upload: Upload<'_>) -> Result<Option<Response<Body>>, Exit> {
        let is_head = call.is_head();
        let mut request = call.into_request(&self.url);
        let answer = match upload {
            Upload::Nothing => self.run(request.body(())),
            Upload::Json(json) => self.run(request.header("content-type", "application/json").body(json)),
            Upload::Stream(from, length) => {
                if let Some(length) = length {
                    request = request.header("content-length", length);
                }
                if length.is_none_or(|length| length >= ANNOUNCED) {
                    request = request.header("expect", "100-continue");
                }
                self.run(request.body(SendBody::from_reader(from)))
            }
        }?;
        match answer.status() {
            status if status.is_success() => Ok(Some(answer)),
            // The answer to HEAD has no body that could say more.
            StatusCode::NOT_FOUND if is_head => Ok(None),
            status => self.refusal(status, answer),
        }
    }

    fn run<B: ureq::AsSendBody>(
        &self,
        request: ureq::http::Result<Request<B>>,
    ) -> Result<Response<Body>, Exit> {
        let request = request.map_err(|error| Exit::new(2, error.to_string()))?;
        self.agent.run(request).map_err(|error| match error {
            ureq::Error::Io(error)
                if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) =>
            {
                self.unreachable("it closed the connection before it had everything")
            }
            error => self.unreachable(error),
        })
    }

    fn refusal(
        &self,
        status: StatusCode,
        mut answer: Response<Body>,
    ) -> Result<Option<Response<Body>>, Exit> {
        let json = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let refusal = serde_json::from_slice(&json.map_err(|error| self.unreachable(error))?).ok();
        let code = if status.is_client_error() { 2 } else { 3 };
        let reason = match refusal {
            Some(Refusal { error, .. })
                if status == StatusCode::NOT_FOUND && error.ends_with(" not found") =>
            {
                return Ok(None);
            }
            Some(Refusal { error, details: Some(details) }) => format!("{error}: {details}"),
            Some(Refusal { error, details: None }) => error,
            None => match status {
                StatusCode::PRECONDITION_FAILED => "Precondition failed".to_owned(),
                _ => "this is no server of ours".to_owned(),
            },
        };
        let message = format!("the server says {}: {}", status.as_u16(), plain(&reason));
        Err(Exit { status: Some(status.as_u16()), ..Exit::new(code, message) })
    }

    /// The server is not there, or went away.
    pub(crate) fn unreachable(&self, error: impl Display) -> Exit {
        Exit::new(3, format!("{}: {error}", self.url))
    }

    /// The answer is none of this API.
    pub(crate) fn strange(&self, error: impl Display) -> Exit {
        Exit::new(3, format!("{}: the answer is none of ours: {error}", self.url))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_urls_of_servers_are_taken() {
        let client = |url: &str| {
            Client::new(&Connection { url: Some(url.to_owned()), timeout: Duration::from_secs(1) })
        };
        assert_eq!(client("http://127.0.0.1:8787/").unwrap().url, "http://127.0.0.1:8787");
        for url in ["", "127.0.0.1:8787", "ftp://x", "https://example.org"] {
            assert_eq!(client(url).unwrap_err().code, 2, "{url}");
        }
    }
}
