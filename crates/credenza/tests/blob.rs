//! Opening blob stores by URL.

use credenza::blob::BlobStore;
use credenza::{Durability, ErrorKind};

#[tokio::test]
async fn a_folder_keeps_what_was_put() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("fs:{}", folder.path().join("blobs").display());
    for (size, parameters) in [(100, ""), (100_000, "?durability=normal&inline=0B&max_key=2KiB")] {
        let blob = credenza::open_blob(&format!("{url}{parameters}")).await.expect("a folder opens");
        let durability = if size == 100 { Durability::PowerLoss } else { Durability::ProcessCrash };
        assert_eq!((blob.capabilities().durability, blob.stack().as_str()), (durability, "fs"));
        let busy = credenza::open_blob(&url).await.expect_err("it is open already");
        assert_eq!(busy.kind(), ErrorKind::Busy);
        blob.put(format!("object/{size}"), vec![7; size]).await.expect("a put");
    }
    let blob = credenza::open_blob(&url).await.expect("a folder opens");
    let page = blob.list("object/").await.expect("a list");
    assert_eq!(page.objects.iter().map(|object| object.size).collect::<Vec<_>>(), [100, 100_000]);
}

#[tokio::test]
async fn memory_is_new_each_time() {
    let blob = credenza::open_blob("memory:?max_bytes=1KiB").await.expect("memory opens");
    let error = blob.put("a", vec![0; 2_000]).await.expect_err("it is too large");
    assert_eq!(error.kind(), ErrorKind::Full);
    assert!(blob.store().capabilities().preconditions);
    credenza::open("memory:?sweep=1s").await.expect("it is a key-value store as well");
}

#[tokio::test]
async fn what_is_wrong_with_a_url_is_named() {
    for (url, kind, named) in [
        ("fs:", ErrorKind::InvalidArgument, "fs:"),
        ("fs:a?durability=maybe", ErrorKind::InvalidArgument, "durability"),
        ("fs:a?inlin=1KiB", ErrorKind::InvalidArgument, "inlin"),
        ("memory:a", ErrorKind::InvalidArgument, "memory:"),
        ("memory:?sweep=1s", ErrorKind::InvalidArgument, "sweep"),
        ("fs:/no/such/folder/blobs", ErrorKind::Unavailable, "the disk failed"),
    ] {
        let error = credenza::open_blob(url).await.map(|_| ()).expect_err(url);
        assert_eq!(error.kind(), kind, "{url}: {error}");
        assert!(error.to_string().contains(named), "{url}: {error}");
    }
    let error = credenza::open("fs:a").await.map(|_| ()).expect_err("no key-value store");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
