//! The power is cut: at full durability nothing that was acknowledged is lost and nothing is torn. At a weaker setting
//! something is lost, which proves that the loss would have been seen.

use credenza_testkit::power_cut::{Disk, unavailable};
use credenza_testkit::supervisor::Fault;

use crate::mixed::Proxy;
use crate::stores::{Durability, Kind, Store};
use crate::trial::{End, Subject, Trial, lines};

const DISK: u64 = 1 << 30;
/// Controls, each with a disk of its own, until one of them loses something.
const CONTROLS: u64 = 10;

/// Whether this machine can do it. Where it should, that it cannot is a failure.
fn possible() -> bool {
    let Some(why) = unavailable() else { return true };
    assert!(std::env::var("CI").as_deref() != Ok("true") || !why.is_ours_to_fix(), "{why}");
    eprintln!("\nSKIPPED: the power was NOT cut: {why}\n");
    false
}

/// Cuts the power of the same disk again and again.
fn loses_nothing<S: Subject>(name: &str, subject: S, cuts: usize) {
    if !possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk::create(folder.path(), DISK).unwrap();
    let mut trial = Trial::new(subject, disk.path(), 3);
    for round in 0..cuts {
        let findings = trial.round(1..300, End::PowerCut(&mut disk));
        assert!(findings.is_empty(), "{name}: lost after cut {round}:{}", lines(&findings));
    }
    let findings = trial.last_look();
    assert!(findings.is_empty(), "{name}: lost after the last cut:{}", lines(&findings));
    let tally = trial.tally();
    println!("{name}: {cuts} cuts, {} writes acknowledged, none lost", tally.acknowledged);
    assert!(tally.acknowledged > 20 * cuts as u64, "{tally:?} prove little");
}

/// Cuts the power of one disk after another until something is lost, and nothing worse than `allowed`.
fn loses_something<S: Subject>(name: &str, subject: impl Fn() -> S, allowed: &[Fault]) {
    if !possible() {
        return;
    }
    for control in 1..=CONTROLS {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Disk::create(folder.path(), DISK).unwrap();
        let mut trial = Trial::new(subject(), disk.path(), control);
        assert!(trial.round(50..300, End::PowerCut(&mut disk)).is_empty());
        let findings = trial.last_look();
        let worse: Vec<_> = findings.iter().filter(|it| !allowed.contains(&it.fault)).cloned().collect();
        assert!(worse.is_empty(), "{name}: worse than it may be:{}", lines(&worse));
        if !findings.is_empty() {
            let (keys, tally) = (findings.len(), trial.tally());
            println!("{name}: cut {control} took {keys} keys back, of {} writes", tally.acknowledged);
            return;
        }
    }
    panic!("{name}: {CONTROLS} cuts lost nothing, so that nothing is lost elsewhere proves nothing");
}

fn cuts() -> usize {
    if crate::thorough() { 15 } else { 3 }
}

/// An older state, whole.
const BACK: &[Fault] = &[Fault::Lost, Fault::Resurrected];

#[test]
fn key_value_full() {
    loses_nothing("key-value, full", Store(Kind::Kv, Durability::Full), cuts());
}

#[test]
fn key_value_normal_is_the_control() {
    loses_something("key-value, normal", || Store(Kind::Kv, Durability::Normal), BACK);
}

#[test]
fn blob_full() {
    loses_nothing("blob, full", Store(Kind::Blob, Durability::Full), cuts());
}

#[test]
fn blob_normal_is_the_control() {
    // Its index keeps its promise, so that what was written last is listed, and found damaged by whoever reads it.
    loses_something("blob, normal", || Store(Kind::Blob, Durability::Normal), &[Fault::Garbled]);
}

#[test]
fn database_full() {
    loses_nothing("database, full", Store(Kind::Database, Durability::Full), cuts());
}

#[test]
fn database_normal_is_the_control() {
    loses_something("database, normal", || Store(Kind::Database, Durability::Normal), BACK);
}

#[test]
fn databases_full() {
    loses_nothing("databases, full", Store(Kind::Databases, Durability::Full), cuts());
}

#[test]
fn databases_normal_are_the_control() {
    loses_something("databases, normal", || Store(Kind::Databases, Durability::Normal), BACK);
}

#[test]
fn server_full() {
    loses_nothing("server, full", Proxy::new("full"), cuts());
}

#[test]
fn server_normal_is_the_control() {
    let faults = [Fault::Lost, Fault::Resurrected, Fault::Garbled];
    loses_something("server, normal", || Proxy::new("normal"), &faults);
}
