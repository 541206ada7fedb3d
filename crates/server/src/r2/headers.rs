//! What is known of an object, as headers.

use std::fmt::Write;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap,
    HeaderName, HeaderValue,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credenza_core::blob::{Metadata, ObjectInfo, PutOptions};

use crate::decode;
use crate::failure::Failure;
use crate::json;

/// What the names of metadata start with, as headers: `X-Metadata-Author: Ada`.
///
/// Headers know neither capital letters in their names nor every character, so both the name and the value are
/// percent-encoded where they must be; without capitals and in plain ASCII they are written as they are.
const PREFIX: &str = "x-metadata-";

/// How an object is put whose content comes as it is.
pub(super) fn options(headers: &HeaderMap, limit: usize) -> Result<PutOptions, Failure> {
    let text = |name: HeaderName| match headers.get(&name).map(HeaderValue::to_str) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(Err(_)) => Err(Failure::request(format!("{name} is not plain text"))),
    };
    let options = PutOptions {
        content_type: text(CONTENT_TYPE)?,
        content_encoding: text(CONTENT_ENCODING)?,
        content_language: text(CONTENT_LANGUAGE)?,
        content_disposition: text(CONTENT_DISPOSITION)?,
        cache_control: text(CACHE_CONTROL)?,
        metadata: metadata(headers)?,
        md5: text(HeaderName::from_static("content-md5"))?.map(|text| md5(&text)).transpose()?,
        ..PutOptions::default()
    };
    bounded(&options, limit)?;
    Ok(options)
}

/// Refuses headers and metadata that are too large.
pub(super) fn bounded(options: &PutOptions, limit: usize) -> Result<(), Failure> {
    let headers = [
        &options.content_type,
        &options.content_encoding,
        &options.content_language,
        &options.content_disposition,
        &options.cache_control,
    ];
    let headers: usize = headers.into_iter().flatten().map(String::len).sum();
    let metadata: usize = options.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    json::within("metadata", headers + metadata, limit)
}

fn md5(text: &str) -> Result<[u8; 16], Failure> {
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Failure::request("content-md5 must be 16 bytes in base64"))
}

fn metadata(headers: &HeaderMap) -> Result<Metadata, Failure> {
    let mut metadata = Metadata::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix(PREFIX) else { continue };
        let decoded = decode::percent(name, false).ok();
        let value = value.to_str().ok().and_then(|value| decode::percent(value, false).ok());
        let (Some(name), Some(value)) = (decoded, value) else {
            return Err(Failure::request("a header of metadata is not percent-encoded text"));
        };
        if metadata.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Failure::request("a header of metadata is given twice"));
        }
    }
    Ok(metadata)
}

/// The headers of an object whose content goes out as it is.
pub(super) fn tell(info: &ObjectInfo, headers: &mut HeaderMap) {
    let known = [
        (CONTENT_ENCODING, &info.content_encoding),
        (CONTENT_LANGUAGE, &info.content_language),
        (CONTENT_DISPOSITION, &info.content_disposition),
        (CACHE_CONTROL, &info.cache_control),
    ];
    let value = |text: &String| HeaderValue::from_str(text).ok();
    for (name, text) in known {
        if let Some(value) = text.as_ref().and_then(value) {
            headers.insert(name, value);
        }
    }
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(CONTENT_TYPE, info.content_type.as_ref().and_then(value).unwrap_or(octets));
    for (name, text) in &info.metadata {
        let name = HeaderName::try_from(format!("{PREFIX}{}", encode(name, is_name)));
        if let (Ok(name), Some(value)) = (name, value(&encode(text, is_value))) {
            headers.insert(name, value);
        }
    }
}

fn is_name(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.')
}

fn is_value(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'%'
}

fn encode(text: &str, plain: fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    let last = text.len().saturating_sub(1);
    for (at, byte) in text.bytes().enumerate() {
        // A space at an end would be taken for none.
        if plain(byte) && (byte != b' ' || at != 0 && at != last) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use credenza_core::blob::{BlobKey, ETag};

    use super::*;

    #[test]
    fn metadata_survives() {
        let given = [
            ("author", "Ada"),
            ("Author", "B"),
            ("кот", "\u{1f408} 100%"),
            ("a b", " ends "),
            ("empty", ""),
            ("line", "a\r\nb"),
        ];
        let mut info = ObjectInfo::new(BlobKey::new("k").unwrap(), 0, ETag::new("e").unwrap(), 0);
        info.metadata = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut headers = HeaderMap::new();
        tell(&info, &mut headers);
        assert_eq!(headers["x-metadata-author"], "Ada");
        assert_eq!(headers["x-metadata-%41uthor"], "B");
        assert_eq!(headers["content-type"], "application/octet-stream");
        assert_eq!(metadata(&headers).unwrap(), info.metadata);
    }
}
