//! Plain folders.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;

use bytes::Bytes;
use common::{content, stores, whole};
use credenza_blob::{MemoryBlobConfig, MemoryBlobStore, Transfer, export_folder, import_folder};
use credenza_core::Blob;

fn memory() -> Blob {
    Blob::new(MemoryBlobStore::new(MemoryBlobConfig::default()))
}

fn left_out(transfer: &Transfer) -> Vec<(&str, &str)> {
    let mut all: Vec<_> = transfer.left_out.iter().map(|it| (it.name.as_str(), it.why)).collect();
    all.sort_unstable();
    all
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() && !path.is_symlink() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    found.sort_unstable();
    found
}

#[tokio::test]
async fn there_and_back_again() {
    for (blob, _place) in stores().await {
        let folder = tempfile::tempdir().unwrap();
        let mut expected: BTreeMap<String, Bytes> = BTreeMap::new();
        let mut bytes = 0;
        for n in 0..1_200 {
            expected.insert(format!("many/{}/{n}", n % 7), content(n, n as usize));
        }
        for (key, size) in
            [("empty", 0), ("кот/b c.txt", 40_000), ("large", 3 << 20), (".hidden", 5), ("a..b", 1)]
        {
            expected.insert(key.into(), content(7, size));
        }
        for (key, content) in &expected {
            bytes += content.len() as u64;
            blob.put(key.as_str(), content.clone()).await.unwrap();
        }
        let exported = export_folder(&blob, folder.path()).await.unwrap();
        assert_eq!((exported.objects, exported.bytes, exported.left_out.len()), (1_205, bytes, 0));
        assert_eq!(files(folder.path()), expected.keys().cloned().collect::<Vec<_>>());
        assert!(std::fs::read(folder.path().join("large")).unwrap() == content(7, 3 << 20));

        let other = memory();
        other.put("empty", "in the way").await.unwrap();
        let imported = import_folder(folder.path(), &other).await.unwrap();
        assert_eq!((imported.objects, imported.bytes, imported.left_out.len()), (1_205, bytes, 0));
        for (key, content) in &expected {
            assert!(whole(&other, key).await == content, "{key}");
        }
    }
}

#[tokio::test]
async fn keys_that_no_folder_can_hold_are_named() {
    let long = "x".repeat(256);
    let blob = memory();
    for key in ["a", "a/b", "a/b/c", "d//e", "/f", "g/", "ok/a", &long, "deep/deeper/file"] {
        blob.put(key, key.to_owned()).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), folder.path().join("deep")).unwrap();
    let exported = export_folder(&blob, folder.path()).await.unwrap();
    let empty = "a part of the key is empty, and a file has a name";
    let file = "the file of another object is in its way";
    assert_eq!(
        left_out(&exported),
        [
            ("/f", empty),
            ("a/b", file),
            ("a/b/c", file),
            ("d//e", empty),
            ("deep/deeper/file", "a symbolic link is in its way"),
            ("g/", empty),
            (long.as_str(), "a part of the key is longer than a name may be"),
        ]
    );
    assert_eq!(exported.objects, 2);
    assert!(files(outside.path()).is_empty());
    assert_eq!(files(folder.path()), ["a", "deep", "ok/a"]);

    // A second time nothing is written over, not even by way of a link.
    std::fs::write(folder.path().join("a"), "mine").unwrap();
    std::fs::write(outside.path().join("target"), "mine").unwrap();
    std::fs::remove_file(folder.path().join("ok/a")).unwrap();
    symlink(outside.path().join("target"), folder.path().join("ok/a")).unwrap();
    let exported = export_folder(&blob, folder.path()).await.unwrap();
    assert_eq!(exported.objects, 0);
    assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"mine");
    assert_eq!(std::fs::read(outside.path().join("target")).unwrap(), b"mine");
}

#[tokio::test]
async fn files_that_are_no_objects_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "secret").unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("d/empty")).unwrap();
    std::fs::write(at("d/file"), "file").unwrap();
    std::fs::write(at("back\\slash"), "x").unwrap();
    std::fs::write(at("line\nbreak"), "x").unwrap();
    std::fs::write(at(".credenza-0123456789abcdef.part"), "x").unwrap();
    symlink(outside.path(), at("folder-link")).unwrap();
    symlink(outside.path().join("secret"), at("file-link")).unwrap();
    symlink("nowhere", at("d/dangling")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let name = std::os::unix::ffi::OsStrExt::from_bytes(b"no\xffutf8");
    std::fs::write(folder.path().join::<&std::ffi::OsStr>(name), "x").unwrap();

    let blob = memory();
    let imported = import_folder(folder.path(), &blob).await.unwrap();
    let other = "it is neither a file nor a folder";
    assert_eq!(
        left_out(&imported),
        [
            (".credenza-0123456789abcdef.part", "it was left by an export that was cut off"),
            ("back\\slash", "the name is no key"),
            ("d/dangling", other),
            ("file-link", other),
            ("folder-link", other),
            ("line\nbreak", "the name is no key"),
            ("no\u{fffd}utf8", "the name is not UTF-8"),
            ("socket", other),
        ]
    );
    let listed = blob.list("").await.unwrap().objects;
    assert_eq!(listed.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), ["d/file"]);
}
