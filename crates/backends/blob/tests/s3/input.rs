//! Wrong addresses, names and passwords; objects of others; names that XML and URLs take for something else.

use credenza_blob::{S3BlobStore, S3Config, S3Credentials, S3Opener};
use credenza_core::blob::{BlobKey, BlobStore, DeleteOptions, ListOptions, PutOptions};
use credenza_core::{Context, Effect, Error, ErrorKind, Registry};

use crate::server::{Moto, R2, blob, config, start};

/// The error of an opening.
async fn refused(config: S3Config) -> Error {
    let error = S3BlobStore::open(config).await.expect_err("it is refused");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("very-private"), "{text}");
    assert_eq!(error.effect(), Effect::NotApplied);
    error
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_opening() {
    let Some(server) = start(R2) else { return };
    S3BlobStore::open(config(&server)).await.unwrap();

    let mut wrong = config(&server);
    wrong.credentials = Some(S3Credentials::new("very-private-key", "very-private-secret"));
    assert_eq!(refused(wrong).await.kind(), ErrorKind::Denied);

    let mut wrong = config(&server);
    wrong.credentials = Some(S3Credentials::new(server.access_key(), "very-private-secret"));
    assert_eq!(refused(wrong).await.kind(), ErrorKind::Denied);

    let mut wrong = config(&server);
    wrong.bucket = "no-such-bucket".into();
    let error = refused(wrong).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("the bucket does not exist"), "{error}");

    let mut wrong = config(&server);
    wrong.endpoint = Some("http://127.0.0.1:1".into());
    assert_eq!(refused(wrong).await.kind(), ErrorKind::Unavailable);

    // A server, but none of S3.
    let mut wrong = config(&server);
    wrong.endpoint = Some(format!("http://127.0.0.1:{}/elsewhere", server.port()));
    let kind = refused(wrong).await.kind();
    assert!(matches!(kind, ErrorKind::NotFound | ErrorKind::Unavailable), "{kind:?}");
}

#[tokio::test]
async fn a_url_opens_it() {
    let Some(server) = start(R2) else { return };
    let registry = Registry::new().with("s3", S3Opener);
    let url = |secret: &str| {
        let (bucket, endpoint, key) = (server.bucket(), server.endpoint(), server.access_key());
        format!("s3://{key}:{secret}@{bucket}/under?endpoint={endpoint}&region=auto&dialect=r2")
    };
    let blob = registry.open_blob(&url(server.secret_key())).await.unwrap();
    assert_eq!(blob.stack(), "s3");
    blob.put("a//b", "v").await.unwrap();
    assert_eq!(blob.list("").await.unwrap().objects.len(), 1);

    let error = registry.open_blob(&url("very-private")).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(!format!("{error} {error:?}").contains("very-private"));
    let error = registry.open(&url("very-private")).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

/// Some readers of XML take spaces from the ends of names, and lists and deletes are XML.
#[tokio::test]
async fn names_that_xml_changes() {
    for dialect in [Moto, R2] {
        let Some(server) = start(dialect) else { return };
        let blob = blob(config(&server));
        let names = [" a", "a", "a ", "&amp;", "&", "<a>", "1e3", "1000", "01", "1", "a\u{a0}", "\u{ffff}"];
        for name in names {
            blob.put(name, name).await.unwrap();
        }
        let listed: Vec<String> =
            blob.list("").await.unwrap().objects.into_iter().map(|it| it.key.into_string()).collect();
        let mut sorted = names.map(str::to_owned).to_vec();
        sorted.sort();
        assert_eq!(listed, sorted);
        let wanted = [" a", "a ", "&amp;", "<a>", "1e3", "01", "a\u{a0}", "\u{ffff}"];
        let keys = wanted.map(|key| BlobKey::new(key).unwrap());
        let deleted = blob.delete_with(&keys, DeleteOptions::default()).await.unwrap();
        assert_eq!(deleted, [true; 8]);
        for left in ["a", "&", "1000", "1"] {
            let object = blob.get(left).await.unwrap().expect(left);
            assert_eq!(object.body.collect(10).await.unwrap(), left);
        }
        assert_eq!(blob.list("").await.unwrap().objects.len(), 4);
    }
}

/// Other programs put objects under names that are no keys here. They are left alone and out.
#[tokio::test]
async fn objects_of_others() {
    let Some(server) = start(Moto) else { return };
    let mut whole = config(&server);
    let prefix = std::mem::take(&mut whole.prefix);
    let http = reqwest::Client::new();
    let names = ["%2Fslash", "a%2F%2Fb", "a%5Cb", "ordinary", "folder%2F"];
    for name in names {
        let url = format!("{}/{}/{name}", server.endpoint(), server.bucket());
        let put = http.put(url).header("x-amz-meta-camera", "old").body("content").send().await.unwrap();
        assert!(put.status().is_success(), "{name}: {}", put.text().await.unwrap());
    }
    let keys = |page: credenza_core::blob::ListPage| -> Vec<String> {
        page.objects.into_iter().map(|info| info.key.into_string()).collect()
    };
    let all = blob(whole.clone());
    assert_eq!(keys(all.list("").await.unwrap()), ["ordinary"]);
    let paged = ListOptions { limit: 1, start_after: "/".into(), ..ListOptions::default() };
    assert_eq!(keys(all.list_with(paged).await.unwrap()), ["ordinary"]);
    for prefix in ["", "folder/"] {
        let folders = ListOptions { prefix: prefix.into(), delimiter: "/".into(), ..ListOptions::default() };
        let page = all.list_with(folders).await.unwrap();
        assert_eq!(page.objects.len(), usize::from(prefix.is_empty()));
    }
    let info = all.head("ordinary").await.unwrap().unwrap();
    assert_eq!(info.metadata.get("camera").map(String::as_str), Some("old"));
    assert_eq!(keys(blob(config(&server)).list("").await.unwrap()), Vec::<String>::new());
    assert!(!prefix.is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_it_is_sent() {
    let Some(server) = start(Moto) else { return };
    let store = S3BlobStore::new(config(&server)).unwrap();
    let (cx, key) = (Context::new(), BlobKey::new("k").unwrap());
    let mut options = PutOptions::default();
    options.metadata.insert("n".into(), "v".repeat(100_000));
    let error = store.put(&cx, &key, "v".into(), options.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    // Little by its count, and too much with the lengths that are written beside.
    options.metadata =
        (0..900).map(|n| (char::from_u32(0xe000 + n).unwrap().to_string(), String::new())).collect();
    let error = store.put(&cx, &key, "v".into(), options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(store.head(&cx, &key).await.unwrap().is_none());
}
