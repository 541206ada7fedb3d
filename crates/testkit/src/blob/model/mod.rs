//! Random verbs against two blob stores, which must agree.
//!
//! Puts with headers and conditions, gets of ranges, deletes, copies and lists run on both; answers, kinds of errors and in
//! the end every object must be equal. Entity tags may differ, as long as each store gives the same content the same. A
//! difference is shrunk to a few lines that are a transcript of the suite.
//!
//! ```
//! use credenza_testkit::blob::{BlobSubject, ReferenceBlobStore, model};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let fresh = async || Ok(BlobSubject::new(ReferenceBlobStore::default()));
//! let plan = model::Plan { operations: 500, ..model::Plan::default() };
//! let summary = model::compare(plan, fresh, fresh).await.unwrap_or_else(|difference| panic!("{difference}"));
//! assert!(summary.operations >= 500);
//! # }
//! ```

mod generator;
mod side;

use credenza_core::Result;

use super::BlobSubject;
use super::operation::Operation;
pub use crate::difference::Difference;
use crate::difference::shorten;
use crate::script::Answer;
use generator::Generator;
use side::Side;

/// How often a sequence is tried again at most.
const TRIES: usize = 1_000;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where the random numbers start.
    pub seed: u64,
    /// How many operations run, about.
    pub operations: usize,
    /// How many operations an episode has: each starts with fresh stores.
    pub episode: usize,
}

impl Default for Plan {
    /// 4,000 operations; with `CREDENZA_TEST=thorough` in the environment, 100,000. `CREDENZA_SEED` is the seed, else 1.
    fn default() -> Plan {
        let thorough = std::env::var("CREDENZA_TEST").is_ok_and(|value| value == "thorough");
        let seed = std::env::var("CREDENZA_SEED").ok().and_then(|seed| seed.parse().ok());
        Plan { seed: seed.unwrap_or(1), operations: if thorough { 100_000 } else { 4_000 }, episode: 1_000 }
    }
}

/// What a comparison without a difference did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many operations ran.
    pub operations: usize,
    /// How many of them failed, on both stores alike.
    pub failed: usize,
    /// How many times fresh stores were opened.
    pub episodes: usize,
}

/// Runs random operations against two stores.
///
/// # Errors
/// The first difference, shrunk; or that a store could not be opened.
pub async fn compare(
    plan: Plan,
    left: impl AsyncFn() -> Result<BlobSubject>,
    right: impl AsyncFn() -> Result<BlobSubject>,
) -> Result<Summary, Difference> {
    let mut summary = Summary { operations: 0, failed: 0, episodes: 0 };
    while summary.operations < plan.operations {
        let seed = plan.seed.wrapping_add(summary.episodes as u64 * 0x9e37_79b9);
        let open = async || Pair::open(seed, &left, &right).await;
        let mut pair = open().await?;
        let operations = Generator::new(seed, &pair.capabilities()).take(plan.episode);
        if let Some(at) = pair.play(&operations).await {
            return Err(shrink(operations, at, &open).await);
        }
        summary.operations += operations.len();
        summary.failed += pair.failed;
        summary.episodes += 1;
    }
    Ok(summary)
}

/// Two stores that are given the same.
struct Pair {
    seed: u64,
    left: Side,
    right: Side,
    failed: usize,
    lines: Vec<String>,
    /// The last answers.
    answers: (Answer, Answer),
}

impl Pair {
    async fn open(
        seed: u64,
        left: &impl AsyncFn() -> Result<BlobSubject>,
        right: &impl AsyncFn() -> Result<BlobSubject>,
    ) -> Result<Pair, Difference> {
        let trouble = |error: credenza_core::Error| Difference::without_transcript(seed, error.to_string());
        let left = Side::new(left().await.map_err(trouble)?);
        let right = Side::new(right().await.map_err(trouble)?);
        Ok(Pair { seed, left, right, failed: 0, lines: Vec::new(), answers: (Answer::Nil, Answer::Nil) })
    }

    /// What both can do.
    fn capabilities(&self) -> credenza_core::blob::BlobCapabilities {
        let (mut can, other) = (self.left.subject.capabilities(), self.right.subject.capabilities());
        can.preconditions &= other.preconditions;
        can.delete_preconditions &= other.delete_preconditions;
        can.copy_preconditions &= other.copy_preconditions;
        can.empty_parts &= other.empty_parts;
        can
    }

    /// Runs operations on both, up to the first difference; its place.
    async fn play(&mut self, operations: &[Operation]) -> Option<usize> {
        for (at, operation) in operations.iter().enumerate() {
            let (line, left) = self.left.run(operation).await;
            let (_, right) = self.right.run(operation).await;
            self.lines.push(line);
            self.failed += usize::from(matches!(left, Answer::Error(_)));
            let differ = !alike(&left, &right);
            self.answers = (left, right);
            if differ {
                return Some(at);
            }
        }
        None
    }

    fn into_difference(self) -> Difference {
        let name = |side: &Side| side.subject.store().info().stack();
        Difference {
            seed: self.seed,
            left: (name(&self.left), self.answers.0.to_string()),
            right: (name(&self.right), self.answers.1.to_string()),
            lines: self.lines,
        }
    }
}

/// Whether two answers say the same: errors by their kind and by whether something was applied.
fn alike(left: &Answer, right: &Answer) -> bool {
    match (left, right) {
        (Answer::Error(left), Answer::Error(right)) => {
            left.kind == right.kind && left.not_applied == right.not_applied
        }
        (left, right) => left == right,
    }
}

/// The difference that is left when no operation can be left out of the sequence, unless it took too many tries.
async fn shrink(
    operations: Vec<Operation>,
    at: usize,
    open: &impl AsyncFn() -> Result<Pair, Difference>,
) -> Difference {
    let differs = async |operations: &[Operation]| match open().await {
        Ok(mut pair) => pair.play(operations).await,
        Err(_) => None,
    };
    let operations = shorten(operations, at, TRIES, differs).await;
    match open().await {
        Ok(mut pair) => {
            if pair.play(&operations).await.is_none() {
                pair.lines.push("# the difference comes and goes".to_owned());
            }
            pair.into_difference()
        }
        Err(difference) => difference,
    }
}
