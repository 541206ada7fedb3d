//! `credenza blob put`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use ureq::http::Method;

use super::{Space, missing, quoted, types};
use crate::Exit;
use crate::args::PutArgs;
use crate::client::{Call, Upload};
use crate::progress::Progress;
use crate::text::print;
use crate::transfer::{Tracked, md5_of};

#[derive(Deserialize)]
struct Reply {
    size: u64,
}

/// An object that was stored.
#[derive(Serialize)]
struct Stored<'a> {
    key: &'a str,
    size: u64,
    etag: String,
}

pub(super) fn run(space: &Space, args: &PutArgs) -> Result<(), Exit> {
    let guessed = types::of(if args.file.as_os_str() == "-" { Path::new(&args.key) } else { &args.file });
    let call = space.key(Method::PUT, &args.key)?;
    let call = call
        .header("content-type", args.content_type.as_deref().or(guessed))
        .header("content-encoding", args.content_encoding.as_deref())
        .header("content-language", args.content_language.as_deref())
        .header("content-disposition", args.content_disposition.as_deref())
        .header("cache-control", args.cache_control.as_deref())
        .header("if-match", args.if_match.as_deref().map(quoted))
        .header("if-none-match", args.create_only.then_some("*"));
    let call = args.metadata.iter().fold(call, |call, (name, value)| call.metadata(name, value));
    let mut progress = space.progress();
    let (size, etag) = if args.file.as_os_str() == "-" {
        send(space, call, std::io::stdin(), None, "standard input", &mut progress)?
    } else {
        let (file, length) = open(&args.file)?;
        progress.expect(length);
        send(space, call, file, length, &args.file.display().to_string(), &mut progress)?
    };
    drop(progress);
    if args.json {
        let stored = Stored { key: &args.key, size, etag: etag.trim_matches('"').to_owned() };
        print(crate::text::json_lines(&[stored]))?;
    }
    Ok(())
}

/// Opens a file, and says how long it is if it is one of a fixed length.
pub(super) fn open(path: &Path) -> Result<(File, Option<u64>), Exit> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| Exit::new(2, format!("{}: {error}", path.display())))?;
    if metadata.is_dir() {
        return Err(Exit::new(2, format!("{} is a folder: import stores all of its files", path.display())));
    }
    Ok((file, metadata.is_file().then_some(metadata.len())))
}

/// Sends the content of an object, and compares what the server has with what was sent. Returns the size and the entity
/// tag.
pub(super) fn send(
    space: &Space,
    call: Call,
    from: impl Read,
    length: Option<u64>,
    name: &str,
    progress: &mut Progress,
) -> Result<(u64, String), Exit> {
    let mut content = Tracked::new(from, length, progress);
    let call = call.query("raw", "true");
    let answer = space.client.open(call, Upload::Stream(&mut content, length)).map_err(|exit| {
        // What goes wrong on this side is told as it is, not as a failure of the server.
        content.failure.take().map_or(exit, |failure| Exit::new(2, format!("{name}: {failure}")))
    })?;
    let answer = answer.ok_or_else(missing)?;
    let etag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
    let Reply { size } = space.client.read(answer)?;
    match md5_of(&etag) {
        Some(digest) if digest != content.digest() => {
            Err(Exit::new(3, format!("{name}: the server has stored something else than what was sent")))
        }
        _ => Ok((size, etag)),
    }
}
