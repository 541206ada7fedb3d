use super::*;
use Fault::{Garbled, Lost, NeverWritten, Refused, Resurrected};
use Observed::{Absent, Value};

/// How the writes of one key end, from the first.
#[derive(Clone, Copy)]
enum Step {
    Put,
    CutPut,
    RefusedPut,
    Delete,
    CutDelete,
    RefusedDelete,
    See(Observed),
}
use Step::{CutDelete, CutPut, Delete, Put, RefusedDelete, RefusedPut, See};

fn after(steps: &[Step]) -> Ledger<&'static str> {
    let ledger = Ledger::new();
    for step in steps {
        match step {
            Put => ledger.put("k").acknowledged(),
            CutPut => ledger.put("k").ambiguous(),
            RefusedPut => ledger.put("k").failed(),
            Delete => ledger.delete("k").acknowledged(),
            CutDelete => drop(ledger.delete("k")),
            RefusedDelete => ledger.delete("k").failed(),
            See(observed) => assert_eq!(ledger.observe(&"k", *observed), None),
        }
    }
    ledger
}

#[track_caller]
fn found(steps: &[Step], observed: Observed) -> Option<Fault> {
    after(steps).observe(&"k", observed).map(|finding| finding.fault)
}

#[test]
fn what_was_promised_is_there() {
    assert_eq!(found(&[Put, Put], Value(2)), None);
    assert_eq!(found(&[Put, Delete], Absent), None);
    assert_eq!(found(&[Put, RefusedPut], Value(1)), None);
    assert_eq!(found(&[], Absent), None);
}

#[test]
fn a_write_that_was_cut_off_may_be_there_or_not() {
    assert_eq!(found(&[Put, CutPut, CutPut], Value(1)), None);
    assert_eq!(found(&[Put, CutPut, CutPut], Value(2)), None);
    assert_eq!(found(&[Put, CutPut, CutPut], Value(3)), None);
    assert_eq!(found(&[CutPut], Absent), None);
    assert_eq!(found(&[Put, CutDelete], Absent), None);
    assert_eq!(found(&[Put, CutDelete], Value(1)), None);
}

#[test]
fn an_acknowledged_write_is_lost() {
    assert_eq!(found(&[Put], Absent), Some(Lost));
    assert_eq!(found(&[Put, Put], Value(1)), Some(Lost));
    assert_eq!(found(&[Put, CutPut, Put], Value(2)), Some(Lost));
    assert_eq!(found(&[Put, CutPut], Absent), Some(Lost));
    assert_eq!(found(&[Put, RefusedDelete], Absent), Some(Lost));
}

#[test]
fn a_value_comes_back_or_was_never_there() {
    assert_eq!(found(&[Put, Delete], Value(1)), Some(Resurrected));
    assert_eq!(found(&[Put, RefusedPut], Value(2)), Some(Refused));
    assert_eq!(found(&[RefusedPut], Value(1)), Some(Refused));
    assert_eq!(found(&[Put], Value(2)), Some(NeverWritten));
    assert_eq!(found(&[Put], Value(0)), Some(NeverWritten));
    assert_eq!(found(&[Put, CutDelete], Value(2)), Some(NeverWritten));
    assert_eq!(found(&[], Value(1)), Some(NeverWritten));
    assert_eq!(found(&[Put], Observed::Garbled), Some(Garbled));
}

#[test]
fn what_was_seen_must_be_seen_again() {
    assert_eq!(found(&[Put, CutPut, See(Value(2))], Value(1)), Some(Lost));
    assert_eq!(found(&[Put, CutPut, See(Value(2))], Absent), Some(Lost));
    assert_eq!(found(&[Put, CutPut, See(Value(1))], Value(2)), Some(Resurrected));
    assert_eq!(found(&[CutPut, See(Absent)], Value(1)), Some(Resurrected));
    assert_eq!(found(&[Put, CutDelete, See(Absent)], Value(1)), Some(Resurrected));
    assert_eq!(found(&[Put, CutDelete, See(Value(1))], Absent), Some(Lost));
    assert_eq!(found(&[Put, CutPut, See(Value(1)), Put], Value(3)), None);
}

#[test]
fn a_finding_can_be_read_and_does_not_change_the_ledger() {
    let ledger = after(&[Put, Put, CutPut]);
    for _ in 0..2 {
        let finding = ledger.observe(&"k", Value(1)).expect("the second write is lost");
        let expected = "key \"k\": Lost: found Value(1); certain up to write 2, attempted 3";
        assert_eq!(finding.to_string(), expected);
    }
    assert_eq!(ledger.observe(&"k", Value(2)), None);
}

#[test]
fn writers_on_many_threads_share_a_ledger() {
    let ledger = Ledger::new();
    std::thread::scope(|scope| {
        for key in 0..4 {
            let ledger = ledger.clone();
            scope.spawn(move || {
                for round in 0..300 {
                    let attempt = ledger.put(key);
                    assert_eq!(attempt.number(), round + 1);
                    if round % 3 == 0 { attempt.failed() } else { attempt.acknowledged() }
                }
            });
        }
    });
    assert_eq!(ledger.tally(), Tally { attempted: 1200, acknowledged: 800, failed: 400 });
    let findings = ledger.verify(|key| Ok::<_, ()>(if *key == 2 { Value(17) } else { Value(300) }));
    let findings = findings.expect("no read fails");
    assert_eq!(findings.iter().map(|finding| (finding.key, finding.fault)).collect::<Vec<_>>(), [(2, Lost)]);
    assert_eq!(ledger.verify(|_| Err::<Observed, _>("down")), Err("down"));
}
