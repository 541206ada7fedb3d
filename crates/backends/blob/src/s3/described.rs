//! What is known of an object, as headers and back.

use std::collections::HashMap;

use credenza_core::blob::{BlobKey, ETag, ObjectInfo, PutOptions};
use credenza_core::{Error, ErrorKind, Result};
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::config::{METADATA, S3Dialect};
use super::{date, packed};

/// The name of the metadata that has what headers cannot carry: `1.{uploaded}.{object}.{given}.{packed}`.
const OWN: &str = "credenza";
const PREFIX: &str = "x-amz-meta-";
/// The names of headers among what is packed. No name of metadata starts so, for those get a letter before them.
const PACKED: [&str; 5] = ["t", "e", "l", "d", "c"];
const HEADERS: [HeaderName; 5] =
    [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_DISPOSITION, CACHE_CONTROL];

/// Headers that an object is put with.
#[derive(Debug)]
pub(super) struct Described {
    /// In the order of `HEADERS`, as far as HTTP carries them.
    headers: [Option<String>; 5],
    pub(super) metadata: HashMap<String, String>,
}

impl Described {
    /// What the options say of an object with this name that is put at this time.
    pub(super) fn new(
        dialect: S3Dialect,
        name: &str,
        uploaded: i64,
        options: &PutOptions,
    ) -> Result<Described> {
        let mut headers = [
            options.content_type.clone(),
            options.content_encoding.clone(),
            options.content_language.clone(),
            options.content_disposition.clone(),
            options.cache_control.clone(),
        ];
        let mut pairs: Vec<(String, &str)> = Vec::new();
        let given = [
            &options.content_type,
            &options.content_encoding,
            &options.content_language,
            &options.content_disposition,
            &options.cache_control,
        ];
        for ((header, given), short) in headers.iter_mut().zip(given).zip(PACKED) {
            // Between R2 and its clients content is packed and unpacked by this header. It is to come as it was put.
            let apart = dialect == S3Dialect::R2 && short == "e";
            if let Some(text) = given
                && (apart || !is_plain(text))
            {
                *header = None;
                pairs.push((short.to_owned(), text));
            }
        }
        let mut metadata = HashMap::new();
        for (name, value) in &options.metadata {
            match is_plain_name(name) && is_plain(value) {
                true => drop(metadata.insert(name.clone(), value.clone())),
                false => pairs.push((format!("m{name}"), value)),
            }
        }
        let given = headers.iter().rev().fold(0, |bits, header| (bits << 1) | u8::from(header.is_some()));
        let packed = packed::pack(pairs.iter().map(|(name, value)| (name.as_str(), *value)));
        metadata.insert(OWN.to_owned(), format!("1.{uploaded}.{:08x}.{given}.{packed}", id(name)));

        let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if size > METADATA {
            let message = format!("the metadata takes {size} bytes; the service has {METADATA}");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        Ok(Described { headers, metadata })
    }

    /// The same once more, for a put that starts anew.
    pub(super) fn again(&self) -> Described {
        Described { headers: self.headers.clone(), metadata: self.metadata.clone() }
    }

    pub(super) fn content_type(&mut self) -> Option<String> {
        self.headers[0].take()
    }

    pub(super) fn content_encoding(&mut self) -> Option<String> {
        self.headers[1].take()
    }

    /// OpenDAL does not know this one.
    pub(super) fn content_language(&mut self) -> Option<HeaderValue> {
        self.headers[2].take().and_then(|text| text.try_into().ok())
    }

    pub(super) fn content_disposition(&mut self) -> Option<String> {
        self.headers[3].take()
    }

    pub(super) fn cache_control(&mut self) -> Option<String> {
        self.headers[4].take()
    }
}

/// What the headers of an answer say of an object.
pub(super) fn read(name: &str, key: BlobKey, size: u64, headers: &HeaderMap) -> Result<ObjectInfo> {
    let text = |name: HeaderName| headers.get(name).map(text);
    let etag = etag(headers).ok_or_else(|| Error::internal("the service gave no entity tag"))?;
    let modified = text(LAST_MODIFIED).and_then(|text| date::millis(&text)).unwrap_or(0);
    let mut info = ObjectInfo::new(key, size, etag, modified);
    let own = headers.get(format!("{PREFIX}{OWN}")).map(self::text).and_then(|text| Own::read(&text));
    let given = own.as_ref().map_or(0xff, |own| own.given);
    let places = [
        &mut info.content_type,
        &mut info.content_encoding,
        &mut info.content_language,
        &mut info.content_disposition,
        &mut info.cache_control,
    ];
    for (at, (place, header)) in places.into_iter().zip(HEADERS).enumerate() {
        // Services give types to objects that were put without.
        *place = headers.get(header).filter(|_| (given >> at) & 1 == 1).map(self::text);
        if let Some(own) = &own
            && let Some((_, value)) = own.pairs.iter().find(|(name, _)| name == PACKED[at])
        {
            *place = Some(value.clone());
        }
    }
    for (header, value) in headers {
        if let Some(name) = header.as_str().strip_prefix(PREFIX)
            && (name != OWN || own.is_none())
        {
            info.metadata.insert(name.to_owned(), self::text(value));
        }
    }
    if let Some(own) = own {
        // A copy has what the original had, but its own time.
        if own.id == id(name) {
            info.uploaded = own.uploaded;
        }
        for (name, value) in own.pairs {
            if let Some(name) = name.strip_prefix('m') {
                info.metadata.insert(name.to_owned(), value);
            }
        }
    }
    Ok(info)
}

/// The time at which an object of this name was put, if the headers have it.
pub(super) fn time(name: &str, headers: &HeaderMap) -> Option<i64> {
    let own = headers.get(format!("{PREFIX}{OWN}")).and_then(|value| Own::read(&text(value)))?;
    (own.id == id(name)).then_some(own.uploaded)
}

/// The entity tag of an answer, without quotes. Of a weak one, what it says.
pub(super) fn etag(headers: &HeaderMap) -> Option<ETag> {
    headers.get(ETAG).and_then(|value| tag(value.to_str().ok()?))
}

/// An entity tag as it is written in HTTP.
pub(super) fn tag(text: &str) -> Option<ETag> {
    let strong = text.strip_prefix("W/").unwrap_or(text);
    let bare = strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(strong);
    ETag::new(bare)
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// What was packed.
struct Own {
    uploaded: i64,
    id: u32,
    given: u8,
    pairs: Vec<(String, String)>,
}

impl Own {
    fn read(text: &str) -> Option<Own> {
        let mut parts = text.strip_prefix("1.")?.splitn(4, '.');
        Some(Own {
            uploaded: parts.next()?.parse().ok()?,
            id: u32::from_str_radix(parts.next()?, 16).ok()?,
            given: parts.next()?.parse().ok()?,
            pairs: packed::unpack(parts.next()?)?,
        })
    }
}

/// Whether a header carries the text as it is: ASCII that is seen, and spaces inside. AWS gives what looks like an
/// encoded word of mail back as something else.
fn is_plain(text: &str) -> bool {
    let seen = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    seen && !text.is_empty() && !text.starts_with([' ', '=']) && !text.ends_with(' ')
}

fn is_plain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name != OWN && name.bytes().all(plain) && !name.starts_with('-')
}

/// Tells objects apart: the hash of a name (FNV-1a, 32 bits).
fn id(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
#[path = "described/tests.rs"]
mod tests;
