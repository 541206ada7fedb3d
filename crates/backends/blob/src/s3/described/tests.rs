use super::*;

const NAME: &str = "p/k";

fn options() -> PutOptions {
    let mut options = PutOptions {
        content_type: Some("text/plain".into()),
        content_encoding: Some(String::new()),
        content_language: Some("de, en".into()),
        content_disposition: Some("attachment; filename=\"ü.txt\"".into()),
        ..PutOptions::default()
    };
    for (name, value) in [
        ("color", "red"),
        ("Color", "Red"),
        ("credenza", "1.5.0.0."),
        ("x-amz-meta-a", "b"),
        ("", "nameless"),
        ("empty", ""),
        ("word", "=?UTF-8?B?w7w=?="),
        ("space", " red "),
        ("ü", "\0\n"),
        ("t", "no type"),
    ] {
        options.metadata.insert(name.into(), value.into());
    }
    options
}

/// The headers that a service keeps of an object.
fn kept(described: &mut Described) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut keep = |name: HeaderName, value: Option<String>| {
        if let Some(value) = value {
            headers.insert(name, value.try_into().unwrap());
        }
    };
    keep(CONTENT_TYPE, described.content_type().or(Some("binary/octet-stream".into())));
    keep(CONTENT_ENCODING, described.content_encoding());
    keep(CONTENT_DISPOSITION, described.content_disposition());
    keep(CACHE_CONTROL, described.cache_control());
    keep(ETAG, Some("\"tag\"".into()));
    keep(LAST_MODIFIED, Some("Thu, 01 Jan 1970 00:00:09 GMT".into()));
    headers.extend(described.content_language().map(|value| (CONTENT_LANGUAGE, value)));
    for (name, value) in &described.metadata {
        headers.insert(format!("{PREFIX}{name}").parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    headers
}

fn round(options: &PutOptions, name: &str) -> ObjectInfo {
    let mut described = Described::new(S3Dialect::Aws, NAME, 1_234, options).unwrap();
    read(name, BlobKey::new("k").unwrap(), 5, &kept(&mut described)).unwrap()
}

#[test]
fn what_is_put_comes_back() {
    let options = options();
    let info = round(&options, NAME);
    assert_eq!(info.metadata, options.metadata);
    assert_eq!(info.content_type, options.content_type);
    assert_eq!(info.content_encoding, options.content_encoding);
    assert_eq!(info.content_language, options.content_language);
    assert_eq!(info.content_disposition, options.content_disposition);
    assert_eq!(info.cache_control, None);
    assert_eq!((info.size, info.uploaded, info.etag.as_str()), (5, 1_234, "tag"));
}

#[test]
fn what_is_ordinary_is_seen_by_others() {
    let mut described = Described::new(S3Dialect::Aws, NAME, 0, &options()).unwrap();
    assert_eq!(described.metadata.get("color").map(String::as_str), Some("red"));
    assert!(described.metadata.values().all(|value| value.is_ascii()));
    assert_eq!(described.content_type().as_deref(), Some("text/plain"));
}

#[test]
fn nothing_given_is_nothing_read() {
    let info = round(&PutOptions::default(), NAME);
    assert_eq!((info.content_type, info.metadata.len()), (None, 0));
}

#[test]
fn nothing_unpacks_what_is_on_r2() {
    let mut options = PutOptions { content_encoding: Some("gzip".into()), ..PutOptions::default() };
    options.content_type = Some("text/plain".into());
    let mut described = Described::new(S3Dialect::R2, NAME, 0, &options).unwrap();
    assert_eq!(described.content_encoding(), None);
    let info = read(NAME, BlobKey::new("k").unwrap(), 5, &kept(&mut described)).unwrap();
    assert_eq!(info.content_encoding, options.content_encoding);
}

#[test]
fn a_copy_has_a_time_of_its_own() {
    assert_eq!(round(&options(), "p/copy").uploaded, 9_000);
}

#[test]
fn objects_of_others_are_read_as_they_are() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("etag", "W/\"a-2\""),
        ("content-type", "image/png"),
        ("last-modified", "Thu, 01 Jan 1970 00:00:07 GMT"),
        ("x-amz-meta-camera", "old"),
        ("x-amz-meta-credenza", "1.nonsense"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    let info = read(NAME, BlobKey::new("k").unwrap(), 1, &headers).unwrap();
    assert_eq!((info.etag.as_str(), info.uploaded), ("a-2", 7_000));
    assert_eq!(info.content_type.as_deref(), Some("image/png"));
    assert_eq!(info.metadata.len(), 2);
}

#[test]
fn what_the_service_has_no_room_for_is_refused() {
    let mut options = PutOptions::default();
    options.metadata.insert("name".into(), "é".repeat(800));
    let refused = Described::new(S3Dialect::Aws, NAME, 0, &options).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LimitExceeded);
}
