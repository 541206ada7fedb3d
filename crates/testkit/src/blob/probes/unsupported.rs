//! What a store does not support it refuses, and nothing is touched.

use std::time::Duration;

use credenza_core::blob::{CopyOptions, DeleteOptions, ETag, Precondition, PresignOptions, PutOptions, Verb};
use credenza_core::{ErrorKind, Result};

use super::{BlobSubject, NOTHING, Notes, furnish, key, probes, seen};

probes! { "unsupported":
    "URLs that are not claimed are refused", NOTHING => presign;
    "URLs that are claimed are given, for a while", NOTHING => presigned;
    "conditions that are not claimed are refused", NOTHING => conditions;
    "keys with empty parts that are not claimed are refused", NOTHING => empty_parts;
}

const VERBS: [Verb; 4] = [Verb::Get, Verb::Head, Verb::Put, Verb::Delete];

async fn presign(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    if subject.capabilities().presign {
        notes.skip("the store claims to presign");
        return Ok(());
    }
    furnish(subject).await?;
    let before = seen(subject).await;
    for verb in VERBS {
        let options = PresignOptions { verb, expires_in: Duration::from_secs(60) };
        let url = subject.blob().presign("a", options).await;
        notes.fails(format!("presign {verb:?}"), ErrorKind::Unsupported, &url);
    }
    notes.unchanged("presign", &before, &seen(subject).await);
    Ok(())
}

async fn presigned(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    if !subject.capabilities().presign {
        notes.skip("the store does not claim to presign");
        return Ok(());
    }
    for verb in VERBS {
        let options = PresignOptions { verb, expires_in: Duration::from_secs(60) };
        let url = subject.blob().presign("a", options).await?.url;
        notes.check(url.contains("://"), format!("presign {verb:?}"), "a URL", "something else");
        let long = PresignOptions { verb, expires_in: Duration::from_secs(8 * 86_400) };
        let url = subject.blob().presign("a", long).await;
        notes.fails("presign for eight days", ErrorKind::InvalidArgument, &url);
    }
    Ok(())
}

async fn conditions(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    if can.preconditions && can.delete_preconditions && can.copy_preconditions {
        notes.skip("the store claims conditions");
        return Ok(());
    }
    furnish(subject).await?;
    let (blob, before) = (subject.blob(), seen(subject).await);
    let tags: Vec<ETag> = ETag::new("other").into_iter().collect();
    for condition in [
        Precondition::Absent,
        Precondition::Exists,
        Precondition::Match(tags.clone()),
        Precondition::NoneMatch(tags),
    ] {
        let step = format!("{condition:?}");
        if !can.preconditions {
            for key in ["a", "new"] {
                let options = PutOptions { precondition: condition.clone(), ..PutOptions::default() };
                let put = blob.put_with(key, "v", options).await;
                notes.fails(format!("PUT {key} if {step}"), ErrorKind::Unsupported, &put);
            }
        }
        if !can.delete_preconditions {
            let options = DeleteOptions { precondition: condition.clone() };
            let deleted = blob.delete_with(&[key("a")?], options).await;
            notes.fails(format!("DELETE if {step}"), ErrorKind::Unsupported, &deleted);
        }
        if !can.copy_preconditions {
            let source = CopyOptions { source: condition.clone(), ..CopyOptions::default() };
            let copied = blob.copy_with("a", "c", source).await;
            notes.fails(format!("COPY from if {step}"), ErrorKind::Unsupported, &copied);
            let destination = CopyOptions { destination: condition, ..CopyOptions::default() };
            let copied = blob.copy_with("a", "c", destination).await;
            notes.fails(format!("COPY to if {step}"), ErrorKind::Unsupported, &copied);
        }
    }
    notes.unchanged("conditions", &before, &seen(subject).await);
    Ok(())
}

async fn empty_parts(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    if subject.capabilities().empty_parts {
        notes.skip("the store claims keys with empty parts");
        return Ok(());
    }
    furnish(subject).await?;
    let (blob, before) = (subject.blob(), seen(subject).await);
    for key in ["/a", "a/", "a//b", "/"] {
        notes.fails(format!("PUT {key}"), ErrorKind::Unsupported, &blob.put(key, "v").await);
        notes.fails(format!("COPY a {key}"), ErrorKind::Unsupported, &blob.copy("a", key).await);
    }
    notes.unchanged("keys with empty parts", &before, &seen(subject).await);
    Ok(())
}
