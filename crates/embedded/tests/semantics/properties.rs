//! What holds for every command, whatever it is filled with.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::{Access, Expire, Expiry, Sampler};
use credenza_core::{Batch, Clock, Command, CommandId, ManualClock, Random, SeededRandom};

use crate::common::{Dice, Runner, show};

/// Runs random commands on stores that start empty and grow, and shows each to `judge` with the state before.
fn each(seed: u64, count: usize, mut judge: impl FnMut(&mut Runner, Command)) {
    let mut dice = Dice::new(seed);
    let mut runner = Runner::new();
    for round in 0..count {
        if round % 500 == 0 {
            runner = Runner::new();
        }
        if dice.one_in(25) {
            runner.clock.advance(Duration::from_secs(dice.below(150) as u64));
        }
        let command = dice.command(CommandId::ALL, runner.clock.now());
        judge(&mut runner, command);
    }
}

#[test]
fn a_command_that_fails_changes_nothing() {
    let mut failed = 0;
    each(1, 12_000, |runner, command| {
        let now = runner.clock.now();
        let before = runner.space.snapshot(now);
        if let Err(error) = runner.run(command.clone()) {
            assert_eq!(runner.space.snapshot(now), before, "{} failed with {error}", show(&command));
            assert_eq!(error.command(), Some(command.info().name));
            failed += 1;
        }
    });
    assert!(failed > 1_500, "{failed} of 12,000 is too few to learn from");
}

#[test]
fn a_command_that_reads_changes_nothing() {
    each(2, 12_000, |runner, command| {
        let before = runner.space.clone();
        let access = command.info().access;
        let _ = runner.run(command.clone());
        if access == Access::Read {
            // Not even what expired.
            assert_eq!(runner.space.snapshot(0), before.snapshot(0), "{}", show(&command));
        }
    });
}

#[test]
fn a_command_changes_only_its_keys_and_stamps_what_it_changed() {
    each(3, 12_000, |runner, command| {
        let now = runner.clock.now();
        let before = runner.space.snapshot(now);
        let keys: BTreeSet<Bytes> = command.keys().into_iter().map(|key| key.as_bytes().clone()).collect();
        let clears = command.id() == CommandId::Clear;
        let _ = runner.run(command.clone());
        let after = runner.space.snapshot(now);
        for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (old, new) = (before.get(key), after.get(key));
            if old != new {
                assert!(
                    keys.contains(key) || clears && new.is_none(),
                    "{} changed another key",
                    show(&command)
                );
                assert!(
                    new.is_none_or(|slot| slot.version == runner.space.stamp),
                    "{command:?} did not stamp"
                );
            }
        }
    });
}

/// Whether an expired key is still there, unswept, makes no difference to any command.
#[test]
fn an_expired_key_is_as_good_as_none() {
    let (mut met, life) = (0, SeededRandom::new(5));
    each(5, 12_000, |runner, command| {
        let now = runner.clock.now();
        let mut swept = Runner::new();
        swept.clock = ManualClock::at(now);
        swept.space = runner.space.clone();
        swept.space.sweep(now);
        met += usize::from(command.keys().iter().any(|key| runner.space.has_expired(key, now)));
        (runner.random, swept.random) = (SeededRandom::new(9), SeededRandom::new(9));
        let (left, right) = (runner.run(command.clone()), swept.run(command.clone()));
        // A page of keys is filled before those that expired are left out.
        if command.id() != CommandId::Scan {
            let kinds = (left.map_err(|error| error.kind()), right.map_err(|error| error.kind()));
            assert_eq!(kinds.0, kinds.1, "{}", show(&command));
        }
        assert_eq!(runner.space.snapshot(now), swept.space.snapshot(now), "{}", show(&command));
        // Many keys get a short life.
        if let Some(key) = command.keys().first().filter(|_| life.below(2) == 0) {
            let _ = runner.run(Expire::new(*key, Expiry::In(1_000)));
        }
        if life.below(4) == 0 {
            runner.clock.advance(Duration::from_secs(2));
        }
    });
    assert!(met > 500, "{met} commands met an expired key");
}

#[test]
fn a_command_alone_and_in_a_batch_do_the_same() {
    each(4, 6_000, |runner, command| {
        let mut alone = Runner::new();
        alone.space = runner.space.clone();
        alone.clock.advance(Duration::from_millis((runner.clock.now() - alone.clock.now()) as u64));
        let mut batch = Batch::atomic();
        batch.commands.push(command.clone());
        let before = runner.space.snapshot(0);
        let now = runner.clock.now();
        match (alone.run(command.clone()), runner.batch(batch)) {
            (Ok(reply), Ok(mut replies)) => {
                let random =
                    [CommandId::SPop, CommandId::SRandMember, CommandId::HRandField].contains(&command.id());
                if !random {
                    assert_eq!(replies.replies.remove(0).unwrap(), reply, "{}", show(&command));
                    assert_eq!(runner.space.snapshot(now), alone.space.snapshot(now), "{}", show(&command));
                }
            }
            (Err(one), Err(other)) => {
                assert_eq!((one.kind(), Some(0)), (other.kind(), other.index()), "{}", show(&command));
                assert_eq!(runner.space.snapshot(0), before);
            }
            (one, other) => panic!("{}: {one:?} alone, {other:?} in a batch", show(&command)),
        }
    });
}
