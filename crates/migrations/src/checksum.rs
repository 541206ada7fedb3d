//! What tells whether a step was changed.

use std::fmt;
use std::str::FromStr;

use credenza_core::{Error, Result};
use sha2::{Digest, Sha256};

/// The SHA-256 of a step's text, as 64 hexadecimal digits.
///
/// A line end is the same whether it is written as LF or as CRLF, so that a checkout on Windows gives the same
/// checksum. Nothing else is made equal.
///
/// ```
/// use credenza_migrations::Checksum;
///
/// assert_eq!(Checksum::of("SELECT 1;\n"), Checksum::of("SELECT 1;\r\n"));
/// assert_ne!(Checksum::of("SELECT 1;\n"), Checksum::of("SELECT 1;"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of a text.
    pub fn of(text: &str) -> Checksum {
        let mut hasher = Sha256::new();
        for (index, line) in text.split("\r\n").enumerate() {
            if index > 0 {
                hasher.update(b"\n");
            }
            hasher.update(line);
        }
        Checksum(hasher.finalize().into())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

impl FromStr for Checksum {
    type Err = Error;

    fn from_str(text: &str) -> Result<Checksum> {
        let invalid = || Error::invalid("a checksum has 64 hexadecimal digits");
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            let (high, low) = digit(*high).zip(digit(*low)).ok_or_else(invalid)?;
            *byte = (high << 4 | low) as u8;
        }
        Ok(Checksum(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sha_256_that_others_compute() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Checksum::of("abc").to_string(), abc);
        assert_eq!(abc.parse::<Checksum>().unwrap(), Checksum::of("abc"));
        for text in ["", "ba78", &abc[1..], &format!("{abc}0"), &abc.replace('b', "g"), &"é".repeat(32)] {
            assert!(text.parse::<Checksum>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_line_ends_are_equal() {
        assert_eq!(Checksum::of("a\r\nb\r\n"), Checksum::of("a\nb\n"));
        assert_ne!(Checksum::of("a\rb"), Checksum::of("a\nb"));
        assert_ne!(Checksum::of("a\r\r\nb"), Checksum::of("a\nb"));
        assert_ne!(Checksum::of("a \nb"), Checksum::of("a\nb"));
    }
}
