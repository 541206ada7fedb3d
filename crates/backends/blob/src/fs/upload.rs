//! A body on its way into a content file.

use std::io;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::{Error, Result};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};

use super::blocks::ContentWriter;
use super::error::{lost, storage};
use super::files::Files;
use super::new_file::NewFile;
use crate::digest::Md5Sum;

/// After so many bytes the disk is asked to begin with them, so that the end need not wait for everything.
const FLUSHED: usize = 16 << 20;

/// A body on its way into a content file: while one blocking thread writes a chunk, another adds it to the MD5.
/// Between chunks no thread is held, however slow the body is. Dropped, the file is removed.
pub(super) struct Upload {
    file: Stage<FileWriter>,
    md5: Stage<Md5Sum>,
    seed: u64,
}

/// What an upload became.
pub(super) struct Uploaded {
    pub(super) file: NewFile,
    pub(super) seed: u64,
    pub(super) md5: [u8; 16],
}

impl Upload {
    pub(super) fn new(files: &Arc<Files>, seed: u64) -> Upload {
        let file = FileWriter::new(NewFile::claim(files), seed);
        Upload { file: Stage::Idle(file), md5: Stage::Idle(Md5Sum::default()), seed }
    }

    /// Takes a chunk, once those before the last one are done; `last` if there is none after it.
    pub(super) async fn push(&mut self, chunk: Bytes, last: bool) -> Result<()> {
        let shared = chunk.clone();
        self.file.then(move |file| file.write(&chunk, last).map_err(storage)).await?;
        let add = move |md5: &mut Md5Sum| {
            md5.update(&shared);
            Ok(())
        };
        self.md5.then(add).await
    }

    /// Waits until everything is written, and synced if it is to be.
    pub(super) async fn finish(mut self) -> Result<Uploaded> {
        let mut file = self.file.end().await?;
        if let Some(flush) = file.flush.take() {
            flush.await.map_err(lost)?.map_err(storage)?;
        }
        let md5 = self.md5.end().await?.finish();
        Ok(Uploaded { file: file.new, seed: self.seed, md5 })
    }
}

/// Work on blocking threads, one step after the other.
enum Stage<W> {
    Idle(W),
    Busy(JoinHandle<Result<W>>),
    /// It failed, or whoever waited for it has left.
    Gone,
}

impl<W: Send + 'static> Stage<W> {
    async fn then(&mut self, step: impl FnOnce(&mut W) -> Result<()> + Send + 'static) -> Result<()> {
        let mut worker = self.end().await?;
        *self = Stage::Busy(spawn_blocking(move || step(&mut worker).map(|()| worker)));
        Ok(())
    }

    async fn end(&mut self) -> Result<W> {
        match mem::replace(self, Stage::Gone) {
            Stage::Idle(worker) => Ok(worker),
            Stage::Busy(step) => step.await.map_err(lost)?,
            Stage::Gone => Err(Error::internal("an upload went on after its end")),
        }
    }
}

struct FileWriter {
    // Before `new`: some systems do not remove a file that is open.
    content: Option<ContentWriter>,
    new: NewFile,
    seed: u64,
    /// Bytes since the last flush.
    unflushed: usize,
    flush: Option<JoinHandle<io::Result<()>>>,
}

impl FileWriter {
    fn new(new: NewFile, seed: u64) -> FileWriter {
        FileWriter { content: None, new, seed, unflushed: 0, flush: None }
    }

    /// Runs on a blocking thread.
    fn write(&mut self, chunk: &[u8], last: bool) -> io::Result<()> {
        let mut content = match self.content.take() {
            Some(content) => content,
            None => ContentWriter::new(self.new.files().create(self.new.id())?, self.seed),
        };
        content.write(chunk)?;
        let synced = self.new.files().synced();
        if last {
            let file = content.finish()?;
            if synced {
                file.sync_all()?;
                // After the file: what it waits for is written with the file then, on the file systems that keep a journal.
                self.new.files().sync_folder_of(self.new.id())?;
            }
            return Ok(());
        }
        self.unflushed += chunk.len();
        if synced && self.unflushed >= FLUSHED {
            self.begin_flush(&content)?;
        }
        self.content = Some(content);
        Ok(())
    }

    /// Asks the disk to begin, unless it is still busy with the last time.
    fn begin_flush(&mut self, content: &ContentWriter) -> io::Result<()> {
        if self.flush.as_ref().is_some_and(|flush| !flush.is_finished()) {
            return Ok(());
        }
        if let Some(flush) = self.flush.take() {
            // What it failed with is not said again by the next one.
            Handle::current().block_on(flush).map_err(io::Error::other)??;
        }
        let file = content.file().try_clone()?;
        self.flush = Some(spawn_blocking(move || file.sync_data()));
        self.unflushed = 0;
        Ok(())
    }
}
