//! Histories written by hand.

use credenza_testkit::history::{Limits, Recorder, Specification, Verdict, check, check_by};

use crate::objects::{Bag, BagOp, Counter, Queue, QueueOp, Register, RegisterOp};
use RegisterOp::{Cas, Read, Write};

/// An operation that nothing overlaps but what is pending already.
fn run<Op, Ret>(recorder: &Recorder<Op, Ret>, process: u32, op: Op, ret: Ret) {
    recorder.invoke(process, op).complete(ret);
}

fn verdict<S: Specification>(spec: &S, recorder: &Recorder<S::Op, S::Ret>) -> Verdict<S::Op, S::Ret> {
    check(spec, &recorder.history(), Limits::default())
}

#[track_caller]
fn assert_holds<S: Specification>(spec: &S, recorder: &Recorder<S::Op, S::Ret>) {
    let verdict = verdict(spec, recorder);
    assert!(verdict.is_linearizable(), "{verdict}");
}

#[track_caller]
fn assert_broken<S: Specification>(spec: &S, recorder: &Recorder<S::Op, S::Ret>) {
    let verdict = verdict(spec, recorder);
    assert!(verdict.violation().is_some(), "{verdict}");
}

#[test]
fn nothing_happened() {
    assert_holds(&Register, &Recorder::new());
}

#[test]
fn a_read_may_see_either_side_of_a_write_it_overlaps() {
    for seen in [0, 1] {
        let recorder = Recorder::new();
        let write = recorder.invoke(0, Write(1));
        run(&recorder, 1, Read, seen);
        write.complete(0);
        assert_holds(&Register, &recorder);
    }
}

#[test]
fn two_reads_during_a_write_cannot_go_back() {
    let recorder = Recorder::new();
    let write = recorder.invoke(0, Write(1));
    run(&recorder, 1, Read, 1);
    run(&recorder, 2, Read, 0);
    write.complete(0);
    assert_broken(&Register, &recorder);
}

#[test]
fn a_stale_read() {
    let recorder = Recorder::new();
    run(&recorder, 0, Write(1), 0);
    run(&recorder, 0, Write(2), 0);
    run(&recorder, 1, Read, 1);
    assert_broken(&Register, &recorder);
}

#[test]
fn of_two_rivals_one_compare_and_swap_wins() {
    for (second, sound) in [(1, true), (0, false)] {
        let recorder = Recorder::new();
        let one = recorder.invoke(0, Cas(0, 1));
        let two = recorder.invoke(1, Cas(0, 2));
        one.complete(0);
        two.complete(second);
        let verdict = verdict(&Register, &recorder);
        assert_eq!(verdict.is_linearizable(), sound, "{verdict}");
    }
}

#[test]
fn a_lost_update() {
    let recorder = Recorder::new();
    let one = recorder.invoke(0, 1);
    let two = recorder.invoke(1, 1);
    one.complete(1);
    two.complete(1);
    assert_broken(&Counter, &recorder);
}

#[test]
fn concurrent_increments_in_either_order() {
    let recorder = Recorder::new();
    let one = recorder.invoke(0, 1);
    let two = recorder.invoke(1, 1);
    one.complete(2);
    two.complete(1);
    run(&recorder, 0, 0, 2);
    assert_holds(&Counter, &recorder);
}

#[test]
fn an_ambiguous_write_may_apply_never_late_or_after_everything() {
    for reads in [vec![1, 1, 1], vec![1, 1, 2], vec![1, 2, 2], vec![2, 2, 2]] {
        let recorder = Recorder::new();
        run(&recorder, 0, Write(1), 0);
        recorder.invoke(1, Write(2)).ambiguous();
        for read in reads {
            run(&recorder, 0, Read, read);
        }
        assert_holds(&Register, &recorder);
    }
}

#[test]
fn an_ambiguous_write_once_seen_cannot_be_unseen() {
    let recorder = Recorder::new();
    run(&recorder, 0, Write(1), 0);
    recorder.invoke(1, Write(2)).ambiguous();
    run(&recorder, 0, Read, 2);
    run(&recorder, 0, Read, 1);
    assert_broken(&Register, &recorder);
}

#[test]
fn an_ambiguous_write_applies_at_most_once() {
    let recorder = Recorder::new();
    recorder.invoke(1, Write(2)).ambiguous();
    run(&recorder, 0, Read, 2);
    run(&recorder, 0, Write(1), 0);
    run(&recorder, 0, Read, 2);
    assert_broken(&Register, &recorder);
}

#[test]
fn of_two_ambiguous_operations_with_one_effect_the_needed_one_is_spared() {
    for ops in [[Write(1), Cas(0, 1)], [Cas(0, 1), Write(1)]] {
        let recorder = Recorder::new();
        ops.into_iter().for_each(|op| recorder.invoke(1, op).ambiguous());
        run(&recorder, 0, Read, 1);
        run(&recorder, 0, Write(5), 0);
        // Only the plain write explains this one.
        run(&recorder, 0, Read, 1);
        assert_holds(&Register, &recorder);
        run(&recorder, 0, Write(5), 0);
        run(&recorder, 0, Read, 1);
        assert_broken(&Register, &recorder);
    }
}

#[test]
fn an_ambiguous_write_cannot_apply_before_it_began() {
    let recorder = Recorder::new();
    run(&recorder, 0, Read, 2);
    recorder.invoke(1, Write(2)).ambiguous();
    assert_broken(&Register, &recorder);
}

#[test]
fn a_failed_write_must_not_be_seen() {
    let recorder = Recorder::new();
    recorder.invoke(1, Write(2)).fail();
    assert_holds(&Register, &recorder);
    run(&recorder, 0, Read, 2);
    assert_broken(&Register, &recorder);
}

#[test]
fn a_dropped_or_running_operation_is_ambiguous() {
    let recorder = Recorder::new();
    drop(recorder.invoke(0, Write(1)));
    let running = recorder.invoke(1, Write(2));
    run(&recorder, 2, Read, 1);
    run(&recorder, 2, Read, 2);
    assert_holds(&Register, &recorder);
    running.complete(0);
    assert_holds(&Register, &recorder);
    run(&recorder, 2, Read, 1);
    assert_broken(&Register, &recorder);
}

#[test]
fn ambiguous_increments_explain_a_sum_but_not_a_greater_one() {
    for (sum, sound) in [(3, true), (4, true), (13, true), (14, false), (2, false)] {
        let recorder = Recorder::new();
        run(&recorder, 0, 3, 3);
        for process in 1..=10 {
            recorder.invoke(process, 1).ambiguous();
        }
        run(&recorder, 0, 0, sum);
        let verdict = verdict(&Counter, &recorder);
        assert_eq!(verdict.is_linearizable(), sound, "{sum}: {verdict}");
    }
}

#[test]
fn a_queue_keeps_the_order_of_pushes_that_do_not_overlap() {
    for (overlap, pops, sound) in [
        (false, [1, 2], true),
        (false, [2, 1], false),
        (true, [1, 2], true),
        (true, [2, 1], true),
        (true, [1, 1], false),
    ] {
        let recorder = Recorder::new();
        let one = recorder.invoke(0, QueueOp::Push(1));
        let two = if overlap {
            let two = recorder.invoke(1, QueueOp::Push(2));
            one.complete(None);
            two
        } else {
            one.complete(None);
            recorder.invoke(1, QueueOp::Push(2))
        };
        two.complete(None);
        for pop in pops {
            run(&recorder, 2, QueueOp::Pop, Some(pop));
        }
        let verdict = verdict(&Queue, &recorder);
        assert_eq!(verdict.is_linearizable(), sound, "{overlap} {pops:?}: {verdict}");
    }
}

#[test]
fn an_object_with_a_choice_may_take_any_member_once() {
    for (takes, sound) in [([2, 1], true), ([1, 2], true), ([1, 1], false), ([1, 3], false)] {
        let recorder = Recorder::new();
        run(&recorder, 0, BagOp::Add(1), None);
        run(&recorder, 0, BagOp::Add(2), None);
        for take in takes {
            run(&recorder, 1, BagOp::TakeAny, Some(take));
        }
        let verdict = verdict(&Bag, &recorder);
        assert_eq!(verdict.is_linearizable(), sound, "{takes:?}: {verdict}");
    }
}

#[test]
fn an_ambiguous_choice_is_any_choice() {
    for (last, sound) in [(1, true), (2, true), (3, false)] {
        let recorder = Recorder::new();
        run(&recorder, 0, BagOp::Add(1), None);
        run(&recorder, 0, BagOp::Add(2), None);
        recorder.invoke(1, BagOp::TakeAny).ambiguous();
        run(&recorder, 2, BagOp::TakeAny, Some(last));
        run(&recorder, 2, BagOp::TakeAny, None);
        let verdict = verdict(&Bag, &recorder);
        assert_eq!(verdict.is_linearizable(), sound, "{last}: {verdict}");
    }
}

#[test]
fn keys_are_judged_apart_and_the_report_names_the_guilty_one() {
    struct Keyed;
    impl Specification for Keyed {
        type State = u32;
        type Op = (&'static str, RegisterOp);
        type Ret = u32;
        fn initial(&self) -> u32 {
            0
        }
        fn step(
            &self,
            state: &u32,
            (_, op): &Self::Op,
            observed: Option<&u32>,
        ) -> impl IntoIterator<Item = u32> {
            let (next, answer) = op.run(*state);
            observed.is_none_or(|seen| *seen == answer).then_some(next)
        }
    }
    let recorder = Recorder::new();
    run(&recorder, 0, ("a", Write(1)), 0);
    run(&recorder, 0, ("b", Write(2)), 0);
    run(&recorder, 0, ("a", Read), 1);
    let verdict = check_by(&Keyed, &recorder.history(), |op| op.0, Limits::default());
    assert!(verdict.is_linearizable(), "{verdict}");
    run(&recorder, 0, ("b", Read), 1);
    let verdict = check_by(&Keyed, &recorder.history(), |op| op.0, Limits::default());
    assert_eq!(verdict.violation().and_then(|violation| violation.part()), Some("\"b\""));
}

#[test]
fn a_report_says_how_far_any_order_gets() {
    let recorder = Recorder::new();
    run(&recorder, 0, Write(1), 0);
    let lost = recorder.invoke(1, Write(7));
    run(&recorder, 0, Write(2), 0);
    run(&recorder, 2, Read, 1);
    run(&recorder, 2, Write(3), 0);
    lost.ambiguous();
    let expected = "\
not linearizable: no order of 4 operations explains their answers, whatever the 1 others did
the longest order of all:
  p0 [0..1] Write(1) -> 0
  p0 [3..4] Write(2) -> 0
the state then: 2
none of these can come next:
  p2 [5..6] Read -> 1
  p1 [2..] Write(7) -> ?";
    assert_eq!(verdict(&Register, &recorder).to_string(), expected);
}

#[test]
fn a_check_gives_up_at_its_limit_and_says_so() {
    let recorder = Recorder::new();
    let pending: Vec<_> = (0..12).map(|i| (i, recorder.invoke(i, QueueOp::Push(i)))).collect();
    for (_, push) in pending {
        push.complete(None);
    }
    run(&recorder, 0, QueueOp::Pop, Some(99));
    let verdict = check(&Queue, &recorder.history(), Limits { steps: 1000 });
    let said = "undecided: 1000 steps were not enough; 12 of 13 answered operations could be put in order";
    assert_eq!(verdict.to_string(), said);
}

#[test]
fn a_history_of_any_length_needs_no_stack() {
    let recorder = Recorder::new();
    for value in 0..20_000 {
        run(&recorder, 0, Write(value), 0);
    }
    assert_holds(&Register, &recorder);
    run(&recorder, 0, Read, 7);
    assert_broken(&Register, &recorder);
}
