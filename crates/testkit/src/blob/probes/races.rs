//! Writers at the same time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use credenza_core::blob::{Object, ObjectInfo, Precondition, PutOptions};
use credenza_core::{Blob, Error, ErrorKind, Result};
use tokio::task::JoinSet;

use super::{BlobSubject, NOTHING, Notes, probes, read};
use crate::blob::operation::Need;

const CONDITIONS: &[Need] = &[Need::Preconditions];

probes! { "races":
    "of many that create one object, one does", CONDITIONS => create;
    "of many that replace the same object, one does", CONDITIONS => replace;
    "of many that delete the same object, one does", &[Need::ExactDeletes] => delete;
    "a counter of conditional puts loses nothing", CONDITIONS => counter;
    "readers see whole objects with what is known of them", NOTHING => whole;
}

/// What tasks came to, all of them.
async fn all<T: 'static>(mut tasks: JoinSet<Result<T>>) -> Result<Vec<T>> {
    let mut ended = Vec::new();
    while let Some(task) = tasks.join_next().await {
        ended.push(task.map_err(|error| Error::internal(error.to_string()))??);
    }
    Ok(ended)
}

/// Puts under a condition; `None` if it did not hold.
async fn put_if(blob: &Blob, content: String, precondition: Precondition) -> Result<Option<ObjectInfo>> {
    let options = PutOptions { precondition, ..PutOptions::default() };
    match blob.put_with("k", content, options).await {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.kind() == ErrorKind::PreconditionFailed => Ok(None),
        Err(error) => Err(error),
    }
}

/// Many put under the same condition: one does, and its content is there.
async fn one_winner(subject: &BlobSubject, notes: &mut Notes, condition: &Precondition) -> Result<()> {
    let mut tasks = JoinSet::new();
    for task in 0..32 {
        let (blob, condition) = (subject.blob(), condition.clone());
        tasks.spawn(async move {
            let put = put_if(&blob, format!("from {task}"), condition).await?;
            Ok(put.map(|_| format!("from {task}")))
        });
    }
    let winners: Vec<String> = all(tasks).await?.into_iter().flatten().collect();
    notes.equal("how many did it", winners.len(), 1);
    let found = read(subject, "k").await?;
    let fits = winners.iter().any(|winner| found.as_deref() == Some(winner.as_bytes()));
    notes.check(fits, "GET k", "what the one put", format!("{found:?}"));
    Ok(())
}

async fn create(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    for _ in 0..5 {
        one_winner(subject, notes, &Precondition::Absent).await?;
        subject.blob().delete("k").await?;
    }
    Ok(())
}

async fn replace(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    for round in 0..5 {
        let tag = subject.blob().put("k", format!("round {round}")).await?.etag;
        one_winner(subject, notes, &Precondition::Match(vec![tag])).await?;
    }
    Ok(())
}

async fn delete(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    for _ in 0..5 {
        subject.blob().put("k", "v").await?;
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let blob = subject.blob();
            tasks.spawn(async move { blob.delete("k").await });
        }
        let deleted = all(tasks).await?.into_iter().filter(|deleted| *deleted).count();
        notes.equal("how many deleted it", deleted, 1);
    }
    Ok(())
}

async fn counter(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    const TASKS: u64 = 8;
    const EACH: u64 = 10;
    subject.blob().put("k", "0").await?;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let blob = subject.blob();
        tasks.spawn(async move {
            for _ in 0..EACH {
                loop {
                    let object = blob.get("k").await?.ok_or_else(|| Error::internal("the object is gone"))?;
                    let tag = object.info.etag;
                    let text = object.body.collect(100).await?;
                    let number: u64 = String::from_utf8_lossy(&text).parse().unwrap_or(u64::MAX >> 1);
                    let next = (number + 1).to_string();
                    if put_if(&blob, next, Precondition::Match(vec![tag])).await?.is_some() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            Ok(())
        });
    }
    all(tasks).await?;
    let found = read(subject, "k").await?.unwrap_or_default();
    notes.equal("the counter", String::from_utf8_lossy(&found).into_owned(), (TASKS * EACH).to_string());
    Ok(())
}

/// Objects of one letter each, of a size of its own, that say so in their metadata.
const LETTERS: [(u8, usize); 5] = [(b'a', 0), (b'b', 1), (b'c', 300_000), (b'd', 70_000), (b'e', 900_000)];

fn labelled(letter: u8, size: usize) -> (Vec<u8>, PutOptions) {
    let mut options = PutOptions { content_type: Some(char::from(letter).into()), ..PutOptions::default() };
    options.metadata.insert("letter".into(), char::from(letter).into());
    (vec![letter; size], options)
}

/// What is wrong with what is known of an object.
fn torn(info: &ObjectInfo) -> Option<String> {
    let letter = info.content_type.as_ref().and_then(|letter| letter.bytes().next())?;
    let size = LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, size)| *size as u64);
    let label = info.metadata.get("letter").map(String::as_str);
    (size != Some(info.size) || label != info.content_type.as_deref()).then(|| format!("{info:?}"))
}

async fn whole(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let (first, options) = labelled(b'a', 0);
    subject.blob().put_with("k", first, options).await?;
    let mut writers = JoinSet::new();
    for offset in 0..4 {
        let (blob, stop) = (subject.blob(), stop.clone());
        writers.spawn(async move {
            for (letter, size) in LETTERS.into_iter().cycle().skip(offset).take(40) {
                let (content, options) = labelled(letter, size);
                blob.put_with("k", content, options).await?;
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            Ok(())
        });
    }
    let mut readers = JoinSet::new();
    for _ in 0..4 {
        let (blob, stop) = (subject.blob(), stop.clone());
        readers.spawn(async move {
            let mut wrong = Vec::new();
            while !stop.load(Ordering::Relaxed) && wrong.is_empty() {
                wrong.extend(look(&blob).await?);
                tokio::task::yield_now().await;
            }
            stop.store(true, Ordering::Relaxed);
            Ok(wrong)
        });
    }
    all(writers).await?;
    stop.store(true, Ordering::Relaxed);
    let wrong: BTreeSet<String> = all(readers).await?.into_iter().flatten().collect();
    for wrong in wrong {
        notes.check(false, "reading while others write", "a whole object", wrong);
    }
    Ok(())
}

/// Looks at the object in every way; says what is wrong.
async fn look(blob: &Blob) -> Result<Option<String>> {
    let Some(Object { info, range, body }) = blob.get("k").await? else {
        return Ok(Some("nothing, while the object was replaced".to_owned()));
    };
    let content = body.collect(1 << 20).await?;
    let letter = info.content_type.as_ref().and_then(|letter| letter.bytes().next());
    if torn(&info).is_some() || range != (0..info.size) || content.len() as u64 != info.size {
        return Ok(Some(format!("{} bytes of {info:?}", content.len())));
    }
    if content.iter().any(|byte| Some(*byte) != letter) {
        return Ok(Some("the content of another object".to_owned()));
    }
    let list = blob.list("").await?.objects;
    if list.len() != 1 {
        return Ok(Some(format!("a list of {} objects", list.len())));
    }
    Ok(list.iter().chain(blob.head("k").await?.as_ref()).find_map(torn))
}
