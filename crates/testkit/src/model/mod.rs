//! Random commands against two stores, which must agree.
//!
//! Every command that both claim runs on both: alone, in pipelines, in atomic batches with checks, while time passes.
//! Replies, kinds of errors, what failed checks found, and in the end everything that can be read must be equal; of
//! versions only whether they changed, of random picks only that they could have been picked. A difference is shrunk to
//! a few lines in the syntax of [`script`](crate::script), ready to become a case of the suite.
//!
//! ```
//! # use credenza_memory::{MemoryConfig, MemoryStore};
//! use std::sync::Arc;
//! use credenza_core::ManualClock;
//! use credenza_testkit::{Subject, model};
//!
//! # fn open(clock: Arc<ManualClock>) -> credenza_core::Result<MemoryStore> {
//! #     let mut config = MemoryConfig::default();
//! #     config.sweep_interval = None;
//! #     config.clock = clock;
//! #     MemoryStore::open(config)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let fresh = async || {
//!     let clock = Arc::new(ManualClock::at(1_700_000_000_000));
//!     Ok(Subject::new(open(clock.clone())?).with_clock(clock))
//! };
//! let plan = model::Plan { commands: 500, ..model::Plan::default() };
//! let summary = model::compare(plan, fresh, fresh).await.unwrap_or_else(|difference| panic!("{difference}"));
//! assert!(summary.commands >= 500);
//! # }
//! ```

mod action;
mod near;
mod pair;
mod scores;
mod shrink;
mod side;
mod text;

use credenza_core::{CommandId, CommandSet, Result};

use crate::Subject;
pub use crate::difference::Difference;
use action::{Action, Generator};
use pair::{Found, Pair};

#[cfg(all(unix, feature = "servers"))]
pub(crate) use side::Judge;
pub(crate) use side::Side;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where the random numbers start.
    pub seed: u64,
    /// How many commands run, about.
    pub commands: usize,
    /// How many steps an episode has: each starts with fresh stores, so that a difference can be repeated fast.
    pub episode: usize,
    /// Which commands may be drawn, of those that both stores claim.
    pub among: CommandSet,
}

impl Default for Plan {
    /// 20,000 commands; with `CREDENZA_TEST=thorough` in the environment, 200,000; with `CREDENZA_COMMANDS` as many as
    /// it says. `CREDENZA_SEED` is the seed, else 1.
    fn default() -> Plan {
        Plan {
            seed: number("CREDENZA_SEED").unwrap_or(1),
            commands: commands(200_000),
            episode: 4_000,
            among: CommandSet::all(),
        }
    }
}

impl Plan {
    /// The same for stores on a server, where a command takes a hundred times as long: with `CREDENZA_TEST=thorough`
    /// 50,000 commands.
    pub fn for_servers() -> Plan {
        Plan { commands: commands(50_000), ..Plan::default() }
    }
}

/// How many commands are wanted, if a thorough run has so many.
fn commands(thorough: usize) -> usize {
    let is_thorough = std::env::var("CREDENZA_TEST").is_ok_and(|value| value == "thorough");
    let usual = if is_thorough { thorough } else { 20_000 };
    number("CREDENZA_COMMANDS").and_then(|wanted| usize::try_from(wanted).ok()).unwrap_or(usual)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What a comparison without a difference did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many commands ran.
    pub commands: usize,
    /// How many of them failed, on both stores alike.
    pub failed: usize,
    /// How many times fresh stores were opened.
    pub episodes: usize,
}

/// Runs random commands against two stores.
///
/// Either both read a clock that the test can move; it is set to one time. Or neither does: then time passes by itself,
/// keys expire at once or not at all, times to live may differ by a second, and a difference counts if it can be
/// repeated.
///
/// # Errors
/// The first difference, shrunk; or that a store could not be opened, or only one has a clock.
pub async fn compare(
    plan: Plan,
    left: impl AsyncFn() -> Result<Subject>,
    right: impl AsyncFn() -> Result<Subject>,
) -> Result<Summary, Difference> {
    compare_sides(plan, async || left().await.map(Side::Store), async || right().await.map(Side::Store)).await
}

/// How many differences may come and go, where time passes by itself: the machine may have stood still at a bad moment.
const UNSTEADY: usize = 3;

pub(crate) async fn compare_sides(
    plan: Plan,
    left: impl AsyncFn() -> Result<Side>,
    right: impl AsyncFn() -> Result<Side>,
) -> Result<Summary, Difference> {
    let mut summary = Summary { commands: 0, failed: 0, episodes: 0 };
    let mut unsteady = 0;
    let open = async || {
        let trouble = |why: String| Difference::without_transcript(plan.seed, why);
        let left = left().await.map_err(|error| trouble(error.to_string()))?;
        let right = right().await.map_err(|error| trouble(error.to_string()))?;
        let uneven = "one store has a clock that the test can move, and the other has none";
        Pair::new(left, right).ok_or_else(|| trouble(uneven.to_owned()))
    };
    while summary.commands < plan.commands {
        let seed = plan.seed.wrapping_add(summary.episodes as u64 * 0x9e37_79b9);
        let mut pair = open().await?;
        let among: Vec<CommandId> = plan.among.iter().filter(|id| pair.claims().contains(*id)).collect();
        let actions = Generator::new(seed, pair.now(), &among, pair.rules()).take(plan.episode);
        if let Some(mut found) = pair.play(&actions).await {
            if pair.is_live() {
                match open().await?.play(&actions).await {
                    Some(again) => found = again,
                    None if unsteady < UNSTEADY => {
                        unsteady += 1;
                        summary.episodes += 1;
                        continue;
                    }
                    None => {}
                }
            }
            let short = shrink::shrink(actions, &found, &open).await;
            return Err(describe(seed, &short, &open).await);
        }
        summary.commands += actions.iter().map(Action::commands).sum::<usize>();
        summary.failed += pair.failed;
        summary.episodes += 1;
    }
    Ok(summary)
}

/// Plays a short sequence once more to write it down.
async fn describe(
    seed: u64,
    actions: &[Action],
    open: &impl AsyncFn() -> Result<Pair, Difference>,
) -> Difference {
    let mut pair = match open().await {
        Ok(pair) => pair.noting(),
        Err(difference) => return difference,
    };
    let found = pair.play(actions).await;
    let [left, right] = pair.names();
    let unsteady = || {
        let text = "nothing when it was tried again: the difference comes and goes".to_owned();
        Found { at: 0, left: text.clone(), right: text }
    };
    let Found { left: left_answer, right: right_answer, .. } = found.unwrap_or_else(unsteady);
    Difference { seed, lines: pair.into_lines(), left: (left, left_answer), right: (right, right_answer) }
}
