//! The model agrees with itself, and shrinks a planted bug to a few lines that are a case.

use credenza_testkit::blob::model::{Plan, compare};
use credenza_testkit::blob::{BlobSubject, ReferenceBlobStore, play};

use crate::mutant::{Bug, with_bug};

fn reference() -> credenza_core::Result<BlobSubject> {
    Ok(BlobSubject::new(ReferenceBlobStore::default()))
}

#[tokio::test]
async fn equal_stores_agree() {
    let plan = Plan { operations: 4_000, episode: 500, ..Plan::default() };
    let summary = compare(plan, async || reference(), async || with_bug(Bug::None)).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.operations >= 4_000 && summary.episodes > 5, "{summary:?}");
    let failed = summary.failed as f64 / summary.operations as f64;
    assert!((0.05..0.6).contains(&failed), "half of the operations should do something: {summary:?}");
}

/// The bug is found, what is left has at most so many lines, and is a case that the honest store passes.
async fn shrinks(bug: Bug, lines: usize, about: &str) {
    let difference =
        compare(Plan::default(), async || reference(), async || with_bug(bug)).await.unwrap_err();
    let script = difference.script();
    assert!(script.lines().count() <= lines && script.contains(about), "{bug:?}: {difference}");
    let failures = play(&script, &reference().unwrap()).await.unwrap();
    assert!(failures.is_empty(), "{bug:?}: {failures:?}");
    let failures = play(&script, &with_bug(bug).unwrap()).await.unwrap();
    assert!(!failures.is_empty(), "{bug:?}: {difference}");
}

#[tokio::test]
async fn planted_bugs_are_shrunk() {
    shrinks(Bug::LongRange, 4, "..").await;
    shrinks(Bug::OldMetadata, 4, "meta").await;
    shrinks(Bug::SlashesFolded, 4, "//").await;
    shrinks(Bug::AbsentIgnored, 4, "if-absent").await;
    shrinks(Bug::FolderPrefix, 4, "prefix").await;
    shrinks(Bug::CopyRace, 4, "COPY").await;
    shrinks(Bug::PlainCopy, 4, "COPY").await;
    shrinks(Bug::Md5Ignored, 4, "md5").await;
    shrinks(Bug::EmptyIsMissing, 4, "GET").await;
}
