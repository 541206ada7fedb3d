//! `credenza blob export`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ureq::http::Method;

use super::Space;
use super::get::fetch;
use super::list::{Asked, PAGE, page};
use super::output::{Output, is_partial};
use crate::Exit;
use crate::text::{bytes, count, plain, print};

pub(super) fn run(space: &Space, dir: &Path, prefix: &str, overwrite: bool) -> Result<(), Exit> {
    fs::create_dir_all(dir).map_err(|error| Exit::new(2, format!("{}: {error}", dir.display())))?;
    let asked = Asked { prefix: prefix.to_owned(), ..Asked::default() };
    let mut progress = space.progress();
    let (mut files, mut size, mut left_out, mut cursor) = (0, 0_u64, 0, String::new());
    loop {
        let page = page(space, &asked, PAGE, &cursor)?;
        for object in page.objects {
            progress.label(count(files, "file"));
            let call = space.key(Method::GET, &object.key)?;
            let fetched = fetch(space, call, false, &mut progress, |_, _| {
                let path = path_of(dir, &object.key, overwrite);
                let opened = path.and_then(|path| Output::beside(path, overwrite));
                opened.map_err(|error| Exit::new(2, error.to_string()))
            });
            match fetched {
                Ok(Some(length)) => (files, size) = (files + 1, size.saturating_add(length)),
                // It went meanwhile.
                Ok(None) => {}
                Err(exit) if exit.code != 2 => return Err(exit),
                Err(exit) => {
                    left_out += 1;
                    progress.clear();
                    eprintln!("credenza: {}: {}", plain(&object.key), exit.message);
                }
            }
        }
        match page.cursor {
            Some(next) => cursor = next,
            None => break,
        }
    }
    drop(progress);
    print(format!("{} of {}\n", count(files, "file"), bytes(size)))?;
    match left_out {
        0 => Ok(()),
        _ => Err(Exit::new(2, format!("{} left out", count(left_out, "object")))),
    }
}

/// The path of a key below a folder, with the folders on the way to it. No key leads out of the folder, whatever the
/// server says, nor does a link in it.
fn path_of(dir: &Path, key: &str, overwrite: bool) -> io::Result<PathBuf> {
    let mut parts = key.split('/').peekable();
    let mut path = dir.to_owned();
    while let Some(part) = parts.next() {
        let name = !matches!(part, "" | "." | "..") && !part.contains(['\0', std::path::MAIN_SEPARATOR]);
        if is_partial(part) {
            return Err(io::Error::other("the key is the name of an export that was ended"));
        }
        if !name || cfg!(windows) && part.contains(['\\', ':']) {
            return Err(io::Error::other("the key is no path"));
        }
        path.push(part);
        if parts.peek().is_some() {
            match fs::symlink_metadata(&path) {
                Ok(there) if there.is_dir() => {}
                Ok(there) if there.is_symlink() => return Err(io::Error::other("a link is in its way")),
                Ok(_) => return Err(io::Error::other("a file is in its way")),
                Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir(&path)?,
                Err(error) => return Err(error),
            }
        }
    }
    match fs::symlink_metadata(&path) {
        Ok(there) if there.is_dir() => Err(io::Error::other("a folder is in its way")),
        Ok(_) if !overwrite => Err(io::Error::other("a file of that name is there already")),
        _ => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(path_of(root, "a/b/c.txt", false).unwrap(), root.join("a/b/c.txt"));
        assert!(root.join("a/b").is_dir());
        for key in
            ["", "/", "/etc/passwd", "..", "../x", "a/../x", "a//x", "a/", ".", "a/./x", "a\0", "a", "a/b"]
        {
            assert!(path_of(root, key, true).is_err(), "{key}");
        }
        std::fs::write(root.join("file"), "").unwrap();
        assert!(path_of(root, "file", false).is_err() && path_of(root, "file", true).is_ok());
        assert!(path_of(root, "file/x", true).is_err());
        assert!(path_of(root, ".credenza-0123456789abcdef.part", true).is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/tmp", root.join("link")).unwrap();
            assert!(path_of(root, "link/x", true).is_err());
        }
    }
}
