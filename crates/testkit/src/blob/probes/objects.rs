//! What is known of objects.

use std::time::Duration;

use bytes::Bytes;
use credenza_core::blob::{
    DeleteOptions, ETag, GetOptions, Got, ListOptions, Metadata, Precondition, PutOptions,
};
use credenza_core::{Clock, ErrorKind, Result, SystemClock};
use md5::{Digest, Md5};

use super::{BlobSubject, CONTENT_TAGS, NOTHING, Notes, content, key, probes, read, seen};
use crate::blob::operation::Need;

/// How far the time of an object may be from that of the machine, in milliseconds, where it passes by itself.
const SLACK: i64 = 60_000;

probes! { "about objects":
    "a tag is the same for the same content, and another for another", CONTENT_TAGS => tags;
    "a tag of 32 hexadecimal digits is the MD5, as in R2", CONTENT_TAGS => md5_tags;
    "PUT, HEAD, GET and LIST say the same", NOTHING => agree;
    "an object has the time at which it was put", NOTHING => times;
    "metadata is any text", NOTHING => any_text;
    "a list of no tags matches nothing", &[Need::Preconditions, Need::DeletePreconditions] => no_tags;
    "a key that is given twice is deleted once", NOTHING => twice;
    "what was not modified is described", NOTHING => not_modified;
    "errors do not say the key or the content", NOTHING => quiet;
}

async fn tags(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let mut known: Vec<(Bytes, ETag)> = Vec::new();
    let contents = [Bytes::new(), "a".into(), "b".into(), "aa".into(), content(70_000), content(70_001)];
    for (at, content) in contents.iter().enumerate() {
        let first = blob.put("k", content.clone()).await?.etag;
        let options = PutOptions { content_type: Some("text/css".into()), ..PutOptions::default() };
        let second = blob.put_with(format!("other/{at}"), content.clone(), options).await?.etag;
        notes.equal("the tag of the same content under another key", &second, &first);
        let same = known.iter().find(|(_, tag)| *tag == first);
        notes.check(same.is_none(), format!("the tag of content {at}"), "another than before", "the same");
        known.push((content.clone(), first));
    }
    Ok(())
}

async fn md5_tags(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    for content in [Bytes::new(), "hello".into(), content(200_000)] {
        let tag = blob.put("k", content.clone()).await?.etag;
        if tag.as_str().len() != 32 || !tag.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()) {
            notes.skip("the tags of this store are no MD5s");
            return Ok(());
        }
        notes.equal("the tag", tag, ETag::of_md5(Md5::digest(&content).into()));
    }
    Ok(())
}

async fn agree(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let mut options = PutOptions {
        content_type: Some("text/plain".into()),
        content_encoding: Some("identity".into()),
        content_language: Some("en".into()),
        content_disposition: Some("inline".into()),
        cache_control: Some("no-cache".into()),
        ..PutOptions::default()
    };
    options.metadata.insert("color".into(), "red".into());
    let put = blob.put_with("k", "hello", options).await?;
    let Some(object) = blob.get("k").await? else {
        notes.check(false, "GET k", "an object", "nothing");
        return Ok(());
    };
    notes.equal("the range of a whole object", object.range.clone(), 0..5);
    notes.check(object.info == put, "GET k", "what PUT said", format!("{:?}", object.info));
    let head = blob.head("k").await?;
    notes.check(head.as_ref() == Some(&put), "HEAD k", "what PUT said", format!("{head:?}"));
    let list = blob.list("").await?.objects;
    notes.check(list.first() == Some(&put), "LIST", "what PUT said", format!("{list:?}"));
    let copied = blob.copy("k", "l").await?;
    let head = blob.head("l").await?;
    notes.check(head.as_ref() == Some(&copied), "HEAD l", "what COPY said", format!("{head:?}"));
    notes.check(copied.metadata == put.metadata, "COPY k l", "the metadata of k", format!("{copied:?}"));
    Ok(())
}

async fn times(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let first = blob.put("k", "one").await?.uploaded;
    match subject.clock() {
        Some(clock) => {
            notes.equal("the time of an object", first, clock.now());
            clock.advance(Duration::from_millis(1_234));
            blob.head("k").await?;
            let second = blob.put("k", "two").await?.uploaded;
            notes.equal("the time of an object that was replaced", second, first + 1_234);
            clock.advance(Duration::from_millis(10));
            let third = blob.head("k").await?.map(|info| info.uploaded);
            notes.equal("the time of an object that stays", third, Some(second));
        }
        None => {
            let off = (SystemClock.now() - first).abs();
            notes.check(off < SLACK, "the time of an object", "about now", format!("{off} ms from it"));
        }
    }
    Ok(())
}

async fn any_text(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let texts = ["", " ", "a\nb\r\n", "\u{0}", "\"'\\", "é🦀", "%41", "a=b; c", "\u{202e}", "null"];
    let mut metadata: Metadata =
        texts.iter().enumerate().map(|(at, text)| (format!("value-{at}"), (*text).to_owned())).collect();
    let names = texts.iter().filter(|text| !text.is_empty());
    metadata.extend(names.map(|text| ((*text).to_owned(), "x".to_owned())));
    let options = PutOptions { metadata: metadata.clone(), ..PutOptions::default() };
    subject.blob().put_with("k", "v", options).await?;
    let found = subject.blob().head("k").await?.map(|info| info.metadata);
    notes.equal("the metadata of any text", found, Some(metadata));
    Ok(())
}

async fn no_tags(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    blob.put("k", "v").await?;
    let before = seen(subject).await;
    let nothing = || PutOptions { precondition: Precondition::Match(Vec::new()), ..PutOptions::default() };
    let put = blob.put_with("k", "w", nothing()).await;
    notes.fails("PUT k if it matches nothing", ErrorKind::PreconditionFailed, &put);
    let options = DeleteOptions { precondition: Precondition::Match(Vec::new()) };
    let deleted = blob.delete_with(&[key("k")?], options).await;
    notes.fails("DELETE k if it matches nothing", ErrorKind::PreconditionFailed, &deleted);
    notes.unchanged("what matches nothing", &before, &seen(subject).await);
    let always = PutOptions { precondition: Precondition::NoneMatch(Vec::new()), ..PutOptions::default() };
    blob.put_with("k", "w", always).await?;
    notes.equal("GET k", read(subject, "k").await?, Some(Bytes::from("w")));
    Ok(())
}

async fn twice(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    blob.put("a", "1").await?;
    blob.put("b", "2").await?;
    let keys = [key("a")?, key("missing")?, key("a")?, key("missing")?];
    let deleted = blob.delete_with(&keys, DeleteOptions::default()).await?;
    // Whether the second time there still was one is a matter of taste.
    let fits = deleted.len() == 4 && deleted[0] && !deleted[1] && !deleted[3];
    notes.check(fits, "DELETE a missing a missing", "[true, false, _, false]", format!("{deleted:?}"));
    notes.equal("GET a", read(subject, "a").await?, None::<Bytes>);
    notes.equal("GET b", read(subject, "b").await?, Some(Bytes::from("2")));
    Ok(())
}

async fn not_modified(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob();
    let put = blob.put("k", "v").await?;
    let precondition = Precondition::NoneMatch(vec![put.etag.clone()]);
    let got = blob.get_with("k", GetOptions { precondition, ..GetOptions::default() }).await?;
    let fits = matches!(&got, Some(Got::NotModified(info)) if *info == put);
    notes.check(fits, "GET k", "not modified, and what PUT said", format!("{got:?}"));
    Ok(())
}

async fn quiet(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let (blob, secret) = (subject.blob(), "very-private-key");
    blob.put(secret, "very-private-content").await?;
    let mut errors = Vec::new();
    errors.extend(blob.get_range(secret, credenza_core::blob::Range::From(1_000)).await.err());
    let md5 = PutOptions { md5: Some([0; 16]), ..PutOptions::default() };
    errors.extend(blob.put_with(secret, "very-private-words", md5).await.err());
    errors.extend(blob.copy("very-private-missing", secret).await.err());
    let strange = ListOptions { cursor: Some("very-private-cursor".into()), ..ListOptions::default() };
    errors.extend(blob.list_with(strange).await.err());
    if subject.capabilities().preconditions {
        let absent = PutOptions { precondition: Precondition::Absent, ..PutOptions::default() };
        errors.extend(blob.put_with(secret, "x", absent).await.err());
    }
    notes.check(errors.len() >= 4, "requests that must fail", "errors", errors.len());
    for error in errors {
        let text = format!("{error} {error:?}");
        notes.check(!text.contains("very-private"), "the text of an error", "no key and no content", text);
    }
    Ok(())
}
