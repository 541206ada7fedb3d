//! How a content file is laid out, so that any part of it can be verified by itself.
//!
//! A file is a sequence of groups; a group is up to 1,024 blocks of 128 KiB of content and then its table: the
//! checksum of each block, and one of the table. All checksums are XXH3 of 128 bits with the seed in the object's
//! record, so that the content of one file is not taken for that of another. A file of up to 128 MiB is its content
//! and a table. Whoever writes or reads holds one table, of 16 KiB at most, whatever the size.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

use bytes::Bytes;
use credenza_core::{Error, Result};
use twox_hash::XxHash3_128;

use super::error::{corrupt, storage};

const BLOCK: u64 = 128 << 10;
const BLOCKS: u64 = 1_024;
const GROUP: u64 = BLOCK * BLOCKS;
const SUM: u64 = 16;

/// Writes a content file.
pub(super) struct ContentWriter {
    file: File,
    seed: u64,
    group: u64,
    /// Bytes of content in the group.
    filled: u64,
    table: Vec<u8>,
    block: XxHash3_128,
}

impl ContentWriter {
    pub(super) fn new(file: File, seed: u64) -> ContentWriter {
        let block = XxHash3_128::with_seed(seed);
        ContentWriter { file, seed, group: 0, filled: 0, table: Vec::new(), block }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn write(&mut self, mut content: &[u8]) -> io::Result<()> {
        while !content.is_empty() {
            let room = usize::try_from(GROUP - self.filled).unwrap_or(usize::MAX);
            let (now, rest) = content.split_at(room.min(content.len()));
            self.file.write_all(now)?;
            self.sum(now);
            if self.filled == GROUP {
                self.end_group()?;
            }
            content = rest;
        }
        Ok(())
    }

    /// Writes what belongs after the content.
    pub(super) fn finish(mut self) -> io::Result<File> {
        if self.filled > 0 {
            self.end_group()?;
        }
        Ok(self.file)
    }

    fn sum(&mut self, mut content: &[u8]) {
        while !content.is_empty() {
            let in_block = self.filled % BLOCK;
            let (now, rest) = content.split_at(content.len().min((BLOCK - in_block) as usize));
            self.filled += now.len() as u64;
            if now.len() as u64 == BLOCK {
                self.table.extend_from_slice(&sum(self.seed, now));
            } else {
                self.block.write(now);
                if self.filled.is_multiple_of(BLOCK) {
                    self.end_block();
                }
            }
            content = rest;
        }
    }

    fn end_block(&mut self) {
        let block = std::mem::replace(&mut self.block, XxHash3_128::with_seed(self.seed));
        self.table.extend_from_slice(&block.finish_128().to_le_bytes());
    }

    fn end_group(&mut self) -> io::Result<()> {
        if !self.filled.is_multiple_of(BLOCK) {
            self.end_block();
        }
        let sum = sum(table_seed(self.seed, self.group), &self.table);
        self.table.extend_from_slice(&sum);
        self.file.write_all(&self.table)?;
        self.table.clear();
        self.group += 1;
        self.filled = 0;
        Ok(())
    }
}

/// Reads a part of a content file, and verifies what it reads.
#[derive(Debug)]
pub(super) struct ContentReader {
    file: File,
    size: u64,
    seed: u64,
    /// What is still to be read.
    range: Range<u64>,
    /// The group whose table is held, and the table.
    table: Option<(u64, Vec<u8>)>,
}

impl ContentReader {
    pub(super) fn new(file: File, size: u64, seed: u64, range: Range<u64>) -> ContentReader {
        ContentReader { file, size, seed, range, table: None }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.range.is_empty()
    }

    /// The next piece, of about that many bytes. Waits for the disk.
    pub(super) fn read(&mut self, about: u64) -> Result<Bytes> {
        let piece = self.read_by(about, read_at)?;
        piece.ok_or_else(|| Error::internal("a read that waits did not"))
    }

    /// The next piece if the system has it in memory; `None` if it would have to be waited for.
    pub(super) fn read_cached(&mut self, about: u64) -> Result<Option<Bytes>> {
        self.read_by(about, read_cached_at)
    }

    fn read_by(&mut self, about: u64, read: ReadAt) -> Result<Option<Bytes>> {
        let Range { start, end } = self.range;
        let group = start / GROUP;
        let base = group * GROUP;
        let group_end = (base + GROUP).min(self.size);
        let first = start / BLOCK * BLOCK;
        let wanted = start.saturating_add(about).min(end);
        let last = wanted.div_ceil(BLOCK).saturating_mul(BLOCK).min(group_end);
        let place = base + group * (BLOCKS + 1) * SUM;
        if self.table.as_ref().is_none_or(|(held, _)| *held != group) {
            let length = group_end - base;
            let Some(table) = self.read_table(group, place + length, length, read)? else { return Ok(None) };
            self.table = Some((group, table));
        }
        let Some(content) = read(&self.file, place + (first - base), (last - first) as usize)? else {
            return Ok(None);
        };
        self.verify(&content, (first - base) / BLOCK)?;
        let piece_end = last.min(end);
        self.range.start = piece_end;
        Ok(Some(Bytes::from(content).slice((start - first) as usize..(piece_end - first) as usize)))
    }

    fn read_table(&self, group: u64, place: u64, content: u64, read: ReadAt) -> Result<Option<Vec<u8>>> {
        let length = content.div_ceil(BLOCK) * SUM;
        let Some(mut table) = read(&self.file, place, (length + SUM) as usize)? else { return Ok(None) };
        let expected = table.split_off(length as usize);
        match sum(table_seed(self.seed, group), &table) == expected[..] {
            true => Ok(Some(table)),
            false => Err(corrupt("the checksums of the content are damaged")),
        }
    }

    fn verify(&self, content: &[u8], first_block: u64) -> Result<()> {
        let table = self.table.as_ref().map_or(&[][..], |(_, table)| table);
        let sums = table.chunks_exact(SUM as usize).skip(first_block as usize);
        let blocks = content.chunks(BLOCK as usize);
        match blocks.len() <= sums.len() && blocks.zip(sums).all(|(block, it)| sum(self.seed, block) == *it) {
            true => Ok(()),
            false => Err(corrupt("the content is not what was put")),
        }
    }
}

fn sum(seed: u64, bytes: &[u8]) -> [u8; SUM as usize] {
    XxHash3_128::oneshot_with_seed(seed, bytes).to_le_bytes()
}

/// Tables of different groups are not taken for one another.
fn table_seed(seed: u64, group: u64) -> u64 {
    seed ^ (group + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Reads exactly so many bytes at a place; `None` if that would have to wait and must not.
type ReadAt = fn(&File, u64, usize) -> Result<Option<Vec<u8>>>;

fn read_at(file: &File, place: u64, length: usize) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(length);
    fill(file, place, length, &mut bytes).map_err(storage)?;
    match bytes.len() == length {
        true => Ok(Some(bytes)),
        false => Err(corrupt("the file of the content is cut short")),
    }
}

/// What is wrong, if anything is, the read that waits finds out.
#[cfg(target_os = "linux")]
fn read_cached_at(file: &File, place: u64, length: usize) -> Result<Option<Vec<u8>>> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};

    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let rest = &mut [io::IoSliceMut::new(rest)];
        match preadv2(file, rest, place + filled as u64, ReadWriteFlags::NOWAIT) {
            Ok(0) => return Ok(None),
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(bytes))
}

#[cfg(not(target_os = "linux"))]
fn read_cached_at(_: &File, _: u64, _: usize) -> Result<Option<Vec<u8>>> {
    Ok(None)
}

/// Reads up to `length` bytes into memory that was not cleared before, which would cost as much as the reading.
#[cfg(unix)]
fn fill(file: &File, place: u64, length: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    while bytes.len() < length {
        let from = place + bytes.len() as u64;
        match rustix::io::pread(file, rustix::buffer::spare_capacity(bytes), from) {
            Ok(0) => break,
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // There may have been more room than was asked for.
    bytes.truncate(length);
    Ok(())
}

#[cfg(not(unix))]
fn fill(mut file: &File, place: u64, length: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};

    file.seek(SeekFrom::Start(place))?;
    file.take(length as u64).read_to_end(bytes).map(drop)
}

#[cfg(test)]
#[path = "blocks/tests.rs"]
mod tests;
