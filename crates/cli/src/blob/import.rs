//! `credenza blob import`.

use std::fs;
use std::path::{Path, PathBuf};

use ureq::http::Method;

use super::output::is_partial;
use super::{Space, put, types};
use crate::Exit;
use crate::text::{bytes, count, plain, print};

/// What a folder has below it.
enum Found {
    /// A file, its key below the prefix, and its length.
    File(PathBuf, String, u64),
    /// Something that is not imported, and why.
    Other(PathBuf, &'static str),
}

pub(super) fn run(space: &Space, dir: &Path, prefix: &str, create_only: bool) -> Result<(), Exit> {
    let mut total = 0_u64;
    walk(dir, &mut |found| {
        if let Found::File(_, _, length) = found {
            total = total.saturating_add(length);
        }
        Ok(())
    })?;
    let mut progress = space.progress();
    progress.expect(Some(total));
    let (mut files, mut size, mut there, mut left_out) = (0, 0_u64, 0, 0);
    walk(dir, &mut |found| {
        let (path, key) = match found {
            Found::File(path, key, _) => (path, format!("{prefix}{key}")),
            Found::Other(path, why) => {
                left_out += 1;
                progress.clear();
                eprintln!("credenza: {}: {why}", plain(&path.display().to_string()));
                return Ok(());
            }
        };
        progress.label(count(files, "file"));
        let sent = put::open(&path).and_then(|(file, length)| {
            let call = space
                .key(Method::PUT, &key)?
                .header("content-type", types::of(&path))
                .header("if-none-match", create_only.then_some("*"));
            put::send(space, call, file, length, &path.display().to_string(), &mut progress)
        });
        match sent {
            Ok((length, _)) => (files, size) = (files + 1, size.saturating_add(length)),
            Err(exit) if create_only && exit.status == Some(412) => there += 1,
            // The server takes no more: the rest would fail too.
            Err(exit) if exit.code != 2 => return Err(exit),
            Err(exit) => {
                left_out += 1;
                progress.clear();
                eprintln!("credenza: {}: {}", plain(&path.display().to_string()), exit.message);
            }
        }
        Ok(())
    })?;
    drop(progress);
    let mut summary = format!("{} of {}", count(files, "file"), bytes(size));
    if there > 0 {
        summary.push_str(&format!(", {there} there already"));
    }
    print(summary + "\n")?;
    match left_out {
        0 => Ok(()),
        _ => Err(Exit::new(2, format!("{} left out", count(left_out, "file")))),
    }
}

/// Visits everything below a folder that is no folder, in the order of the names. Links are not followed: what is
/// imported is in the folder.
fn walk(root: &Path, visit: &mut dyn FnMut(Found) -> Result<(), Exit>) -> Result<(), Exit> {
    // The folders on the way down, each with what is still to be visited of it, last first.
    let mut levels = vec![(String::new(), entries(root)?)];
    while let Some((above, left)) = levels.last_mut() {
        let Some(path) = left.pop() else {
            levels.pop();
            continue;
        };
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            visit(Found::Other(path, "its name is not UTF-8"))?;
            continue;
        };
        if is_partial(name) {
            visit(Found::Other(path, "it was left by an export that was ended"))?;
            continue;
        }
        let key = format!("{above}{name}");
        match fs::symlink_metadata(&path) {
            Ok(there) if there.is_dir() => match entries(&path) {
                Ok(below) => levels.push((key + "/", below)),
                Err(_) => visit(Found::Other(path, "the folder cannot be read"))?,
            },
            Ok(there) if there.is_file() => visit(Found::File(path, key, there.len()))?,
            Ok(there) if there.is_symlink() => visit(Found::Other(path, "links are not followed"))?,
            Ok(_) => visit(Found::Other(path, "it is no file"))?,
            // It went meanwhile.
            Err(_) => {}
        }
    }
    Ok(())
}

/// What is in a folder, the last name first.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Exit> {
    let read = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
    });
    let mut paths = read.map_err(|error| Exit::new(2, format!("{}: {error}", folder.display())))?;
    paths.sort_by(|one, other| other.cmp(one));
    Ok(paths)
}
