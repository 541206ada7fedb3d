//! Every planted bug makes the suite fail where it should.

use std::sync::Arc;

use credenza_testkit::blob::{self, BlobSubject, ReferenceBlobStore};
use credenza_testkit::suite::Outcome;

use crate::mutant::{Bug, with_bug};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_honest_store_passes() {
    let report = blob::run(async || with_bug(Bug::None)).await;
    report.assert_passed();
    assert!(report.findings().len() > 90, "{report}");
}

#[tokio::test]
async fn an_honest_store_passes_on_one_thread() {
    blob::run(async || with_bug(Bug::None)).await.assert_passed();
}

#[tokio::test]
async fn stores_that_share_their_objects_are_caught() {
    let store = Arc::new(ReferenceBlobStore::default());
    let report = blob::run_only("objects", async || Ok(BlobSubject::new(store.clone()))).await;
    assert!(!report.passed(), "{report}");
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_fails_with_words() {
    let report = blob::run(async || Err(credenza_core::Error::internal("no store today"))).await;
    assert!(!report.passed() && report.to_string().contains("no store today"), "{report}");
}

/// Runs a group of the suite on a mutant: it must fail.
async fn is_caught(bug: Bug, group: &str) {
    let report = blob::run_only(&format!("{group}: "), async || with_bug(bug)).await;
    let failed = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Failed(_)));
    assert!(failed.count() > 0 && !report.passed(), "{bug:?}: nothing failed in {group}:\n{report}");
}

/// A test for each planted bug: its name, the group that must catch it, the bug.
macro_rules! caught {
    ($( $name:ident in $group:literal: $bug:ident; )*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            is_caught(Bug::$bug, $group).await;
        }
    )* };
}

caught! {
    metadata_of_the_object_before in "objects": OldMetadata;
    headers_that_are_lost in "objects": NoHeaders;
    a_range_with_a_byte_too_many in "ranges": LongRange;
    last_bytes_that_are_the_first in "ranges": SuffixFromStart;
    a_range_without_a_byte_that_is_read in "ranges": EmptyRange;
    an_empty_object_that_is_missing in "objects": EmptyIsMissing;
    create_only_that_is_ignored in "conditions": AbsentIgnored;
    conditions_that_are_checked_too_early in "races": ConditionsRace;
    a_broken_stream_that_is_put in "streams": BrokenStream;
    a_length_that_is_ignored in "streams": LengthIgnored;
    an_md5_that_is_ignored in "objects": Md5Ignored;
    a_reader_that_follows_the_object in "readers": ReaderFollows;
    a_page_that_loses_an_object in "pages": PageLoses;
    a_page_that_repeats_an_object in "pages": PageRepeats;
    a_cursor_of_any_list in "lists": AnyCursor;
    a_prefix_that_is_a_folder in "lists": FolderPrefix;
    a_start_that_is_listed in "lists": StartIncluded;
    keys_without_case in "keys": CaseFolded;
    slashes_that_become_one in "keys": SlashesFolded;
    a_list_in_another_order in "lists": Disorder;
    a_delete_that_stops_half_way in "conditions": HalfDelete;
    a_delete_that_always_was in "objects": DeleteAlwaysTrue;
    a_copy_without_metadata in "copies": PlainCopy;
    a_copy_that_ignores_its_condition in "copies": CopyRace;
    a_copy_onto_itself_that_deletes in "copies": CopyOntoItself;
    a_tag_of_the_size in "about objects": TagOfSize;
    a_deadline_that_is_not_looked_at in "deadlines": NoDeadline;
    an_error_that_is_unsure in "conditions": Unsure;
    a_put_in_steps in "drops": PutInSteps;
    urls_that_are_not_claimed in "unsupported": UrlsUnclaimed;
    conditions_that_are_not_claimed in "unsupported": ConditionsUnclaimed;
    conditions_of_deletes_that_are_not_claimed in "unsupported": DeleteConditionsUnclaimed;
    conditions_of_copies_that_are_not_claimed in "unsupported": CopyConditionsUnclaimed;
    a_limit_that_is_not_kept in "limits": MetadataLimit;
    errors_that_say_the_key in "about objects": LoudErrors;
    a_time_that_moves in "about objects": TimeOfLook;
}
