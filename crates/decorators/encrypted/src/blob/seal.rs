//! Contents on their way into a store.

use bytes::{Bytes, BytesMut};
use credenza_core::blob::{Body, BodyReader};
use credenza_core::{Error, Result};
use futures_util::stream;
use md5::{Digest, Md5};

use super::cipher::ObjectCipher;
use super::format::{self, BLOCK, SEALED};

/// The encrypted form of a content. If an MD5 is given and is not that of the content, it ends with an error.
pub(crate) fn seal(body: Body, header: Bytes, cipher: ObjectCipher, md5: Option<[u8; 16]>) -> Result<Body> {
    let stored = match body.length() {
        Some(length) => Some(format::stored(length).ok_or_else(|| Error::invalid("no object is so large"))?),
        None => None,
    };
    let small = stored.is_some_and(|stored| stored <= format::start(1));
    let body = if small {
        match body.try_into_bytes() {
            Ok(bytes) => return whole(&bytes, &header, &cipher, md5),
            Err(body) => body,
        }
    } else {
        body
    };
    let digest = md5.map(|md5| (Md5::new(), md5));
    let sealing =
        Sealing { body: BodyReader::new(body), header: Some(header), cipher, block: 0, digest, over: false };
    let pieces = stream::try_unfold(sealing, |mut sealing| async move {
        Ok(sealing.next().await?.map(|piece| (piece, sealing)))
    });
    Ok(Body::stream(pieces, stored))
}

/// A content of one block that is there.
fn whole(bytes: &[u8], header: &[u8], cipher: &ObjectCipher, md5: Option<[u8; 16]>) -> Result<Body> {
    if md5.is_some_and(|md5| md5 != <[u8; 16]>::from(Md5::digest(bytes))) {
        return Err(other_md5());
    }
    let mut text = BytesMut::from(bytes);
    cipher.seal(0, true, &mut text)?;
    Ok([header, &text[..]].concat().into())
}

struct Sealing {
    body: BodyReader,
    header: Option<Bytes>,
    cipher: ObjectCipher,
    block: u64,
    digest: Option<(Md5, [u8; 16])>,
    over: bool,
}

impl Sealing {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        if let Some(header) = self.header.take() {
            return Ok(Some(header));
        }
        if self.over {
            return Ok(None);
        }
        let mut text = BytesMut::with_capacity(SEALED as usize);
        self.body.fill(&mut text, BLOCK as usize).await?;
        // The last block is marked, so it must be known that nothing comes after it.
        self.over = self.body.is_at_end().await?;
        if let Some((digest, _)) = &mut self.digest {
            digest.update(&text);
        }
        if self.over
            && let Some((digest, md5)) = self.digest.take()
            && md5 != <[u8; 16]>::from(digest.finalize())
        {
            return Err(other_md5());
        }
        self.cipher.seal(self.block, self.over, &mut text)?;
        self.block += 1;
        Ok(Some(text.freeze()))
    }
}

fn other_md5() -> Error {
    Error::invalid("the content does not have the MD5 that was announced")
}
