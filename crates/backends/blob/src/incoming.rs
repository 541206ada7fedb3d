//! A body on its way in.

use bytes::Bytes;
use credenza_core::blob::{BlobLimits, Body};
use credenza_core::{Context, Error, Result};

use crate::check;

/// A body that is held to its announced length, to the limits and to a deadline, piece by piece.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    cx: &'a Context,
    limits: &'a BlobLimits,
    body: Body,
    announced: Option<u64>,
    size: u64,
}

impl<'a> Incoming<'a> {
    /// Refuses a body that announces too much.
    pub(crate) fn new(cx: &'a Context, limits: &'a BlobLimits, body: Body) -> Result<Incoming<'a>> {
        let announced = body.length();
        check::size(limits, announced.unwrap_or(0))?;
        Ok(Incoming { cx, limits, body, announced, size: 0 })
    }

    /// How many bytes there were.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The next piece, never an empty one; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            check::deadline(self.cx)?;
            let Some(piece) = self.body.next().await? else { break };
            self.size += piece.len() as u64;
            if self.announced.is_some_and(|announced| self.size > announced) {
                return Err(Error::invalid("the content is longer than was announced"));
            }
            check::size(self.limits, self.size)?;
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
        match self.announced {
            Some(announced) if self.size < announced => {
                Err(Error::invalid("the content is shorter than was announced"))
            }
            _ => Ok(None),
        }
    }
}

/// Fails unless the content has the MD5 that was announced.
pub(crate) fn check_md5(announced: Option<[u8; 16]>, actual: [u8; 16]) -> Result<()> {
    match announced {
        Some(announced) if announced != actual => {
            Err(Error::invalid("the MD5 of the content is not the one that was announced"))
        }
        _ => Ok(()),
    }
}
