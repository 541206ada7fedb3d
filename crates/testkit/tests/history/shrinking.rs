//! What shrinking keeps of a violation.

use credenza_testkit::history::{History, Limits, Recorder, Violation, check};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::objects::{Register, RegisterOp};
use RegisterOp::{Cas, Read, Write};

fn shrink(history: &History<RegisterOp, u32>) -> Violation<RegisterOp, u32> {
    let verdict = check(&Register, history, Limits::default());
    verdict.violation().expect("the history is wrong").shrink(&Register, Limits::default())
}

fn ops(violation: &Violation<RegisterOp, u32>) -> Vec<RegisterOp> {
    violation.history().operations().iter().map(|operation| operation.op).collect()
}

#[test]
fn a_stale_read_among_many_operations() {
    let mut rng = StdRng::seed_from_u64(21);
    let recorder = Recorder::new();
    let mut value = 0;
    for round in 0..200 {
        let lost = recorder.invoke(7, Write(1000 + round));
        let op = [Read, Write(rng.random_range(0..10)), Cas(value, 5)][rng.random_range(0..3)];
        let (next, answer) = op.run(value);
        recorder.invoke(round % 3, op).complete(answer);
        value = next;
        if round % 10 == 0 { lost.ambiguous() } else { lost.fail() }
    }
    recorder.invoke(0, Write(77)).complete(0);
    recorder.invoke(0, Read).complete(78);
    for _ in 0..50 {
        recorder.invoke(0, Read).complete(77);
    }
    let small = shrink(&recorder.history());
    assert_eq!(ops(&small), [Read], "{small}");
}

#[test]
fn what_overwrote_the_value_stays_whatever_else_was_written() {
    let recorder = Recorder::new();
    for value in [3, 1, 2] {
        recorder.invoke(0, Write(value)).complete(0);
        recorder.invoke(0, Cas(9, 9)).complete(value);
    }
    recorder.invoke(1, Read).complete(1);
    let small = shrink(&recorder.history());
    // 2 was seen, nothing was written then, and 1 was read: where the 1 came from does not matter.
    let expected = "\
not linearizable: no order of 2 operations explains their answers, whatever the 5 others did
  p0 [10..11] Cas(9, 9) -> 2
  p1 [12..13] Read -> 1
the longest order of all:
  p0 [0..1] Write(3) -> 0
  p0 [2..3] Cas(9, 9) -> 3
  p0 [4..5] Write(1) -> 0
  p0 [6..7] Cas(9, 9) -> 1
  p0 [8..9] Write(2) -> 0
  p0 [10..11] Cas(9, 9) -> 2
the state then: 2
none of these can come next:
  p1 [12..13] Read -> 1";
    assert_eq!(small.to_string(), expected);
}

#[test]
fn a_violation_that_needs_an_ambiguous_write_to_show_keeps_what_contradicts() {
    let recorder = Recorder::new();
    recorder.invoke(0, Write(1)).complete(0);
    recorder.invoke(1, Write(9)).ambiguous();
    recorder.invoke(2, Write(2)).ambiguous();
    recorder.invoke(0, Read).complete(2);
    recorder.invoke(0, Read).complete(1);
    let small = shrink(&recorder.history());
    assert_eq!(ops(&small), [Read, Read], "{small}");
    let order: Vec<_> = small.prefix().map(|operation| operation.op).collect();
    assert_eq!(order, [Write(1), Write(2), Read], "{small}");
}

#[test]
fn an_operation_that_could_have_helped_late_stays() {
    let recorder = Recorder::new();
    let long = recorder.invoke(0, Cas(0, 1));
    let short = recorder.invoke(1, Cas(0, 1));
    recorder.invoke(2, Read).complete(1);
    short.complete(0);
    recorder.invoke(2, Write(0)).complete(0);
    recorder.invoke(2, Read).complete(1);
    // This answer alone keeps it from explaining the read.
    long.complete(5);
    let small = shrink(&recorder.history());
    assert_eq!(ops(&small), [Cas(0, 1), Write(0), Read], "{small}");
    assert_eq!(small.history().operations()[0].process, 0, "{small}");
}
