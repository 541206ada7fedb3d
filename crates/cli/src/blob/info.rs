//! `credenza blob head`.

use std::collections::BTreeMap;

use serde::Serialize;
use ureq::http::{HeaderMap, Method};

use super::{Space, missing};
use crate::Exit;
use crate::client::{Upload, decode};
use crate::text::{bytes, json_lines, plain, print};

/// What the headers of an object tell: the header, its name in JSON, and that for people.
const HEADERS: [(&str, &str, &str); 5] = [
    ("content-type", "contentType", "Type"),
    ("content-language", "contentLanguage", "Language"),
    ("content-disposition", "contentDisposition", "Disposition"),
    ("content-encoding", "contentEncoding", "Encoding"),
    ("cache-control", "cacheControl", "Caching"),
];

/// What is known of an object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    key: &'a str,
    size: u64,
    etag: String,
    last_modified: String,
    http_metadata: BTreeMap<&'static str, String>,
    custom_metadata: BTreeMap<String, String>,
}

pub(super) fn run(space: &Space, key: &str, json: bool) -> Result<(), Exit> {
    let call = space.key(Method::HEAD, key)?.query("raw", "true");
    let answer = space.client.open(call, Upload::Nothing)?.ok_or_else(missing)?;
    let info = Info::of(key, answer.headers());
    print(if json { json_lines(&[info]) } else { info.lines() })
}

impl Info<'_> {
    fn of<'a>(key: &'a str, headers: &HeaderMap) -> Info<'a> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = HEADERS.into_iter().map(|(header, name, _)| (name, text(header).to_owned()));
        let custom = headers.iter().filter_map(|(name, value)| {
            Some((decode(name.as_str().strip_prefix("x-metadata-")?), decode(value.to_str().ok()?)))
        });
        Info {
            key,
            size: text("content-length").parse().unwrap_or_default(),
            etag: text("etag").trim_matches('"').to_owned(),
            last_modified: text("last-modified").to_owned(),
            http_metadata: known.filter(|(_, value)| !value.is_empty()).collect(),
            custom_metadata: custom.collect(),
        }
    }

    /// One fact a line.
    fn lines(&self) -> String {
        let mut facts = vec![
            ("Size", format!("{} ({} bytes)", bytes(self.size), self.size)),
            ("Uploaded", self.last_modified.clone()),
            ("Tag", self.etag.clone()),
        ];
        facts.extend(
            HEADERS
                .iter()
                .filter_map(|(_, field, name)| Some((*name, self.http_metadata.get(field)?.clone()))),
        );
        facts
            .extend(self.custom_metadata.iter().map(|(name, value)| ("Metadata", format!("{name}={value}"))));
        facts.iter().map(|(name, fact)| format!("{name:13}{}\n", plain(fact))).collect()
    }
}
