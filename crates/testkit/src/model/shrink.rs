//! Makes a sequence with a difference short.

use super::action::Action;
use super::pair::{Found, Pair};
use crate::difference::{Difference, shorten};

/// How often a sequence is tried again at most.
const TRIES: usize = 3_000;

/// A short sequence that still ends in a difference: no step, and no command of a batch, can be left out of it, unless
/// it took too many tries to find out.
pub(super) async fn shrink(
    actions: Vec<Action>,
    found: &Found,
    open: &impl AsyncFn() -> Result<Pair, Difference>,
) -> Vec<Action> {
    let differs = async |actions: &[Action]| match open().await {
        Ok(mut pair) => pair.play(actions).await.map(|found| found.at),
        Err(_) => None,
    };
    let mut actions = shorten(actions, found.at, TRIES, differs).await;
    for at in 0..actions.len() {
        let mut part = 0;
        while let Some(fewer) = without_part(&actions, at, part) {
            match differs(&fewer).await {
                Some(_) => actions = fewer,
                None => part += 1,
            }
        }
    }
    actions
}

/// The same with one check or command of a batch less; `None` if there are not so many.
fn without_part(actions: &[Action], at: usize, part: usize) -> Option<Vec<Action>> {
    let mut fewer = actions.to_vec();
    match fewer.get_mut(at)? {
        Action::Batch { checks, .. } if part < checks.len() => {
            checks.remove(part);
        }
        Action::Batch { checks, commands, .. } if part < checks.len() + commands.len() => {
            commands.remove(part - checks.len());
        }
        _ => return None,
    }
    Some(fewer)
}
