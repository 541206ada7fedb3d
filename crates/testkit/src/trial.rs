//! How a case is tried, and what is noted on the way: the same for every suite.

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use credenza_core::{Effect, Error, ErrorKind, Result};

use crate::report::{Finding, Outcome, Report};
use crate::script::{Answer, Failure};

/// A case that takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What is put to the test.
pub(crate) trait Tested {
    /// Its name in a report.
    fn stack(&self) -> String;

    /// How long a case may take.
    fn patience(&self) -> Duration {
        PATIENCE
    }
}

/// A case in code.
pub(crate) struct Probe<S, N> {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    pub(crate) needs: N,
    pub(crate) body: Body<S>,
}

/// What a case in code does.
pub(crate) type Body<S> = for<'a> fn(&'a S, &'a mut Notes) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Makes probes of functions: `probes! { "group": "name", needs => function; … }`. The module above names the type
/// `Probe`.
macro_rules! probes {
    ($group:literal: $( $name:literal, $needs:expr => $body:path; )*) => {
        pub(super) fn probes() -> impl Iterator<Item = super::Probe> {
            [ $( super::Probe {
                group: $group,
                name: $name,
                needs: $needs,
                body: |subject, notes| Box::pin($body(subject, notes)),
            }, )* ]
            .into_iter()
        }
    };
}
pub(crate) use probes;

/// What a case found out.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) failures: Vec<Failure>,
    pub(crate) skipped: Option<String>,
}

impl Notes {
    /// Notes a failure unless this holds.
    pub(crate) fn check(
        &mut self,
        holds: bool,
        step: impl Into<String>,
        expected: impl Into<String>,
        got: impl ToString,
    ) {
        if !holds {
            let got = got.to_string();
            self.failures.push(Failure { step: step.into(), expected: expected.into(), got });
        }
    }

    /// Notes a failure unless the two are equal.
    pub(crate) fn equal<T: PartialEq<U> + Debug, U: Debug>(
        &mut self,
        step: impl Into<String>,
        got: T,
        expected: U,
    ) {
        self.check(got == expected, step, format!("{expected:?}"), format!("{got:?}"));
    }

    /// Notes a failure unless the answer is an error of this kind that says that nothing was changed.
    pub(crate) fn refused(&mut self, step: impl Into<String>, kind: ErrorKind, answer: &Answer) {
        let holds = matches!(answer, Answer::Error(refusal) if refusal.kind == kind && refusal.not_applied);
        let got = match answer {
            Answer::Error(refusal) => format!("{refusal} ({})", refusal.text),
            answer => answer.to_string(),
        };
        self.check(holds, step, format!("!{kind:?}, not applied"), got);
    }

    /// The same for what is no answer of a script.
    pub(crate) fn fails<T>(&mut self, step: impl Into<String>, kind: ErrorKind, result: &Result<T>) {
        let holds = |error: &Error| error.kind() == kind && error.effect() == Effect::NotApplied;
        let got = match result {
            Ok(_) => "no error".to_owned(),
            Err(error) => format!("!{:?} ({error})", error.kind()),
        };
        self.check(result.as_ref().is_err_and(holds), step, format!("!{kind:?}, not applied"), got);
    }

    /// Notes a failure for each line that is not what it was.
    pub(crate) fn unchanged(&mut self, step: &str, before: &[String], after: &[String]) {
        for (old, new) in before.iter().zip(after).filter(|(old, new)| old != new) {
            self.check(false, step, format!("no change, and before stood {old}"), new);
        }
        self.check(before.len() == after.len(), step, "no change", "something that came or went");
    }

    /// Says why the case was not tried.
    pub(crate) fn skip(&mut self, why: impl Into<String>) {
        self.skipped.get_or_insert(why.into());
    }
}

/// A run of a suite.
pub(crate) struct Run {
    wanted: String,
    pub(crate) report: Report,
}

impl Run {
    /// With the variable `CREDENZA_CASE` in the environment only cases run whose `group: name` contains its value.
    pub(crate) fn new() -> Run {
        Run::only(&std::env::var("CREDENZA_CASE").unwrap_or_default())
    }

    /// Only cases run whose `group: name` contains this.
    pub(crate) fn only(wanted: &str) -> Run {
        Run { wanted: wanted.to_owned(), report: Report { store: String::new(), findings: Vec::new() } }
    }

    /// Whether all cases run.
    pub(crate) fn is_whole(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Tries one case on a fresh store, unless it is not wanted, or `lacks` says what is missing.
    pub(crate) async fn case<S: Tested>(
        &mut self,
        (group, name): (&'static str, &'static str),
        fresh: impl AsyncFn() -> Result<S>,
        lacks: impl Fn(&S) -> Option<String>,
        body: impl AsyncFn(&S, &mut Notes) -> Result<()>,
    ) {
        if format!("{group}: {name}").contains(&self.wanted) {
            let outcome = self.attempt(fresh, lacks, body).await;
            self.report.findings.push(Finding { group, name, outcome });
        }
    }

    /// Notes that a transcript cannot be read.
    pub(crate) fn unreadable(&mut self, (group, name): (&'static str, &'static str), why: String) {
        let outcome = failed("the script", "a script that can be read", why);
        self.report.findings.push(Finding { group, name, outcome });
    }

    async fn attempt<S: Tested>(
        &mut self,
        fresh: impl AsyncFn() -> Result<S>,
        lacks: impl Fn(&S) -> Option<String>,
        body: impl AsyncFn(&S, &mut Notes) -> Result<()>,
    ) -> Outcome {
        let subject = match fresh().await {
            Ok(subject) => subject,
            Err(error) => return failed("opening a fresh store", "a store", error.to_string()),
        };
        self.report.store = subject.stack();
        if let Some(why) = lacks(&subject) {
            return Outcome::Skipped(why);
        }
        let mut notes = Notes::default();
        let patience = subject.patience();
        match tokio::time::timeout(patience, body(&subject, &mut notes)).await {
            Err(_) => failed("the whole case", "an end", format!("nothing within {patience:?}")),
            Ok(Err(error)) => failed("a step on the way", "no error", error.to_string()),
            Ok(Ok(())) if !notes.failures.is_empty() => Outcome::Failed(notes.failures),
            Ok(Ok(())) => notes.skipped.map_or(Outcome::Passed, Outcome::Skipped),
        }
    }
}

fn failed(step: &str, expected: &str, got: String) -> Outcome {
    Outcome::Failed(vec![Failure { step: step.to_owned(), expected: expected.to_owned(), got }])
}
