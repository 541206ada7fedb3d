//! Makes a sequence with a difference short.

use super::Difference;
use super::action::Action;
use super::pair::{Found, Pair};

/// How often a sequence is tried again at most.
const TRIES: usize = 3_000;

/// A short sequence that still ends in a difference: no step, and no command of a batch, can be left out of it, unless
/// it took too many tries to find out.
pub(super) async fn shrink(
    mut actions: Vec<Action>,
    found: &Found,
    open: &impl AsyncFn() -> Result<Pair, Difference>,
) -> Vec<Action> {
    actions.truncate(found.at.saturating_add(1));
    let mut tries = 0;
    let mut differs = async |actions: &[Action]| {
        tries += 1;
        match open().await {
            Ok(mut pair) if tries <= TRIES => pair.play(actions).await,
            _ => None,
        }
    };
    let mut width = actions.len().div_ceil(2);
    loop {
        let mut start = 0;
        let mut removed = false;
        while start < actions.len() {
            let mut fewer = actions.clone();
            fewer.drain(start..(start + width).min(actions.len()));
            match differs(&fewer).await {
                Some(found) => {
                    fewer.truncate(found.at.saturating_add(1));
                    actions = fewer;
                    removed = true;
                }
                None => start += width,
            }
        }
        match width {
            1 if !removed => break,
            1 => {}
            _ => width = width.div_ceil(2),
        }
    }
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
