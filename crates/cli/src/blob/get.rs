//! `credenza blob get`.

use std::path::Path;

use ureq::http::{Method, StatusCode};

use super::output::Output;
use super::{Space, missing, quoted};
use crate::Exit;
use crate::client::{Call, Upload};
use crate::progress::Progress;
use crate::transfer::{CopyError, Tracked, copy, md5_of};

pub(super) fn run(
    space: &Space,
    key: &str,
    file: &Path,
    range: Option<&str>,
    if_match: Option<&str>,
) -> Result<(), Exit> {
    let call = space
        .key(Method::GET, key)?
        .header("range", range.map(|range| format!("bytes={range}")))
        .header("if-match", if_match.map(quoted));
    let fetched = fetch(space, call, range.is_some(), &mut space.progress(), |length, progress| {
        progress.expect(length);
        Output::open(file)
    });
    fetched?.map(drop).ok_or_else(missing)
}

/// Fetches an object, or a part of it, and returns how many bytes that were; `None` if there is none. The output is opened
/// when the object and its length are known, and kept when all of it is there.
pub(super) fn fetch(
    space: &Space,
    call: Call,
    part: bool,
    progress: &mut Progress,
    output: impl FnOnce(Option<u64>, &mut Progress) -> Result<Output, Exit>,
) -> Result<Option<u64>, Exit> {
    let call = call.query("raw", "true");
    let Some(answer) = space.client.open(call, Upload::Nothing)? else { return Ok(None) };
    if part && answer.status() != StatusCode::PARTIAL_CONTENT {
        return Err(space.client.strange("it has not the range that was asked for"));
    }
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let length = header("content-length").and_then(|length| length.parse().ok());
    let digest = header("etag").and_then(md5_of).filter(|_| !part).map(str::to_owned);
    let mut output = output(length, progress)?;
    let mut content = Tracked::new(answer.into_body().into_reader(), length, progress);
    copy(&mut content, &mut output).map_err(|error| match error {
        CopyError::Read(error) => space.client.unreachable(error),
        CopyError::Write(error) => output.failure(&error),
    })?;
    if digest.is_some_and(|digest| digest != content.digest()) {
        return Err(Exit::new(3, "what arrived is not what was stored: its MD5 is not the entity tag"));
    }
    let count = content.count();
    output.keep()?;
    Ok(Some(count))
}
