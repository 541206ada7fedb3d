//! Random small histories, most of them wrong, judged by the checker and by brute force.

use std::collections::HashSet;
use std::fmt::Debug;

use credenza_testkit::history::{History, Limits, Recorder, Specification, Verdict, check};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::brute;
use crate::objects::{Bag, BagOp, Counter, Queue, QueueOp, Register, RegisterOp};

/// Begins and ends operations at random, with random answers and fates.
fn arbitrary<Op: Clone, Ret: Clone>(
    rng: &mut StdRng,
    op: impl Fn(&mut StdRng) -> Op,
    ret: impl Fn(&mut StdRng, &Op) -> Ret,
) -> History<Op, Ret> {
    let recorder = Recorder::new();
    let mut pending = Vec::new();
    let mut to_begin = rng.random_range(1..=7);
    while to_begin > 0 || !pending.is_empty() {
        if to_begin > 0 && (pending.is_empty() || rng.random_bool(0.5)) {
            to_begin -= 1;
            let op = op(rng);
            pending.push((recorder.invoke(to_begin, op.clone()), op));
        } else {
            let (handle, op) = pending.swap_remove(rng.random_range(0..pending.len()));
            match rng.random_range(0..10) {
                0 => handle.fail(),
                1 | 2 => handle.ambiguous(),
                _ => handle.complete(ret(rng, &op)),
            }
        }
    }
    recorder.history()
}

/// Judges one history both ways; a violation's evidence, whole and shrunk, must be a violation too, and what
/// shrinking left out must not be able to help.
fn judge<S: Specification + Debug>(spec: &S, history: &History<S::Op, S::Ret>) -> bool {
    let expected = brute::linearizable(spec, history, |_| false);
    let verdict = check(spec, history, Limits::default());
    match &verdict {
        Verdict::Linearizable => assert!(expected, "{spec:?} missed a violation: {history:?}"),
        Verdict::Unknown(why) => panic!("{why}: {history:?}"),
        Verdict::Violation(violation) => {
            assert!(!expected, "{spec:?} accused wrongly: {verdict}\n{history:?}");
            assert!(!brute::linearizable(spec, violation.history(), |_| false), "{verdict}\n{history:?}");
            let small = violation.shrink(spec, Limits::default());
            assert!(small.history().len() <= violation.history().len());
            assert!(!brute::linearizable(spec, small.history(), |_| false), "{small}\n{history:?}");
            let shown: HashSet<_> =
                small.history().operations().iter().map(|operation| operation.invoked).collect();
            assert!(
                !brute::linearizable(spec, history, |invoked| !shown.contains(&invoked)),
                "{small}\n{history:?}"
            );
        }
    }
    expected
}

/// Judges many histories and sees to it that both verdicts are common among them.
fn compare<S: Specification + Debug>(
    spec: &S,
    seed: u64,
    history: impl Fn(&mut StdRng) -> History<S::Op, S::Ret>,
) {
    let mut rng = StdRng::seed_from_u64(seed);
    let sound = (0..3000).filter(|_| judge(spec, &history(&mut rng))).count();
    assert!((300..2700).contains(&sound), "{sound} of 3000 were linearizable");
}

#[test]
fn registers() {
    compare(&Register, 1, |rng| {
        let op = |rng: &mut StdRng| match rng.random_range(0..4) {
            0 => RegisterOp::Write(rng.random_range(0..3)),
            1 => RegisterOp::Cas(rng.random_range(0..3), rng.random_range(0..3)),
            _ => RegisterOp::Read,
        };
        arbitrary(
            rng,
            op,
            |rng, op| if matches!(op, RegisterOp::Write(_)) { 0 } else { rng.random_range(0..3) },
        )
    });
}

#[test]
fn counters() {
    compare(&Counter, 2, |rng| {
        arbitrary(rng, |rng| rng.random_range(0..3), |rng, add| add + rng.random_range(0..3))
    });
}

#[test]
fn queues() {
    let op = |rng: &mut StdRng| {
        if rng.random_bool(0.6) { QueueOp::Push(rng.random_range(0..3)) } else { QueueOp::Pop }
    };
    compare(&Queue, 3, |rng| {
        arbitrary(rng, op, |rng, op| {
            (*op == QueueOp::Pop && rng.random_bool(0.8)).then(|| rng.random_range(0..3))
        })
    });
}

#[test]
fn bags() {
    let op = |rng: &mut StdRng| {
        if rng.random_bool(0.6) { BagOp::Add(rng.random_range(0..3)) } else { BagOp::TakeAny }
    };
    compare(&Bag, 4, |rng| {
        arbitrary(rng, op, |rng, op| {
            (*op == BagOp::TakeAny && rng.random_bool(0.8)).then(|| rng.random_range(0..3))
        })
    });
}
