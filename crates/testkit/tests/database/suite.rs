//! Every planted bug makes the suite fail where it should.

use credenza_testkit::database;
use credenza_testkit::suite::Outcome;

use crate::mutant::{Bug, with_bug};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_honest_database_passes() {
    let report = database::run(async || with_bug(Bug::None)).await;
    report.assert_passed();
    assert!(report.findings().len() > 110, "{report}");
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_fails_with_words() {
    let report = database::run(async || Err(credenza_core::Error::internal("no database today"))).await;
    assert!(!report.passed() && report.to_string().contains("no database today"), "{report}");
}

#[tokio::test]
async fn databases_that_share_their_tables_are_caught() {
    let subject = with_bug(Bug::None).unwrap();
    let shared = async || Ok(database::DatabaseSubject::from(subject.database().clone()));
    assert!(!database::run_only("values: ", shared).await.passed());
}

/// Runs a group of the suite, or a case of it, on a mutant: it must fail.
async fn is_caught(bug: Bug, group: &str) {
    let report = database::run_only(group, async || with_bug(bug)).await;
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
    a_second_statement_that_is_left_out in "statements": FirstStatementOnly;
    numbers_that_go_through_floats in "values": IntsThroughFloats;
    floats_that_become_whole in "values": FloatsAreInts;
    empty_text_that_is_null in "values": EmptyIsNull;
    missing_values_that_are_null in "parameters": MissingIsNull;
    values_too_many_that_are_left_out in "parameters": TooManyAreFine;
    a_last_row_that_is_lost in "results": LastRowLost;
    rows_that_are_not_counted in "counts": NoCount;
    columns_without_case in "results": SmallColumns;
    errors_without_a_code in "refused": NoState;
    a_broken_rule_of_another_kind in "constraints": WrongKind;
    errors_that_say_values in "constraints": LoudErrors;
    errors_that_are_unsure in "constraints": Unsure;
    a_commit_that_takes_back in "transactions": CommitRollsBack;
    transactions_that_are_none in "transactions": NoTransactions;
    updates_that_are_lost in "tasks": NoTransactions;
    readers_that_may_write in "transactions: a transaction that only reads refuses writes": ReadOnlyWrites;
    a_failure_that_ends_its_transaction in "transactions": FailureEnds;
    a_deadline_that_is_not_looked_at in "deadlines: a deadline that has passed": NoDeadline;
    a_description_that_runs in "describe": DescribeRuns;
    a_definition_that_never_changes in "tables": OneDefinition;
    tables_without_case in "tables": SmallTables;
    a_limit_that_is_not_kept in "limits": ParameterLimit;
}
