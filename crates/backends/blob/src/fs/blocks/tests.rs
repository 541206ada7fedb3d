use std::io::{Seek, SeekFrom};

use credenza_core::ErrorKind;

use super::*;

const SEED: u64 = 42;

/// Content in which no two blocks are alike.
fn content(size: u64) -> Vec<u8> {
    let words = (0..8_192_u64).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    let part: Vec<u8> = words.collect();
    let mut content = Vec::with_capacity(size as usize);
    while (content.len() as u64) < size {
        let at = content.len();
        content.extend_from_slice(&part);
        content[at..at + 8].copy_from_slice(&(at as u64).to_le_bytes());
    }
    content.truncate(size as usize);
    content
}

fn written(content: &[u8], piece: usize) -> File {
    let mut writer = ContentWriter::new(tempfile::tempfile().unwrap(), SEED);
    for piece in content.chunks(piece) {
        writer.write(piece).unwrap();
    }
    writer.finish().unwrap()
}

/// Both ways of reading, which must agree.
fn read(file: &File, size: u64, range: Range<u64>, about: u64) -> Result<Vec<u8>> {
    let waiting = read_by(file, size, range.clone(), |reader| reader.read(about));
    let cached = read_by(file, size, range, |reader| match reader.read_cached(about)? {
        Some(piece) => Ok(piece),
        // What was just written is in memory, but not every system tells.
        None => reader.read(about),
    });
    match (waiting, cached) {
        (Ok(waiting), Ok(cached)) => {
            assert!(waiting == cached);
            Ok(cached)
        }
        (Err(waiting), Err(cached)) => {
            assert_eq!(waiting.to_string(), cached.to_string());
            Err(cached)
        }
        (waiting, cached) => panic!("{:?}, {:?}", waiting.map(|it| it.len()), cached.map(|it| it.len())),
    }
}

fn read_by(
    file: &File,
    size: u64,
    range: Range<u64>,
    mut next: impl FnMut(&mut ContentReader) -> Result<Bytes>,
) -> Result<Vec<u8>> {
    let mut reader = ContentReader::new(file.try_clone().unwrap(), size, SEED, range);
    let mut all = Vec::new();
    while !reader.is_at_end() {
        let piece = next(&mut reader)?;
        assert!(!piece.is_empty());
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

#[test]
fn any_range_of_any_size_is_read_back() {
    let sizes = [1, 2, 4_096, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 1_000_000, 1 << 20];
    for size in sizes {
        let content = content(size);
        for piece in [content.len(), 1 + content.len() / 3, 100_000, 7_777] {
            let file = written(&content, piece);
            let ends = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, size / 2, size - 1, size];
            for start in ends {
                for end in ends.into_iter().filter(|end| start <= *end && *end <= size) {
                    let found = read(&file, size, start..end, 256 << 10).unwrap();
                    assert_eq!(found, content[start as usize..end as usize], "{start}..{end} of {size}");
                }
            }
        }
    }
}

#[test]
fn more_than_one_group() {
    let size = GROUP + BLOCK + 5;
    let content = content(size);
    let file = written(&content, 5 << 20);
    assert_eq!(file.metadata().unwrap().len(), size + (BLOCKS + 1 + 2 + 1) * SUM);
    for range in [0..size, GROUP - 3..GROUP + 3, GROUP..size, size - 1..size, GROUP - BLOCK..GROUP] {
        let found = read(&file, size, range.clone(), 1 << 20).unwrap();
        assert!(found == content[range.start as usize..range.end as usize], "{range:?}");
    }
    // A group that is exactly full has no empty one after it.
    let file = written(&content[..GROUP as usize], 5 << 20);
    assert_eq!(file.metadata().unwrap().len(), GROUP + (BLOCKS + 1) * SUM);
    assert!(read(&file, GROUP, 0..GROUP, 1 << 20).unwrap() == content[..GROUP as usize]);
}

#[test]
fn damage_anywhere_is_found_by_whoever_reads_there() {
    let size = 3 * BLOCK + 100;
    let content = content(size);
    let whole = size + 5 * SUM;
    for at in [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 99, size, size + SUM, whole - 1] {
        let mut file = written(&content, content.len());
        assert_eq!(file.metadata().unwrap().len(), whole);
        let byte = read_at(&file, at, 1).unwrap().unwrap()[0];
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&[byte ^ 1]).unwrap();
        let error = read(&file, size, 0..size, 1 << 20).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "byte {at}");
        if at < BLOCK {
            assert!(read(&file, size, BLOCK..size, 1 << 20).is_ok(), "what is not damaged can be read");
        }
    }
    for length in [0, 1, BLOCK, size - 1, size, whole - 1] {
        let file = written(&content, content.len());
        file.set_len(length).unwrap();
        assert_eq!(read(&file, size, 0..size, 1 << 20).unwrap_err().kind(), ErrorKind::Corrupt);
    }
    // The file of another object, of the same size.
    let file = written(&content, content.len());
    let mut reader = ContentReader::new(file, size, SEED + 1, 0..size);
    assert_eq!(reader.read(1).unwrap_err().kind(), ErrorKind::Corrupt);
}
