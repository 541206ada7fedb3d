//! Keys that are none, and keys that only look like others.

use credenza_core::blob::BlobKey;
use credenza_core::{ErrorKind, Result};

use super::{BlobSubject, NOTHING, Notes, furnish, probes, read, seen};

/// So many keys are tried that differ in a little.
const ALIKE: usize = 200;

probes! { "hostile keys":
    "a text that is no key is refused by every verb", NOTHING => refused;
    "every other text of one character is a key of its own", NOTHING => characters;
    "keys that differ in their last byte are apart", NOTHING => alike;
    "a key of many parts, and of long ones", NOTHING => deep;
}

async fn refused(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let before = seen(subject).await;
    let blob = subject.blob();
    let texts = [
        "", ".", "..", "../a", "a/..", "a/../b", "./a", "a/.", "a/./b", "/..", "a\\b", "..\\a", "\\", "a\0b",
        "\0", "a\nb", "\r", "\t", "\u{7f}", "\u{85}", "a/\u{1}",
    ];
    for text in texts {
        notes.fails(format!("PUT {text:?}"), ErrorKind::InvalidArgument, &blob.put(text, "v").await);
        notes.fails(format!("GET {text:?}"), ErrorKind::InvalidArgument, &blob.get(text).await);
        notes.fails(format!("HEAD {text:?}"), ErrorKind::InvalidArgument, &blob.head(text).await);
        notes.fails(format!("DELETE {text:?}"), ErrorKind::InvalidArgument, &blob.delete(text).await);
        notes.fails(format!("COPY {text:?} x"), ErrorKind::InvalidArgument, &blob.copy(text, "x").await);
        notes.fails(format!("COPY a {text:?}"), ErrorKind::InvalidArgument, &blob.copy("a", text).await);
    }
    let long = "k".repeat(BlobKey::MAX + 1);
    notes.fails("PUT of a long key", ErrorKind::LimitExceeded, &blob.put(long.as_str(), "v").await);
    notes.fails("GET of a long key", ErrorKind::LimitExceeded, &blob.get(long.as_str()).await);
    notes.unchanged("what is no key", &before, &seen(subject).await);
    Ok(())
}

async fn characters(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let plain = (' '..='~').filter(|c| !"./\\".contains(*c));
    let other = ['\u{a0}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{feff}', '\u{fffd}', '\u{d7ff}', '\u{e000}'];
    let far = ['\u{ffff}', '\u{10000}', '\u{1f980}', '\u{10ffff}'];
    let keys: Vec<String> = plain.chain(other).chain(far).map(String::from).collect();
    for key in &keys {
        blob.put(key.as_str(), key.clone()).await?;
    }
    for key in &keys {
        let found = read(subject, key).await?;
        let same = found.as_deref() == Some(key.as_bytes());
        notes.check(same, format!("GET {key:?}"), format!("{key:?}"), format!("{found:?}"));
    }
    let listed: Vec<String> =
        blob.list("").await?.objects.into_iter().map(|info| info.key.into_string()).collect();
    let mut sorted = keys;
    sorted.sort();
    notes.equal("the list", listed, sorted);
    Ok(())
}

async fn alike(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let limit = subject.capabilities().limits.key.min(BlobKey::MAX);
    let key = |number: usize| format!("{}{number:04}", "k".repeat(limit.saturating_sub(4)));
    for number in 0..ALIKE {
        blob.put(key(number), number.to_string()).await?;
    }
    for number in 0..ALIKE {
        let found = read(subject, &key(number)).await?;
        let same = found.as_deref() == Some(number.to_string().as_bytes());
        notes.check(same, format!("GET key {number}"), number.to_string(), format!("{found:?}"));
    }
    Ok(())
}

async fn deep(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let limit = subject.capabilities().limits.key.min(BlobKey::MAX);
    let deepest = vec!["d"; limit.div_ceil(2)].join("/");
    // A file system has no names as long as that.
    let long = "l".repeat(limit);
    let long_parts = format!("{}/{}", "p".repeat(limit / 2), "q".repeat(limit / 2 - 1));
    for key in [&deepest, &long, &long_parts] {
        blob.put(key.as_str(), "v").await?;
        let found = read(subject, key).await?;
        notes.check(found.is_some(), format!("GET a key of {} bytes", key.len()), "an object", "nothing");
    }
    let list = blob.list("").await?;
    notes.equal("the list", list.objects.len(), 3);
    let page = blob.list(&deepest).await?;
    notes.equal("the list under the deepest", page.objects.len(), 1);
    Ok(())
}
