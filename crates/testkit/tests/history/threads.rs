//! Objects that threads really share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use credenza_testkit::history::{History, Limits, Recorder, check};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::objects::{Counter, Register, RegisterOp};

/// Runs `work` on four threads at once; each has its own number.
fn on_threads<Op: Clone + Send, Ret: Clone + Send>(
    work: impl Fn(u32, &Recorder<Op, Ret>) + Sync,
) -> History<Op, Ret> {
    let recorder = Recorder::new();
    thread::scope(|scope| {
        for process in 0..4 {
            let (work, recorder) = (&work, recorder.clone());
            scope.spawn(move || work(process, &recorder));
        }
    });
    recorder.history()
}

#[test]
fn an_atomic_register_passes() {
    let register = AtomicU32::new(0);
    let history = on_threads(|process, recorder| {
        let mut rng = StdRng::seed_from_u64(process.into());
        for _ in 0..500 {
            let op = match rng.random_range(0..3) {
                0 => RegisterOp::Read,
                1 => RegisterOp::Write(rng.random_range(0..9)),
                _ => RegisterOp::Cas(rng.random_range(0..9), rng.random_range(0..9)),
            };
            let pending = recorder.invoke(process, op);
            let answer = match op {
                RegisterOp::Read => register.load(Ordering::SeqCst),
                RegisterOp::Write(value) => {
                    register.store(value, Ordering::SeqCst);
                    0
                }
                RegisterOp::Cas(old, new) => register
                    .compare_exchange(old, new, Ordering::SeqCst, Ordering::SeqCst)
                    .unwrap_or_else(|found| found),
            };
            // Now and then the answer gets lost.
            if rng.random_bool(0.02) { pending.ambiguous() } else { pending.complete(answer) }
        }
    });
    assert_eq!(history.len(), 2000);
    let verdict = check(&Register, &history, Limits::default());
    assert!(verdict.is_linearizable(), "{verdict}");
}

#[test]
fn an_atomic_counter_passes_and_one_that_loses_updates_is_caught() {
    let run = |add: &(dyn Fn(&AtomicU32) -> u32 + Sync)| {
        let counter = AtomicU32::new(0);
        let history = on_threads(|process, recorder| {
            for _ in 0..100 {
                let pending = recorder.invoke(process, 1);
                pending.complete(add(&counter));
            }
        });
        check(&Counter, &history, Limits::default())
    };

    let verdict = run(&|counter| counter.fetch_add(1, Ordering::SeqCst) + 1);
    assert!(verdict.is_linearizable(), "{verdict}");

    let torn = |counter: &AtomicU32| {
        let sum = counter.load(Ordering::SeqCst) + 1;
        thread::yield_now();
        counter.store(sum, Ordering::SeqCst);
        sum
    };
    let violation = (0..50).find_map(|_| run(&torn).violation().cloned()).expect("the lost update shows");
    let small = violation.shrink(&Counter, Limits::default());
    assert!(small.history().len() <= 3, "two additions with the same answer would do: {small}");
}
