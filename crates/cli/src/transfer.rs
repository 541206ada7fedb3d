//! Bytes on their way: counted, shown and digested.

use std::io::{self, ErrorKind, Read, Write};

use md5::{Digest, Md5};

use crate::progress::Progress;

/// Bytes that are copied at once.
pub(crate) const CHUNK: usize = 256 << 10;

/// A reader whose bytes are counted, shown and digested.
pub(crate) struct Tracked<'a, R> {
    from: R,
    /// How many bytes there must be, if that is known.
    left: Option<u64>,
    count: u64,
    progress: &'a mut Progress,
    md5: Md5,
    /// What went wrong on this side, which whoever reads reports in its own words.
    pub(crate) failure: Option<String>,
}

impl<'a, R: Read> Tracked<'a, R> {
    /// A reader of so many bytes, if that is known: more are left where they are, less are a failure.
    pub(crate) fn new(from: R, length: Option<u64>, progress: &'a mut Progress) -> Tracked<'a, R> {
        Tracked { from, left: length, count: 0, progress, md5: Md5::new(), failure: None }
    }

    /// The MD5 of what was read, as an entity tag has it.
    pub(crate) fn digest(&self) -> String {
        self.md5.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// How many bytes were read.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    fn fail(&mut self, error: io::Error) -> io::Error {
        self.failure = Some(error.to_string());
        error
    }
}

impl<R: Read> Read for Tracked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self
            .left
            .map_or(buffer.len(), |left| buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        let Some(room) = buffer.get_mut(..most).filter(|room| !room.is_empty()) else { return Ok(0) };
        let count = match self.from.read(room) {
            Ok(0) if self.left.is_some() => {
                return Err(self.fail(io::Error::new(ErrorKind::UnexpectedEof, "it ended early")));
            }
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(self.fail(error)),
        };
        self.md5.update(room.get(..count).unwrap_or_default());
        self.left = self.left.map(|left| left - count as u64);
        self.count += count as u64;
        self.progress.advance(count as u64);
        Ok(count)
    }
}

/// What went wrong while copying: on the side that is read, or on the one that is written.
#[derive(Debug)]
pub(crate) enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

/// Copies everything.
pub(crate) fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<(), CopyError> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return to.flush().map_err(CopyError::Write),
            Ok(count) => to.write_all(buffer.get(..count).unwrap_or_default()).map_err(CopyError::Write)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(CopyError::Read(error)),
        }
    }
}

/// The MD5 that an entity tag is, if it is one.
pub(crate) fn md5_of(tag: &str) -> Option<&str> {
    let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    let hex = tag.len() == 32 && tag.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    hex.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(from: &[u8], length: Option<u64>) -> (io::Result<Vec<u8>>, String, Option<String>) {
        let mut progress = Progress::new(true);
        let mut tracked = Tracked::new(from, length, &mut progress);
        let mut all = Vec::new();
        let outcome = tracked.read_to_end(&mut all).map(|_| all);
        (outcome, tracked.digest(), tracked.failure)
    }

    #[test]
    fn what_is_read_is_digested() {
        let (all, digest, _) = read(b"Hello World!", None);
        assert_eq!((all.unwrap(), &*digest), (b"Hello World!".to_vec(), "ed076287532e86365e841e92bfc50d8c"));
        assert_eq!(read(b"", Some(0)).1, "d41d8cd98f00b204e9800998ecf8427e");
        let (all, digest, _) = read(b"Hello World!!!", Some(12));
        assert_eq!((all.unwrap().len(), &*digest), (12, "ed076287532e86365e841e92bfc50d8c"), "it grew");
        let (all, _, failure) = read(b"Hello", Some(12));
        assert!(all.is_err() && failure.unwrap().contains("early"));
    }

    #[test]
    fn tags() {
        assert_eq!(md5_of("\"ed076287532e86365e841e92bfc50d8c\""), Some("ed076287532e86365e841e92bfc50d8c"));
        for tag in ["ed076287532e86365e841e92bfc50d8c", "\"ed076287532e86365e841e92bfc50d8c-2\"", "\"\"", ""]
        {
            assert_eq!(md5_of(tag), None, "{tag}");
        }
    }
}
