//! A client that waits.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::semantics::validate;
use credenza_core::{Command, ErrorKind};

use crate::script::{Answer, Refusal};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest answer that is read, and the deepest.
const MAX_LEN: usize = 512 << 20;
const MAX_DEPTH: usize = 16;

/// A connection to a Redis server that speaks plain RESP 2, blocks, and knows nothing of commands: for judges, and for
/// tests that look at a server past the store under test.
pub struct RedisConnection(BufReader<Box<dyn Stream>>);

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl fmt::Debug for RedisConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisConnection")
    }
}

impl RedisConnection {
    /// Connects to a port on the loopback device.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn to_port(port: u16) -> io::Result<RedisConnection> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(RedisConnection(BufReader::new(Box::new(stream))))
    }

    /// Connects to a Unix socket.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn to_socket(path: &Path) -> io::Result<RedisConnection> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(RedisConnection(BufReader::new(Box::new(stream))))
    }

    /// Sends the words of a command and waits for the answer, half a minute at most.
    ///
    /// # Errors
    /// The connection broke, or the answer is none of RESP 2. An error that the server answers is an [`Answer`].
    pub fn say(&mut self, words: &[impl AsRef<[u8]>]) -> io::Result<Answer> {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words.iter().map(AsRef::as_ref) {
            request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            request.extend_from_slice(word);
            request.extend_from_slice(b"\r\n");
        }
        self.0.get_mut().write_all(&request)?;
        self.hear(words, 0)
    }

    fn hear(&mut self, words: &[impl AsRef<[u8]>], depth: usize) -> io::Result<Answer> {
        let mut line = Vec::new();
        if self.0.by_ref().take(1 << 16).read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        let strange =
            || io::Error::new(io::ErrorKind::InvalidData, format!("not the Redis protocol: {line:?}"));
        let (mark, rest) = line.split_at_checked(1).ok_or_else(strange)?;
        let number = || rest.parse::<i64>().map_err(|_| strange());
        let length = || usize::try_from(number()?).ok().filter(|len| *len <= MAX_LEN).ok_or_else(strange);
        Ok(match (mark, rest) {
            ("+", _) => Answer::Status(rest.to_owned()),
            ("-", _) => refusal(rest, words),
            (":", _) => Answer::Int(number()?),
            ("$" | "*", "-1") => Answer::Nil,
            ("$", _) => {
                let mut bytes = vec![0; length()? + 2];
                self.0.read_exact(&mut bytes)?;
                bytes.truncate(bytes.len() - 2);
                Answer::Bulk(bytes.into())
            }
            ("*", _) if depth < MAX_DEPTH => {
                Answer::Array((0..length()?).map(|_| self.hear(words, depth + 1)).collect::<io::Result<_>>()?)
            }
            _ => return Err(strange()),
        })
    }
}

/// What Redis's words mean here. `words` are those of the command that it answers.
fn refusal(text: &str, words: &[impl AsRef<[u8]>]) -> Answer {
    let words: Vec<Bytes> = words.iter().map(|word| Bytes::copy_from_slice(word.as_ref())).collect();
    let malformed = Command::parse(&words).and_then(|command| validate::command(&command)).is_err();
    let kind = match text {
        _ if text.starts_with("WRONGTYPE") => ErrorKind::WrongType,
        _ if text.contains("no such key") => ErrorKind::NoSuchKey,
        _ if text.contains("index out of range") => ErrorKind::IndexOutOfRange,
        _ if text.contains("unknown command") => ErrorKind::Unsupported,
        _ if malformed => ErrorKind::InvalidArgument,
        _ if text.contains("would overflow") || text.contains("NaN or Infinity") => ErrorKind::Overflow,
        _ if text.contains("resulting score is not a number") => ErrorKind::Overflow,
        // Redis says so of a number that is stored and of one that is given.
        _ if text.contains("not an integer") => ErrorKind::NotAnInteger,
        _ if text.contains("not a valid float") || text.contains("not a float") => ErrorKind::NotAFloat,
        _ => ErrorKind::InvalidArgument,
    };
    Answer::Error(Refusal { kind, index: None, found: None, not_applied: true, text: text.to_owned() })
}
