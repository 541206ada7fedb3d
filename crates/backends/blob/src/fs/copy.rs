//! Copy.

use std::io;
use std::sync::Arc;

use credenza_core::blob::{BlobKey, CopyOptions, ObjectInfo};
use credenza_core::{Batch, Context, Error, ErrorKind, Result};
use tokio::task::spawn_blocking;

use super::error::{lost, storage};
use super::id::Id;
use super::new_file::NewFile;
use super::put::{ATTEMPTS, crowded};
use super::record::{Place, Record};
use super::store::Inner;
use crate::check;

impl Inner {
    pub(super) async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: &CopyOptions,
    ) -> Result<ObjectInfo> {
        check::key(&self.config.limits, from)?;
        check::key(&self.config.limits, to)?;
        let _turn = self.locks.lock(&[from, to]).await;
        for _ in 0..ATTEMPTS {
            check::deadline(cx)?;
            let Some(source) = self.index.find(cx, from).await? else {
                let error = Error::new(ErrorKind::NotFound, "there is no object to copy");
                return Err(error.for_key(from.as_bytes()));
            };
            options.source.check(Some(&source.record.etag()))?;
            let target = self.index.find(cx, to).await?;
            options.destination.check(target.as_ref().map(|target| target.record.etag()).as_ref())?;

            let mut record = source.record.clone();
            record.head.uploaded = self.config.clock.now();
            let (content, mut file) = match record.place {
                Place::Index(_) => match self.index.find_small(cx, from).await? {
                    Some((small, content)) if small.id == source.record.id => {
                        record.id = Id::draw(&*self.config.random);
                        (Some(content), None)
                    }
                    _ => continue,
                },
                Place::File(_) => match self.second_name(&source.record).await? {
                    Some(file) => {
                        record.id = file.id();
                        (None, Some(file))
                    }
                    None => continue,
                },
            };
            let mut batch = Batch::atomic();
            self.index.check(&mut batch, from, Some(&source));
            self.index.check(&mut batch, to, target.as_ref());
            self.index.put(&mut batch, to, target.as_ref(), &record, content.as_ref());
            self.follow_put(cx, &mut batch, to, &record).await?;
            if self.commit(cx, batch, file.as_mut()).await? {
                self.discard(target.as_ref());
                return Ok(record.into_info(to.clone()));
            }
        }
        Err(crowded())
    }

    /// The content of a file under a new name; `None` if there is no such file.
    async fn second_name(&self, of: &Record) -> Result<Option<NewFile>> {
        let (new, files, id) = (NewFile::claim(&self.files), Arc::clone(&self.files), of.id);
        let link = move || match files.link(id, new.id()).and_then(|()| files.sync_folder_of(new.id())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            outcome => outcome.map(|()| Some(new)).map_err(storage),
        };
        spawn_blocking(link).await.map_err(lost)?
    }
}
