//! What the index knows of an object, as bytes.

use credenza_core::blob::{BlobKey, ETag, ObjectInfo, PutOptions};
use credenza_core::{Error, ErrorKind, Result};
use twox_hash::XxHash3_128;

use super::error::corrupt;
use super::id::Id;

/// The first byte of a record.
const FORMAT: u8 = 1;
/// The bytes of a checksum.
const SUM: usize = 16;
/// Stands for a header that was not given.
const NONE: u32 = u32::MAX;

/// What the index knows of an object.
///
/// ```text
/// format: 1 byte   place: 1 byte   id: 16   size: 8   md5: 16   uploaded: 8
/// checksum of the content: 16, or the seed of the file's checksums: 8
/// five headers: length and text each   names: 4, length and text each, in pairs   checksum of all this: 16
/// ```
/// All numbers are little-endian; a length has 4 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Of this version of the object, and of its file.
    pub(super) id: Id,
    pub(super) place: Place,
    pub(super) md5: [u8; 16],
    /// Without the key.
    pub(super) head: Head,
}

/// Where the content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the index; with its checksum.
    Index(u128),
    /// In the file named by the id; with the seed of its checksums.
    File(u64),
}

/// What readers are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) size: u64,
    pub(super) uploaded: i64,
    pub(super) headers: [Option<String>; 5],
    pub(super) metadata: Vec<(String, String)>,
}

impl Head {
    pub(super) fn new(size: u64, uploaded: i64, options: PutOptions) -> Head {
        let headers = [
            options.content_type,
            options.content_encoding,
            options.content_language,
            options.content_disposition,
            options.cache_control,
        ];
        Head { size, uploaded, headers, metadata: options.metadata.into_iter().collect() }
    }
}

impl Record {
    pub(super) fn etag(&self) -> ETag {
        ETag::of_md5(self.md5)
    }

    pub(super) fn into_info(self, key: BlobKey) -> ObjectInfo {
        let mut info = ObjectInfo::new(key, self.head.size, ETag::of_md5(self.md5), self.head.uploaded);
        let [content_type, encoding, language, disposition, cache_control] = self.head.headers;
        info.content_type = content_type;
        info.content_encoding = encoding;
        info.content_language = language;
        info.content_disposition = disposition;
        info.cache_control = cache_control;
        info.metadata = self.head.metadata.into_iter().collect();
        info
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160);
        out.extend_from_slice(&[FORMAT, matches!(self.place, Place::File(_)).into()]);
        out.extend_from_slice(&self.id.to_bytes());
        out.extend_from_slice(&self.head.size.to_le_bytes());
        out.extend_from_slice(&self.md5);
        out.extend_from_slice(&self.head.uploaded.to_le_bytes());
        match self.place {
            Place::Index(sum) => out.extend_from_slice(&sum.to_le_bytes()),
            Place::File(seed) => out.extend_from_slice(&seed.to_le_bytes()),
        }
        for header in &self.head.headers {
            match header {
                Some(header) => put_text(&mut out, header),
                None => out.extend_from_slice(&NONE.to_le_bytes()),
            }
        }
        out.extend_from_slice(&(self.head.metadata.len() as u32).to_le_bytes());
        for (name, value) in &self.head.metadata {
            put_text(&mut out, name);
            put_text(&mut out, value);
        }
        let sum = XxHash3_128::oneshot(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    /// Reads a record, the whole of these bytes.
    pub(super) fn decode(bytes: &[u8]) -> Result<Record> {
        match bytes.first() {
            Some(&FORMAT) => {}
            Some(format) if *format > FORMAT => {
                return Err(Error::new(ErrorKind::NewerFormat, "the object was put by a newer version"));
            }
            _ => return Err(damaged()),
        }
        let (bytes, sum) = bytes.split_last_chunk::<SUM>().ok_or_else(damaged)?;
        if XxHash3_128::oneshot(bytes) != u128::from_le_bytes(*sum) {
            return Err(damaged());
        }
        // The checksum holds, so only a defect could make the rest fail.
        read(bytes).ok_or_else(damaged)
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn read(bytes: &[u8]) -> Option<Record> {
    let [_, place, rest @ ..] = bytes else { return None };
    let rest = &mut &rest[..];
    let id = Id::from_bytes(take(rest)?);
    let size = u64::from_le_bytes(take(rest)?);
    let md5 = take(rest)?;
    let uploaded = i64::from_le_bytes(take(rest)?);
    let place = match place {
        0 => Place::Index(u128::from_le_bytes(take(rest)?)),
        1 => Place::File(u64::from_le_bytes(take(rest)?)),
        _ => return None,
    };
    let mut headers = [const { None }; 5];
    for header in &mut headers {
        *header = take_text(rest)?;
    }
    let mut metadata = Vec::new();
    for _ in 0..u32::from_le_bytes(take(rest)?) {
        metadata.push((take_text(rest)??, take_text(rest)??));
    }
    let head = Head { size, uploaded, headers, metadata };
    rest.is_empty().then_some(Record { id, place, md5, head })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

/// `Some(None)` for a text that was not given.
fn take_text(bytes: &mut &[u8]) -> Option<Option<String>> {
    let length = u32::from_le_bytes(take(bytes)?);
    if length == NONE {
        return Some(None);
    }
    let (text, rest) = bytes.split_at_checked(length as usize)?;
    *bytes = rest;
    Some(Some(String::from_utf8(text.to_vec()).ok()?))
}

fn damaged() -> Error {
    corrupt("what the index has of the object is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            id: Id::from_bytes([7; 16]),
            place: Place::File(u64::MAX),
            md5: [9; 16],
            head: Head {
                size: 1 << 50,
                uploaded: -5,
                headers: [
                    Some("text/plain".into()),
                    None,
                    Some(String::new()),
                    None,
                    Some("no-store".into()),
                ],
                metadata: vec![("a".into(), String::new()), ("кот".into(), "x\0y".into())],
            },
        }
    }

    #[test]
    fn a_record_is_read_back() {
        let mut record = record();
        assert_eq!(Record::decode(&record.encode()).unwrap(), record);
        record.place = Place::Index(u128::MAX);
        assert_eq!(Record::decode(&record.encode()).unwrap(), record);
    }

    #[test]
    fn a_record_with_any_bit_changed_or_cut_is_refused() {
        let good = record().encode();
        for at in 0..good.len() {
            assert!(Record::decode(&good[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert!(Record::decode(&bad).is_err(), "bit {bit} of byte {at}");
            }
        }
        let mut newer = good;
        newer[0] = FORMAT + 1;
        assert_eq!(Record::decode(&newer).unwrap_err().kind(), ErrorKind::NewerFormat);
    }
}
