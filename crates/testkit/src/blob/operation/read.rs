//! Words as operations.

use bytes::Bytes;
use credenza_core::blob::{
    BlobKey, CopyOptions, DeleteOptions, ETag, GetOptions, ListOptions, Precondition, PutOptions, Range,
};

use super::Operation;

/// A word as it was said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) bytes: Bytes,
    /// Bare, so that it may be the name of an option.
    pub(crate) bare: bool,
}

/// What is left of the words.
struct Words<'a>(std::slice::Iter<'a, Said>);

impl<'a> Words<'a> {
    fn next(&mut self) -> Result<&'a Said, String> {
        self.0.next().ok_or_else(|| "a word is missing".to_owned())
    }

    fn text(&mut self) -> Result<String, String> {
        String::from_utf8(self.next()?.bytes.to_vec()).map_err(|_| "a text is not UTF-8".to_owned())
    }

    fn key(&mut self) -> Result<BlobKey, String> {
        BlobKey::of_any_length(self.text()?).map_err(|error| error.to_string())
    }

    fn tag(&mut self) -> Result<ETag, String> {
        ETag::new(self.text()?).ok_or_else(|| "no entity tag".to_owned())
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, String> {
        let text = self.text()?;
        text.parse().map_err(|_| format!("{text} is not a number"))
    }

    /// The name of the next option, if there is one.
    fn option(&mut self) -> Option<&'a str> {
        self.0.next().and_then(|said| std::str::from_utf8(&said.bytes).ok())
    }

    /// Whether an option comes next.
    fn at_option(&self) -> bool {
        self.0.as_slice().first().is_none_or(|said| said.bare && said.bytes.starts_with(b"if-"))
    }
}

impl Operation {
    /// Reads words; see [`script`](crate::blob) for what they are.
    pub(crate) fn read(words: &[Said]) -> Result<Operation, String> {
        let mut words = Words(words.iter());
        let verb = words.text()?;
        match verb.as_str() {
            "PUT" => put(&mut words),
            "GET" => get(&mut words),
            "HEAD" => Ok(Operation::Head { key: words.key()? }),
            "DELETE" => delete(&mut words),
            "LIST" => list(&mut words).map(Operation::List),
            "list" => list(&mut words).map(Operation::ListAll),
            "COPY" => copy(&mut words),
            other => Err(format!("unknown verb {other}")),
        }
    }
}

fn put(words: &mut Words<'_>) -> Result<Operation, String> {
    let (key, content) = (words.key()?, words.next()?.bytes.clone());
    let mut options = PutOptions::default();
    while let Some(option) = words.option() {
        match option {
            "type" => options.content_type = Some(words.text()?),
            "encoding" => options.content_encoding = Some(words.text()?),
            "language" => options.content_language = Some(words.text()?),
            "disposition" => options.content_disposition = Some(words.text()?),
            "cache" => options.cache_control = Some(words.text()?),
            "meta" => {
                options.metadata.insert(words.text()?, words.text()?);
            }
            "md5" => options.md5 = Some(digest(&words.text()?)?),
            other => condition(&mut options.precondition, other, words)?,
        }
    }
    Ok(Operation::Put { key, content, options })
}

fn get(words: &mut Words<'_>) -> Result<Operation, String> {
    let key = words.key()?;
    let mut options = GetOptions::default();
    if !words.at_option() {
        options.range = range(&words.text()?)?;
    }
    while let Some(option) = words.option() {
        condition(&mut options.precondition, option, words)?;
    }
    Ok(Operation::Get { key, options })
}

fn delete(words: &mut Words<'_>) -> Result<Operation, String> {
    let (mut keys, mut options) = (Vec::new(), DeleteOptions::default());
    while !words.at_option() {
        keys.push(words.key()?);
    }
    while let Some(option) = words.option() {
        condition(&mut options.precondition, option, words)?;
    }
    Ok(Operation::Delete { keys, options })
}

fn list(words: &mut Words<'_>) -> Result<ListOptions, String> {
    let mut options = ListOptions::default();
    while let Some(option) = words.option() {
        match option {
            "prefix" => options.prefix = words.text()?,
            "delimiter" => options.delimiter = words.text()?,
            "after" => options.start_after = words.text()?,
            "limit" => options.limit = words.number()?,
            "cursor" => options.cursor = Some(words.text()?),
            other => return Err(format!("unknown option {other}")),
        }
    }
    Ok(options)
}

fn copy(words: &mut Words<'_>) -> Result<Operation, String> {
    let (from, to, mut options) = (words.key()?, words.key()?, CopyOptions::default());
    while let Some(option) = words.option() {
        match (option.strip_prefix("from-"), option.strip_prefix("to-")) {
            (Some(option), _) => condition(&mut options.source, option, words)?,
            (_, Some(option)) => condition(&mut options.destination, option, words)?,
            _ => return Err(format!("unknown option {option}")),
        }
    }
    Ok(Operation::Copy { from, to, options })
}

/// Reads a condition; one of tags that is there already gets one more.
fn condition(into: &mut Precondition, option: &str, words: &mut Words<'_>) -> Result<(), String> {
    match (option, &mut *into) {
        ("if-match", Precondition::Match(tags)) | ("if-none-match", Precondition::NoneMatch(tags)) => {
            tags.push(words.tag()?);
        }
        ("if-match", Precondition::None) => *into = Precondition::Match(vec![words.tag()?]),
        ("if-none-match", Precondition::None) => *into = Precondition::NoneMatch(vec![words.tag()?]),
        ("if-absent", Precondition::None) => *into = Precondition::Absent,
        ("if-exists", Precondition::None) => *into = Precondition::Exists,
        _ => return Err(format!("unknown option {option}, or a second condition")),
    }
    Ok(())
}

/// `2..5`, `2..` or `-3`.
fn range(text: &str) -> Result<Range, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{text} is not a number"));
    match (text.strip_prefix('-'), text.split_once("..")) {
        (Some(count), _) => Ok(Range::Suffix(number(count)?)),
        (None, Some((start, ""))) => Ok(Range::From(number(start)?)),
        (None, Some((start, end))) => Ok(Range::Between(number(start)?, number(end)?)),
        (None, None) => Err(format!("{text} is not a range")),
    }
}

fn digest(text: &str) -> Result<[u8; 16], String> {
    let wrong = || format!("{text} is not an MD5");
    let byte = |at: usize| text.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let mut digest = [0; 16];
    for (at, into) in digest.iter_mut().enumerate() {
        *into = byte(at).ok_or_else(wrong)?;
    }
    if text.len() == 32 { Ok(digest) } else { Err(wrong()) }
}
