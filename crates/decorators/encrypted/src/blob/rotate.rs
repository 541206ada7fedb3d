//! Objects that move to the active key.

use credenza_core::blob::{
    BlobStore, BodyReader, CopyOptions, GetOptions, Got, ListOptions, ObjectInfo, Precondition, Range,
};
use credenza_core::{Context, Error, ErrorKind, Result};

use super::format::HEADER;
use super::open::take;
use super::store::EncryptedBlob;

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotatedObjects {
    /// Objects that were looked at.
    pub objects: u64,
    /// Objects that were encrypted anew.
    pub rewritten: u64,
}

impl<S: BlobStore> EncryptedBlob<S> {
    /// Encrypts what old keys encrypted with the active one, while others read and write: an object that was replaced meanwhile is left
    /// to whoever replaced it. When it has ended without an error, and every process that writes has the new ring, the old keys can
    /// leave it. To begin again costs reading the beginning of each object.
    ///
    /// # Errors
    /// `Unsupported` on a store without preconditions; `Corrupt` for an object that cannot be opened, at which it ends.
    pub async fn rotate(&self, cx: &Context) -> Result<RotatedObjects> {
        if !self.inner.capabilities().preconditions {
            let message = "objects can be encrypted anew only where a put can ask that they did not change";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let (mut rotated, mut cursor) = (RotatedObjects::default(), None);
        loop {
            let page = self.inner.list(cx, ListOptions { cursor, ..ListOptions::default() }).await?;
            for info in page.objects {
                rotated.objects += 1;
                rotated.rewritten += u64::from(self.rewrite(cx, &info).await?);
            }
            match page.cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(rotated),
            }
        }
    }

    /// Encrypts an object anew if it has to be; whether it did.
    async fn rewrite(&self, cx: &Context, info: &ObjectInfo) -> Result<bool> {
        let header = GetOptions { range: Range::Between(0, HEADER), ..GetOptions::default() };
        let Some(Got::Object(object)) = self.inner.get(cx, &info.key, header).await? else {
            return Ok(false);
        };
        let same = Precondition::Match(vec![object.info.etag.clone()]);
        if !self.is_old(&take(&mut BodyReader::new(object.body), HEADER).await?)? {
            return Ok(false);
        }
        let options = CopyOptions { source: same.clone(), destination: same };
        match self.copy(cx, &info.key, &info.key, options).await {
            Ok(_) => Ok(true),
            // Somebody replaced or deleted it, with the active key.
            Err(error) if matches!(error.kind(), ErrorKind::PreconditionFailed | ErrorKind::NotFound) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
