//! The Redis protocol, version 2: requests written, replies read.

use bytes::{Buf, Bytes, BytesMut};

/// A reply of a server.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A word: `OK`, the name of a type.
    Status(Bytes),
    /// A refusal, with its code first: `WRONGTYPE …`.
    Error(Bytes),
    Int(i64),
    Bulk(Bytes),
    Nil,
    Array(Vec<Frame>),
}

impl std::fmt::Debug for Frame {
    /// Without the bytes: they may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Frame::Status(word) => write!(f, "Status({} bytes)", word.len()),
            Frame::Error(_) => f.write_str("Error"),
            Frame::Int(number) => write!(f, "Int({number})"),
            Frame::Bulk(bytes) => write!(f, "Bulk({} bytes)", bytes.len()),
            Frame::Nil => f.write_str("Nil"),
            Frame::Array(items) => write!(f, "Array({} items)", items.len()),
        }
    }
}

/// What was read is not the Redis protocol.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// No reply is nested deeper: the deepest of Redis's own has three levels.
const DEPTH: usize = 16;
/// No string of a reply is longer.
const LONGEST: usize = 2 << 30;
/// A line is a number, a status or an error.
const LONGEST_LINE: usize = 64 << 10;
/// From so many bytes on a string is not copied out of what was read, and keeps that alive.
const WORTH_SHARING: usize = 16 << 10;

/// Reads replies as they come in, in pieces of any length; keeps what it has read of an array that is not complete.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    open: Vec<(usize, Vec<Frame>)>,
    /// So many bytes must be there before it is worth looking again.
    wanted: usize,
}

impl Parser {
    /// The next reply, if it is complete.
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Frame>, Malformed> {
        loop {
            let Some(mut frame) = self.element(input)? else { return Ok(None) };
            // What completes an array may complete the one around it, too.
            loop {
                let Some((left, items)) = self.open.last_mut() else { return Ok(Some(frame)) };
                items.push(frame);
                *left -= 1;
                if *left > 0 {
                    break;
                }
                frame = Frame::Array(self.open.pop().map(|(_, items)| items).unwrap_or_default());
            }
        }
    }

    /// How many bytes the string has yet that is being read.
    pub(crate) fn missing(&self, input: &BytesMut) -> usize {
        self.wanted.saturating_sub(input.len())
    }

    /// The next frame that is no array with something in it; such an array is opened instead.
    fn element(&mut self, input: &mut BytesMut) -> Result<Option<Frame>, Malformed> {
        loop {
            if input.len() < self.wanted {
                return Ok(None);
            }
            let Some(end) = line(input)? else { return Ok(None) };
            let kind = input[0];
            let text = &input[1..end];
            let after = end + 2;
            match kind {
                b'+' | b'-' => {
                    let text = Bytes::copy_from_slice(text);
                    input.advance(after);
                    return Ok(Some(if kind == b'+' { Frame::Status(text) } else { Frame::Error(text) }));
                }
                b':' => {
                    let number = integer(text)?;
                    input.advance(after);
                    return Ok(Some(Frame::Int(number)));
                }
                b'$' => {
                    let Some(len) = length(text)? else {
                        input.advance(after);
                        return Ok(Some(Frame::Nil));
                    };
                    if len > LONGEST {
                        return Err(Malformed);
                    }
                    if input.len() < after + len + 2 {
                        self.wanted = after + len + 2;
                        return Ok(None);
                    }
                    self.wanted = 0;
                    if &input[after + len..after + len + 2] != b"\r\n" {
                        return Err(Malformed);
                    }
                    let bytes = if len < WORTH_SHARING {
                        let bytes = Bytes::copy_from_slice(&input[after..after + len]);
                        input.advance(after + len + 2);
                        bytes
                    } else {
                        input.advance(after);
                        let bytes = input.split_to(len).freeze();
                        input.advance(2);
                        bytes
                    };
                    return Ok(Some(Frame::Bulk(bytes)));
                }
                b'*' => {
                    let len = length(text)?;
                    input.advance(after);
                    match len {
                        None => return Ok(Some(Frame::Nil)),
                        Some(0) => return Ok(Some(Frame::Array(Vec::new()))),
                        Some(_) if self.open.len() >= DEPTH => return Err(Malformed),
                        // A length is only announced: room is made for what comes.
                        Some(len) => self.open.push((len, Vec::with_capacity(len.min(1024)))),
                    }
                }
                _ => return Err(Malformed),
            }
        }
    }
}

/// Where the first line ends.
fn line(input: &[u8]) -> Result<Option<usize>, Malformed> {
    match input.iter().position(|byte| *byte == b'\r') {
        Some(0) => Err(Malformed),
        Some(end) if input.len() > end + 1 => {
            if input[end + 1] == b'\n' {
                Ok(Some(end))
            } else {
                Err(Malformed)
            }
        }
        None if input.len() > LONGEST_LINE => Err(Malformed),
        _ => Ok(None),
    }
}

fn integer(text: &[u8]) -> Result<i64, Malformed> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return Err(Malformed);
    }
    // Downwards, as the least number has no positive twin.
    let number = digits.iter().try_fold(0_i64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_sub(i64::from(digit))
    });
    let number = number.ok_or(Malformed)?;
    if negative { Ok(number) } else { number.checked_neg().ok_or(Malformed) }
}

/// The length of a string or an array; `None` for one that is not there.
fn length(text: &[u8]) -> Result<Option<usize>, Malformed> {
    match integer(text)? {
        -1 => Ok(None),
        len => usize::try_from(len).map(Some).map_err(|_| Malformed),
    }
}

/// Commands as they are sent: all at once, to one server.
#[derive(Default)]
pub(crate) struct Packet {
    bytes: Vec<u8>,
    commands: usize,
    /// Where the first command ends: before that much was sent, nothing was applied.
    first_end: usize,
}

impl Packet {
    /// One command.
    pub(crate) fn one<W: AsRef<[u8]>>(words: &[W]) -> Packet {
        let mut packet = Packet::default();
        packet.push(words);
        packet
    }

    /// Adds a command: its words, the name first.
    pub(crate) fn push<W: AsRef<[u8]>>(&mut self, words: &[W]) {
        let size = words.iter().map(|word| word.as_ref().len() + 16).sum::<usize>();
        self.bytes.reserve(size + 16);
        header(&mut self.bytes, b'*', words.len());
        for word in words {
            let word = word.as_ref();
            header(&mut self.bytes, b'$', word.len());
            self.bytes.extend_from_slice(word);
            self.bytes.extend_from_slice(b"\r\n");
        }
        if self.commands == 0 {
            self.first_end = self.bytes.len();
        }
        self.commands += 1;
    }

    /// Adds the commands of another packet.
    pub(crate) fn append(&mut self, other: &Packet) {
        if self.commands == 0 {
            self.first_end = other.first_end;
        }
        self.bytes.extend_from_slice(&other.bytes);
        self.commands += other.commands;
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn commands(&self) -> usize {
        self.commands
    }

    pub(crate) fn first_end(&self) -> usize {
        self.first_end
    }
}

fn header(out: &mut Vec<u8>, kind: u8, mut number: usize) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push(kind);
    out.extend_from_slice(&digits[at..]);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Frame {
        Frame::Bulk(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn replies_are_read_however_they_are_cut() {
        let text =
            b"+OK\r\n-ERR no\r\n:-12\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*1\r\n:1\r\n$0\r\n\r\n";
        let expected = [
            Frame::Status("OK".into()),
            Frame::Error("ERR no".into()),
            Frame::Int(-12),
            bulk("a\r\n"),
            Frame::Nil,
            Frame::Nil,
            Frame::Array(vec![]),
            Frame::Array(vec![Frame::Array(vec![Frame::Int(1)]), bulk("")]),
        ];
        for piece in 1..text.len() {
            let (mut parser, mut input, mut read) = (Parser::default(), BytesMut::new(), Vec::new());
            for piece in text.chunks(piece) {
                input.extend_from_slice(piece);
                while let Some(frame) = parser.next(&mut input).unwrap() {
                    read.push(frame);
                }
            }
            assert_eq!(read, expected, "pieces of {piece}");
            assert!(input.is_empty());
        }
    }

    #[test]
    fn a_long_string_is_whole() {
        let long = vec![b'x'; WORTH_SHARING * 3];
        let mut input = BytesMut::from(&format!("${}\r\n", long.len()).into_bytes()[..]);
        let mut parser = Parser::default();
        assert_eq!(parser.next(&mut input), Ok(None));
        assert_eq!(parser.missing(&input), long.len() + 2);
        input.extend_from_slice(&long);
        input.extend_from_slice(b"\r\n:1\r\n");
        assert_eq!(parser.next(&mut input), Ok(Some(Frame::Bulk(long.into()))));
        assert_eq!(parser.next(&mut input), Ok(Some(Frame::Int(1))));
    }

    #[test]
    fn what_is_not_the_protocol_is_refused() {
        for wrong in [
            "HTTP/1.1 400 Bad Request\r\n",
            "\r\n",
            ":\r\n",
            ":1x\r\n",
            ":9223372036854775808\r\n",
            "$-2\r\n",
            "$1\r\nab\r\n",
            "$9999999999\r\n",
            "+OK\rx",
        ] {
            let mut input = BytesMut::from(wrong);
            assert_eq!(Parser::default().next(&mut input), Err(Malformed), "{wrong:?}");
        }
        let mut deep = BytesMut::from(&b"*1\r\n".repeat(100_000)[..]);
        assert_eq!(Parser::default().next(&mut deep), Err(Malformed));
        let mut endless = BytesMut::from(&vec![b'+'; LONGEST_LINE + 1][..]);
        assert_eq!(Parser::default().next(&mut endless), Err(Malformed));
    }

    #[test]
    fn an_announced_length_takes_no_memory() {
        let mut input = BytesMut::from("*2147483647\r\n:1\r\n");
        assert_eq!(Parser::default().next(&mut input), Ok(None));
    }

    #[test]
    fn commands_are_written() {
        let mut packet = Packet::one(&["GET", "k"]);
        assert_eq!(packet.bytes(), b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
        let first = packet.bytes().len();
        packet.push(&["SET", "k", "0123456789"]);
        assert_eq!(packet.bytes()[first..], *b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\n0123456789\r\n");
        assert_eq!((packet.commands(), packet.first_end()), (2, first));
    }

    #[test]
    fn debugging_shows_no_bytes() {
        let text = format!("{:?}", Frame::Array(vec![bulk("secret"), Frame::Error("ERR secret".into())]));
        assert!(!text.contains("secret"));
    }
}
