//! Names that are drawn: of content files, of versions of objects, of stores.

use std::fmt;

use credenza_core::Random;

/// 128 bits, drawn once and never again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(u128);

impl Id {
    pub(super) fn draw(random: &dyn Random) -> Id {
        Id(u128::from(random.next_u64()) << 64 | u128::from(random.next_u64()))
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    pub(super) fn from_bytes(bytes: [u8; 16]) -> Id {
        Id(u128::from_be_bytes(bytes))
    }

    /// The id of 32 hexadecimal digits in lower case, and of nothing else.
    pub(super) fn parse(text: &str) -> Option<Id> {
        let digits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        digits.then(|| u128::from_str_radix(text, 16).ok().map(Id)).flatten()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}
