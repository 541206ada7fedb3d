//! Runs a script.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::Bytes;
use credenza_core::{Check, Command, Key, Mode, Version};

use super::answer::Answer;
use super::pattern::Known;
use super::step::{Action, Phrase, Step, cursor_place};
use super::{Failure, Script};

/// How many steps a scan may take: one that goes on has lost its way.
const SCAN_STEPS: usize = 100_000;

#[allow(clippy::disallowed_methods, reason = "measures how much time passes by itself")]
fn instant() -> Instant {
    Instant::now()
}

/// What a script is played to: a store, or anything else that understands its commands, such as Redis itself.
pub trait Target {
    /// Sends a command in words.
    fn send(&mut self, words: &[Bytes]) -> impl Future<Output = Answer>;

    /// Sends a batch; returns what it answered, and its version.
    fn batch(
        &mut self,
        mode: Mode,
        checks: Vec<Check>,
        commands: Vec<Vec<Bytes>>,
    ) -> impl Future<Output = (Answer, Option<Version>)>;

    /// The time, in milliseconds since the epoch.
    fn now(&self) -> i64;

    /// Lets time pass.
    fn advance(&mut self, by: Duration) -> impl Future<Output = ()>;

    /// Whether time passes only by [`Target::advance`].
    fn exact_time(&self) -> bool;

    /// Everything that can be read about these keys, a line each; nothing if it is not to be compared.
    fn state(&mut self, keys: &BTreeSet<Key>) -> impl Future<Output = Vec<String>>;
}

impl Script {
    /// Plays the script from the first step to the last; returns every step that went wrong.
    pub async fn play(&self, target: &mut impl Target) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut known = Known::default();
        let started = instant();
        let keys = self.keys();
        for step in &self.steps {
            let now = target.now();
            known.variables.insert("now".to_owned(), Answer::Int(now));
            known.variables.insert("sec".to_owned(), Answer::Int(now / 1000));
            let still = step.changes_nothing(&known);
            let before = if still { target.state(&keys).await } else { Vec::new() };
            let (answer, stamp) = run(step, target, &known).await;
            let after = if still { target.state(&keys).await } else { Vec::new() };
            if !target.exact_time() {
                // A millisecond more, for times are whole ones.
                let passed = (instant() - started).as_millis() + 1;
                known.passed = i64::try_from(passed).unwrap_or(i64::MAX / 2);
            }

            let failed = |expected: &str, got: String| Failure {
                step: step.text.clone(),
                expected: expected.to_owned(),
                got,
            };
            let fits = match &step.expect {
                Some(pattern) => pattern.matches(&answer, &mut known),
                None => !matches!(answer, Answer::Error(_)),
            };
            if !fits {
                let expected = step.text.split_once("=>").map_or("no error", |(_, expected)| expected.trim());
                failures.push(failed(expected, shown(&answer)));
            } else if let Answer::Error(refusal) = &answer
                && !refusal.not_applied
            {
                failures.push(failed("an error that says that nothing was changed", refusal.text.clone()));
            }
            if let Some(pattern) = &step.stamp {
                let stamp = stamp.map_or(Answer::Nil, |stamp| Answer::Int(stamp.get().cast_signed()));
                if !pattern.matches(&stamp, &mut known) {
                    let expected = step.text.rsplit_once('@').map_or("", |(_, expected)| expected.trim());
                    failures.push(failed(&format!("the version {expected}"), stamp.to_string()));
                }
            }
            for (line, old) in after.iter().zip(&before).filter(|(new, old)| new != old) {
                failures.push(failed(&format!("no change, and before stood {old}"), line.clone()));
            }
            if before.len() != after.len() {
                failures.push(failed("no change", "keys that came or went".to_owned()));
            }
        }
        failures
    }

    /// Every key that is named.
    fn keys(&self) -> BTreeSet<Key> {
        let known = Known::default();
        let commands = self.steps.iter().flat_map(Step::phrases).filter_map(|phrase| phrase.command(&known));
        commands.flat_map(|command| command.keys().into_iter().cloned().collect::<Vec<_>>()).collect()
    }
}

/// An answer as a failure shows it: of an error, also the words.
fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Error(refusal) => format!("{refusal} ({})", refusal.text),
        answer => answer.to_string(),
    }
}

async fn run(step: &Step, target: &mut impl Target, known: &Known) -> (Answer, Option<Version>) {
    match &step.action {
        Action::Advance(by) => {
            target.advance(*by).await;
            (Answer::Nil, None)
        }
        Action::Send(phrase) => (target.send(&phrase.words(known)).await, None),
        Action::Scan(phrase) => (scan(phrase, target, known).await, None),
        Action::Batch { mode, checks, commands } => {
            let checks = checks.iter().map(|phrase| phrase.check(known)).collect::<Result<_, _>>();
            let commands = commands.iter().map(|phrase| phrase.words(known)).collect();
            match checks {
                Ok(checks) => target.batch(*mode, checks, commands).await,
                Err(message) => (Answer::Status(message), None),
            }
        }
    }
}

/// Sends a scan until it is complete; answers with everything that was found, each once.
async fn scan(phrase: &Phrase, target: &mut impl Target, known: &Known) -> Answer {
    let mut words = phrase.words(known);
    let place = cursor_place(&words);
    let width = match phrase.command(known) {
        Some(Command::HScan(_) | Command::ZScan(_)) => 2,
        _ => 1,
    };
    let mut found: Vec<Answer> = Vec::new();
    for _ in 0..SCAN_STEPS {
        let (next, items) = match target.send(&words).await {
            Answer::Array(mut page) => match (page.pop(), page.pop()) {
                (Some(Answer::Array(items)), Some(Answer::Bulk(next))) => (next, items),
                _ => return Answer::Status("a page without a cursor".to_owned()),
            },
            answer => return answer,
        };
        for item in items.chunks(width) {
            if !found.chunks(item.len()).any(|seen| seen == item) {
                found.extend_from_slice(item);
            }
        }
        if next.as_ref() == b"0" {
            return Answer::Array(found);
        }
        if let Some(cursor) = words.get_mut(place) {
            *cursor = next;
        }
    }
    Answer::Status("a scan without an end".to_owned())
}
