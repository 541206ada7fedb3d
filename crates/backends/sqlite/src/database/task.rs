//! A statement on a thread of the database.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use credenza_core::db::{Columns, Outcome, Rows, Statement};
use credenza_core::{Effect, Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::failure::{closed, error, read_only, timeout};
use super::guard::{Leash, Switch};
use super::pipe::{Inlet, Outlet, Stop, pipe};
use super::run::{self, Feeder, Halt, Rules};
use super::store::Held;
use crate::pace::instant;

/// A step that nothing can stop is not waited for longer than this after the deadline.
const GRACE: Duration = Duration::from_millis(250);
/// A write that took longer says nothing about the disk.
const LONG_WRITE: Duration = Duration::from_millis(8);

/// Runs a statement on a thread, which gives the connection back.
pub(crate) async fn run(
    held: Held,
    statement: Arc<Statement>,
    rules: Rules,
    deadline: Option<Instant>,
) -> Result<Rows> {
    let timer = held.store().crew.timer.clone();
    let outlet = start(held, statement, rules, deadline, Stop::default(), None)?;
    first(outlet, &timer, rules, deadline).await
}

/// What the statement says first, or the deadline.
pub(crate) async fn first(
    outlet: Outlet,
    timer: &super::timer::Timer,
    rules: Rules,
    deadline: Option<Instant>,
) -> Result<Rows> {
    let late = deadline.map(|deadline| deadline + GRACE);
    timer.until(late, outlet.into_rows()).await.unwrap_or_else(|| {
        let effect = if rules.reader { Effect::NotApplied } else { Effect::MaybeApplied };
        Err(timeout("the deadline passed while the statement ran").with_effect(effect))
    })
}

/// Starts a statement on a thread. The connection is sent back, if there is where to.
pub(crate) fn start(
    mut held: Held,
    statement: Arc<Statement>,
    rules: Rules,
    deadline: Option<Instant>,
    stop: Stop,
    back: Option<oneshot::Sender<Held>>,
) -> Result<Outlet> {
    let switch = Arc::new(Switch::new(&held.conn().raw));
    let (inlet, outlet) = pipe(Arc::clone(&stop), Arc::clone(&switch));
    let leash = Leash { budget: None, deadline, stop: Some(stop), switch: Some(switch) };
    let workers = held.store().crew.workers.clone();
    workers.run(move || work(held, &statement, rules, leash, inlet, back))?;
    Ok(outlet)
}

fn work(
    mut held: Held,
    statement: &Statement,
    rules: Rules,
    leash: Leash,
    inlet: Inlet,
    back: Option<oneshot::Sender<Held>>,
) {
    let store = Arc::clone(held.store());
    let deadline = leash.deadline;
    let _alarm = deadline
        .zip(leash.switch.clone())
        .map(|(deadline, switch)| store.crew.timer.at(deadline, move || switch.press()));
    let guard = Arc::clone(&held.conn().guard);
    let mut feeder = Feeder::new(inlet, guard, deadline, rules.transaction);
    held.conn().for_thread(true);
    let started = instant();
    let ran = patiently(&mut held, statement, rules, &leash, &mut feeder);
    held.conn().for_thread(false);
    if rules.transaction && ran.as_ref().is_err_and(Error::ends_transaction) && !is_dropped(&leash) {
        held.roll_back();
    }
    let took = instant() - started;
    if !rules.transaction && !rules.reader && ran.is_ok() && took < LONG_WRITE {
        store.commits.add(took);
    }
    // The connection is there for the next statement before this one is known to have ended.
    match back {
        // Where nobody takes it, it is rolled back.
        Some(back) => drop(back.send(held)),
        None => drop(held),
    }
    if !rules.transaction {
        store.watch_wanted();
    }
    feeder.finish(ran);
}

/// Whether nobody waits for the statement any more.
fn is_dropped(leash: &Leash) -> bool {
    leash.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
}

/// Tries again while another process holds the file.
fn patiently(
    held: &mut Held,
    statement: &Statement,
    rules: Rules,
    leash: &Leash,
    feeder: &mut Feeder,
) -> Result<(Columns, Outcome)> {
    let patience = held.store().config.busy_timeout;
    let started = instant();
    let mut pause = Duration::from_millis(1);
    loop {
        let now = instant();
        if is_dropped(leash) {
            return Err(closed());
        }
        match run::run(held.conn(), statement, rules, leash.clone(), feeder) {
            Ok(done) => return Ok(done),
            Err(Halt::Failed(error)) => return Err(error),
            Err(Halt::Writes) => return Err(read_only()),
            Err(Halt::Elsewhere) => {
                if leash.deadline.is_some_and(|deadline| now >= deadline) {
                    return Err(timeout("the deadline passed while another connection held the file"));
                }
                if feeder.begun() || now - started >= patience {
                    let message = "the database is locked by another connection";
                    return Err(error(ErrorKind::Busy, "55P03", message));
                }
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
        }
    }
}
