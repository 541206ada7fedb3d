//! A session that waits: enough of the protocol to make databases and to look at settings.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest message that is read.
const MAX_LEN: usize = 64 << 20;

/// Version 3.0 of the protocol.
const PROTOCOL: i32 = 3 << 16;

/// Columns of a row as texts; `None` is null.
pub(super) type Row = Vec<Option<String>>;

/// A session of the superuser, whom the socket lets in without a password.
#[derive(Debug)]
pub(super) struct Session(UnixStream);

impl Session {
    pub(super) fn open(folder: &Path, port: u16, database: &str) -> io::Result<Session> {
        let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}")))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut session = Session(stream);
        let mut start = PROTOCOL.to_be_bytes().to_vec();
        for word in ["user", "postgres", "database", database, ""] {
            start.extend_from_slice(word.as_bytes());
            start.push(0);
        }
        session.send(&[], &start)?;
        session.until_ready()?;
        Ok(session)
    }

    /// Runs statements; gives the rows of them all.
    pub(super) fn run(&mut self, statements: &str) -> io::Result<Vec<Row>> {
        self.send(b"Q", &[statements.as_bytes(), &[0]].concat())?;
        self.until_ready()
    }

    fn send(&mut self, kind: &[u8], body: &[u8]) -> io::Result<()> {
        let len = i32::try_from(body.len() + 4).map_err(io::Error::other)?;
        self.0.write_all(&[kind, &len.to_be_bytes(), body].concat())
    }

    fn until_ready(&mut self) -> io::Result<Vec<Row>> {
        let (mut rows, mut failure) = (Vec::new(), None);
        loop {
            let (kind, body) = match (self.message(), failure.take()) {
                (Ok(message), earlier) => {
                    failure = earlier;
                    message
                }
                // After what ends a session, its words say more than the end.
                (Err(error), earlier) => return Err(earlier.unwrap_or(error)),
            };
            match kind {
                b'Z' => return failure.map_or(Ok(rows), Err),
                b'D' => rows.push(row(&body).ok_or_else(|| io::Error::other("a row that ends early"))?),
                b'E' => failure = Some(io::Error::other(words_of(&body))),
                b'R' if body != 0_i32.to_be_bytes() => {
                    return Err(io::Error::other("it asks for a password"));
                }
                _ => {}
            }
        }
    }

    fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let (mut kind, mut len) = ([0], [0; 4]);
        self.0.read_exact(&mut kind)?;
        self.0.read_exact(&mut len)?;
        let len = usize::try_from(i32::from_be_bytes(len)).ok().and_then(|len| len.checked_sub(4));
        let len =
            len.filter(|len| *len <= MAX_LEN).ok_or_else(|| io::Error::other("not Postgres's protocol"))?;
        let mut body = vec![0; len];
        self.0.read_exact(&mut body)?;
        Ok((kind[0], body))
    }
}

fn row(body: &[u8]) -> Option<Row> {
    let (columns, mut rest) = body.split_first_chunk()?;
    let mut row = Row::new();
    for _ in 0..i16::from_be_bytes(*columns) {
        let (len, after) = rest.split_first_chunk()?;
        let (value, after) = match usize::try_from(i32::from_be_bytes(*len)) {
            Ok(len) => after.split_at_checked(len).map(|(value, after)| (Some(value), after))?,
            Err(_) => (None, after),
        };
        row.push(value.map(|value| String::from_utf8_lossy(value).into_owned()));
        rest = after;
    }
    Some(row)
}

/// The code and the message of an error.
fn words_of(body: &[u8]) -> String {
    let field = |mark: u8| {
        let mut fields = body.split(|byte| *byte == 0).filter_map(<[u8]>::split_first);
        let found = fields.find(|(kind, _)| **kind == mark).map(|(_, text)| text);
        String::from_utf8_lossy(found.unwrap_or_default()).into_owned()
    };
    format!("{}: {}", field(b'C'), field(b'M'))
}
