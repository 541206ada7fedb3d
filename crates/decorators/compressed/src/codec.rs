//! Values into frames, and back.

use bytes::Bytes;
use credenza_core::semantics::number;
use credenza_core::{Error, ErrorKind, Result};
use zstd::zstd_safe;

use crate::config::{CompressedConfig, Method};
use crate::contexts::{Compressors, Decompressors};
use crate::dictionary::Dictionary;
use crate::frame::{self, Coding, ESCAPE, Frame, Stored, damaged};
use crate::pass;

/// LZ4 expands no byte to more than this: what claims to be longer is not true.
const LZ4_RATIO: usize = 256;

/// Zstandard has lower levels still, which shrink hardly anything.
const LEVELS: std::ops::RangeInclusive<i32> = -7..=22;

/// Compresses, and decompresses whatever was compressed.
#[derive(Debug)]
pub(crate) struct Codec {
    compressor: Compressor,
    coding: Coding,
    min_size: usize,
    min_gain: u8,
    max_size: usize,
    plain: Decompressors,
    dictionaries: Vec<(u32, Decompressors)>,
}

/// Compresses by one method.
#[derive(Debug)]
pub(crate) enum Compressor {
    Zstd(Compressors),
    Lz4,
}

impl Compressor {
    pub(crate) fn new(method: Method, dictionary: Option<&Dictionary>) -> Result<Compressor> {
        match method {
            Method::Zstd { level } if !LEVELS.contains(&level) => {
                Err(Error::invalid("a level of Zstandard is from -7 to 22"))
            }
            Method::Zstd { level } => {
                let dictionary = dictionary.map_or(&[][..], Dictionary::as_bytes);
                Ok(Compressor::Zstd(Compressors::new(level, dictionary)))
            }
            Method::Lz4 if dictionary.is_some() => Err(Error::invalid("LZ4 takes no dictionary")),
            Method::Lz4 => Ok(Compressor::Lz4),
        }
    }

    /// Gives what was compressed to `then`, if it has at most `most` bytes.
    pub(crate) fn compress<T>(
        &self,
        value: &[u8],
        most: usize,
        then: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>> {
        match self {
            Compressor::Zstd(compressors) => compressors.compress(value, most, then),
            Compressor::Lz4 => {
                let compressed = lz4_flex::block::compress(value);
                Ok((compressed.len() <= most).then(|| then(&compressed)))
            }
        }
    }
}

/// What became of a block of LZ4, of exactly this length; `None` if that is not what is there.
pub(crate) fn lz4(compressed: &[u8], length: usize) -> Option<Vec<u8>> {
    if length / LZ4_RATIO > compressed.len() {
        return None;
    }
    let mut value = vec![0; length];
    let written = lz4_flex::block::decompress_into(compressed, &mut value);
    written.is_ok_and(|written| written == length).then_some(value)
}

/// How long what was compressed may be, if it is to be smaller by `gain` hundredths, and smaller at all.
pub(crate) fn most(length: usize, gain: u8) -> usize {
    let gained = (length as u64 * u64::from(gain) / 100) as usize;
    length.saturating_sub(gained.max(1))
}

/// A gain that something may have.
pub(crate) fn checked_gain(gain: u8) -> Result<u8> {
    if gain < 100 { Ok(gain) } else { Err(Error::invalid("nothing becomes smaller by 100 hundredths")) }
}

impl Codec {
    pub(crate) fn new(config: &CompressedConfig) -> Result<Codec> {
        let compressor = Compressor::new(config.method, config.active.as_ref())?;
        let coding = match config.method {
            Method::Zstd { .. } => Coding::Zstd,
            Method::Lz4 => Coding::Lz4,
        };
        let mut dictionaries: Vec<(u32, Decompressors)> = Vec::new();
        for dictionary in config.active.iter().chain(&config.old) {
            if dictionaries.iter().any(|(id, _)| *id == dictionary.id()) {
                return Err(Error::invalid(format!("the dictionary {} is given twice", dictionary.id())));
            }
            dictionaries.push((dictionary.id(), Decompressors::new(dictionary.as_bytes())));
        }
        Ok(Codec {
            compressor,
            coding,
            min_size: config.min_size,
            min_gain: checked_gain(config.min_gain)?,
            max_size: config.max_size,
            plain: Decompressors::new(&[]),
            dictionaries,
        })
    }

    pub(crate) fn max_size(&self) -> usize {
        self.max_size
    }

    pub(crate) fn encode(&self, value: &Bytes) -> Result<Bytes> {
        let tries = value.len() >= self.min_size && !pass::is_compressed(value);
        // A number stays as it is, so that commands still count with it.
        if tries && !number::is_number(value) {
            let most = most(value.len(), self.min_gain);
            let framed = |compressed: &[u8]| frame::write(self.coding, value, compressed);
            let frame = self.compressor.compress(value, most, framed)?;
            if let Some(frame) = frame.filter(|frame| frame.len() <= most) {
                return Ok(frame.into());
            }
        }
        Ok(if frame::looks_like_one(value) { [&ESCAPE, &value[..]].concat().into() } else { value.clone() })
    }

    pub(crate) fn decode(&self, stored: &Bytes) -> Result<Bytes> {
        let frame = match frame::read(stored)? {
            Stored::Plain(from) => return Ok(stored.slice(from..)),
            Stored::Frame(frame) => frame,
        };
        if frame.length > self.max_size {
            let (length, most) = (frame.length, self.max_size);
            let message = format!("a value that was compressed has {length} bytes; the limit is {most}");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        let value = self.decompress(&frame)?.ok_or_else(damaged)?;
        if frame::checksum(&value) != frame.checksum {
            return Err(damaged());
        }
        Ok(value.into())
    }

    /// The value, of exactly the length that the frame names; `None` if that is not what is there.
    fn decompress(&self, frame: &Frame<'_>) -> Result<Option<Vec<u8>>> {
        match frame.coding {
            Coding::Zstd => {
                let id = zstd_safe::get_dict_id_from_frame(frame.compressed).map_or(0, |id| id.get());
                let with = match self.dictionaries.iter().find(|(known, _)| *known == id) {
                    Some((_, with)) => with,
                    None if id == 0 => &self.plain,
                    None => {
                        let message =
                            format!("a value was compressed with dictionary {id}, which is not given");
                        return Err(Error::new(ErrorKind::Corrupt, message));
                    }
                };
                with.decompress(frame.compressed, frame.length)
            }
            Coding::Lz4 => Ok(lz4(frame.compressed, frame.length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(method: Method) -> Codec {
        Codec::new(&CompressedConfig { method, ..CompressedConfig::default() }).unwrap()
    }

    fn both() -> [Codec; 2] {
        [codec(Method::default()), codec(Method::Lz4)]
    }

    fn text(length: usize) -> Bytes {
        b"one and two and three; ".iter().copied().cycle().take(length).collect()
    }

    #[test]
    fn whatever_goes_in_comes_out() {
        for codec in both() {
            for value in [
                Bytes::new(),
                Bytes::from_static(b"short"),
                text(255),
                text(256),
                text(5 << 20),
                Bytes::from_static(&[0; 100_000]),
                Bytes::from_static(&ESCAPE),
                Bytes::from_static(&[0xFF, b'C', b'Z']),
                [&[0xFF, b'C', b'Z'], &text(1000)[..]].concat().into(),
            ] {
                let stored = codec.encode(&value).unwrap();
                assert!(stored.len() <= value.len() + ESCAPE.len());
                assert_eq!(codec.decode(&stored).unwrap(), value);
                for other in both() {
                    assert_eq!(other.decode(&stored).unwrap(), value, "whoever wrote it");
                }
            }
            assert!(codec.encode(&text(4096)).unwrap().len() < 400);
        }
    }

    #[test]
    fn what_gains_nothing_is_stored_as_it_is() {
        let codec = codec(Method::default());
        let mut noise = vec![0; 4096];
        let mut state = 7_u64;
        for byte in &mut noise {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (state >> 56) as u8;
        }
        for value in [text(255), noise.into(), [&[0x1F, 0x8B], &text(1000)[..]].concat().into()] {
            let stored = codec.encode(&value).unwrap();
            assert_eq!(stored.as_ptr(), value.as_ptr(), "not even copied");
        }
        let number = Bytes::from("1".repeat(1000));
        assert_eq!(codec.encode(&number).unwrap(), number);
    }

    #[test]
    fn no_bit_can_be_changed_and_no_byte_left_out() {
        for codec in both() {
            let value = text(1000);
            let stored = codec.encode(&value).unwrap();
            for bit in 8 * 3..stored.len() * 8 {
                let mut changed = stored.to_vec();
                changed[bit / 8] ^= 1 << (bit % 8);
                match codec.decode(&changed.into()) {
                    Err(error) => assert!(matches!(
                        error.kind(),
                        ErrorKind::Corrupt | ErrorKind::NewerFormat | ErrorKind::LimitExceeded
                    )),
                    // Method 0: the rest, as if it had been escaped; or a bit that the compressor does not read.
                    Ok(read) => assert!(bit / 8 == 3 || read == value, "bit {bit}"),
                }
            }
            for length in 3..stored.len() {
                assert!(codec.decode(&stored.slice(..length)).is_err(), "{length} bytes");
            }
        }
    }

    #[test]
    fn what_claims_to_be_too_long_is_not_decompressed() {
        for codec in both() {
            // One that says that it is longer than the limit, and one that is longer than it says.
            let long = frame::write(Coding::Zstd, &vec![0; 65 << 20], b"");
            let error = codec.decode(&long.into()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            let honest = codec.encode(&Bytes::from(vec![0; 1 << 20])).unwrap();
            let Stored::Frame(inside) = frame::read(&honest).unwrap() else { panic!("it was compressed") };
            let lie = frame::write(inside.coding, &[0; 1000], inside.compressed);
            assert_eq!(codec.decode(&lie.into()).unwrap_err().kind(), ErrorKind::Corrupt);
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let samples: Vec<String> = (0..1000).map(|n| format!("{{\"id\":{n},\"name\":\"a{n}\"}}")).collect();
        let dictionary = Dictionary::train(&samples, 1024).unwrap();
        let with = || CompressedConfig::with_dictionary(dictionary.clone());
        for config in [
            CompressedConfig { method: Method::Zstd { level: 23 }, ..CompressedConfig::default() },
            CompressedConfig { min_gain: 100, ..CompressedConfig::default() },
            CompressedConfig { method: Method::Lz4, ..with() },
            with().and_old(dictionary.clone()),
        ] {
            assert_eq!(Codec::new(&config).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        assert!(Dictionary::new(&b"no dictionary"[..]).is_err());
        assert!(Dictionary::train(&["a"], 1024).is_err());
        let again = Dictionary::new(dictionary.as_bytes()).unwrap();
        assert_eq!(again.id(), dictionary.id());
        assert!(!format!("{again:?}").contains("name"));
    }
}
