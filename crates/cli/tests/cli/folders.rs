//! `credenza blob import` and `export`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::blob::noise;
use crate::http::{get, put_raw};
use crate::people::{command, fails, ok, told};
use crate::process::Server;

/// All files below a folder, by their paths in it.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap()) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn a_folder_comes_back_as_it_went() {
    let (data, from, to) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = &Server::start(data.path(), &["--durability", "normal"]);
    write(from.path(), "notes.txt", b"hello");
    write(from.path(), "empty", b"");
    write(from.path(), "deep/er/and/deeper/кот 100%.jpg", &noise(70_000));
    write(from.path(), "deep/.hidden", b"x");
    fs::create_dir(from.path().join("empty folder")).unwrap();
    for number in 0..1100 {
        write(from.path(), &format!("many/{number}"), number.to_string().as_bytes());
    }
    let (dir, out) = (from.path().to_str().unwrap(), to.path().join("out"));
    assert_eq!(ok(server, &["blob", "import", dir, "-n", "site"]), "1104 files of 71.6 KiB\n");
    assert_eq!(
        ok(server, &["blob", "export", out.to_str().unwrap(), "-n", "site"]),
        "1104 files of 71.6 KiB\n"
    );
    assert!(tree(&out) == tree(from.path()));
    let head = ok(server, &["blob", "head", "deep/er/and/deeper/кот 100%.jpg", "-n", "site"]);
    assert!(head.contains("image/jpeg"), "{head}");

    // Below a prefix, and only what is below one.
    write(from.path(), "one/file", b"1");
    let one = from.path().join("one");
    assert_eq!(
        ok(server, &["blob", "import", one.to_str().unwrap(), "--prefix", "copy/"]),
        "1 file of 1 B\n"
    );
    assert_eq!(ok(server, &["blob", "get", "copy/file"]), "1");
    let part = to.path().join("part");
    assert_eq!(
        ok(server, &["blob", "export", part.to_str().unwrap(), "deep/er", "-n", "site"]),
        "1 file of 68.4 KiB\n"
    );
    assert_eq!(tree(&part).len(), 1);

    // What is there in a folder is left alone, or replaced.
    write(&part, "deep/er/and/deeper/кот 100%.jpg", b"of somebody else");
    let again = ["blob", "export", part.to_str().unwrap(), "deep/er", "-n", "site"];
    let (code, printed, error) = told(command(server, &again).output().unwrap());
    assert_eq!((code, &*printed), (2, "0 files of 0 B\n"));
    assert!(error.contains("a file of that name is there already"), "{error}");
    assert_eq!(tree(&part).values().next().unwrap(), b"of somebody else");
    ok(server, &[&again[..], &["--overwrite"]].concat());
    assert_eq!(tree(&part).values().next().unwrap().len(), 70_000);

    // And on the server the other way round.
    write(from.path(), "one/file", b"22");
    assert_eq!(
        ok(server, &["blob", "import", one.to_str().unwrap(), "--prefix", "copy/", "--create-only"]),
        "0 files of 0 B, 1 there already\n"
    );
    assert_eq!(ok(server, &["blob", "get", "copy/file"]), "1");
    ok(server, &["blob", "import", one.to_str().unwrap(), "--prefix", "copy/"]);
    assert_eq!(ok(server, &["blob", "get", "copy/file"]), "22");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_moved_is_named_and_the_rest_is_moved() {
    use std::os::unix::ffi::OsStrExt;

    let (data, from, to) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = &Server::start(data.path(), &[]);
    write(from.path(), "good", b"good");
    write(from.path(), "back\\slash", b"bad");
    write(from.path(), ".credenza-0123456789abcdef.part", b"half");
    std::os::unix::fs::symlink("/etc/passwd", from.path().join("link")).unwrap();
    std::os::unix::fs::symlink("/etc", from.path().join("linked folder")).unwrap();
    fs::write(from.path().join(std::ffi::OsStr::from_bytes(b"not\xffutf8")), "x").unwrap();
    let (code, out, error) =
        told(command(server, &["blob", "import", from.path().to_str().unwrap()]).output().unwrap());
    assert_eq!((code, &*out), (2, "1 file of 4 B\n"), "{error}");
    for text in [
        "back\\slash: the server says 400",
        "link: links are not followed",
        "linked folder: links",
        "UTF-8",
        "left by an export",
        "5 files left out",
    ] {
        assert!(error.contains(text), "{text}: {error}");
    }
    assert_eq!(ok(server, &["blob", "list"]).lines().count(), 2, "the header and the good one");

    // Keys that no folder has a place for, beside one that it has.
    for key in ["a", "a/b", "c//d", "e/", "/etc/f"] {
        assert_eq!(put_raw(server, &format!("/api/storage/r2/odd/{key}"), key).status, 200, "{key}");
    }
    let out = to.path().join("out");
    let export = ["blob", "export", out.to_str().unwrap(), "-n", "odd"];
    let (code, printed, error) = told(command(server, &export).output().unwrap());
    assert_eq!((code, &*printed), (2, "1 file of 1 B\n"), "{error}");
    for text in [
        "a/b: a file is in its way",
        "c//d: the key is no path",
        "e/: the key",
        "/etc/f: the key",
        "4 objects left out",
    ] {
        assert!(error.contains(text), "{text}: {error}");
    }
    assert_eq!(tree(&out), BTreeMap::from([("a".to_owned(), b"a".to_vec())]));
    // A link in the folder leads nobody out of it.
    fs::create_dir(to.path().join("outside")).unwrap();
    std::os::unix::fs::symlink(to.path().join("outside"), out.join("dir")).unwrap();
    assert_eq!(put_raw(server, "/api/storage/r2/link/dir/x", "x").status, 200);
    fails(
        server,
        &["blob", "export", out.to_str().unwrap(), "-n", "missing", "--timeout", "0"],
        2,
        "--timeout",
    );
    let (code, _, error) =
        told(command(server, &["blob", "export", out.to_str().unwrap(), "-n", "link"]).output().unwrap());
    assert!(code == 2 && error.contains("dir/x: a link is in its way"), "{error}");
    assert_eq!(tree(&to.path().join("outside")).len(), 0);
    fails(server, &["blob", "import", "/no/such/folder"], 2, "/no/such/folder");
    assert_eq!(get(server, "/api/resources/stats").json()["by_type"]["r2"], 7);
}
