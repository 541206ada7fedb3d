//! Histories of a sound object, made by giving each operation a random moment at which it takes effect.

use credenza_testkit::history::{History, Limits, Pending, Recorder, Specification, check, check_by};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::objects::{Register, RegisterOp};

/// What to simulate.
#[derive(Clone, Copy, Debug)]
struct Plan {
    operations: u32,
    processes: usize,
    keys: usize,
    /// How often an operation's end is not noted, whether it took effect, still will, or never.
    ambiguous: f64,
    /// Writes are 0 up to this.
    values: u32,
}

type Keyed = (usize, RegisterOp);

/// Registers by key; each key's part is checked as one.
struct Registers;

impl Specification for Registers {
    type State = u32;
    type Op = Keyed;
    type Ret = u32;

    fn initial(&self) -> u32 {
        0
    }

    fn step(&self, state: &u32, (_, op): &Keyed, observed: Option<&u32>) -> impl IntoIterator<Item = u32> {
        Register.step(state, op, observed)
    }
}

struct Running {
    handle: Option<Pending<Keyed, u32>>,
    op: Keyed,
    answer: Option<u32>,
}

/// A linearizable history. If `lie` is the number of an operation, that one's answer is wrong.
fn simulate(rng: &mut StdRng, plan: Plan, lie: Option<u32>) -> History<Keyed, u32> {
    let recorder = Recorder::new();
    let mut registers = vec![0; plan.keys];
    let mut running: Vec<Running> = Vec::new();
    let mut late: Vec<Keyed> = Vec::new();
    let (mut begun, mut ended) = (0, 0);
    while begun < plan.operations || !running.is_empty() {
        let chosen = rng.random_range(0..plan.processes);
        if running.len() <= chosen && begun < plan.operations {
            let write = rng.random_range(0..plan.values);
            let op = match rng.random_range(0..10) {
                0..4 => RegisterOp::Write(write),
                4..6 => RegisterOp::Cas(rng.random_range(0..plan.values), write),
                _ => RegisterOp::Read,
            };
            let op = (rng.random_range(0..plan.keys), op);
            running.push(Running { handle: Some(recorder.invoke(chosen as u32, op)), op, answer: None });
            begun += 1;
        } else if let Some(operation) = running.get_mut(chosen) {
            if rng.random_bool(plan.ambiguous) {
                if operation.answer.is_none() && rng.random_bool(0.5) {
                    late.push(operation.op);
                }
                running.swap_remove(chosen);
            } else if let Some(answer) = operation.answer {
                let answer = if lie.is_some_and(|lie| lie == ended) { answer + 1 } else { answer };
                ended += 1;
                operation.handle.take().expect("taken once").complete(answer);
                running.swap_remove(chosen);
            } else {
                let (key, op) = operation.op;
                let (next, answer) = op.run(registers[key]);
                registers[key] = next;
                operation.answer = Some(answer);
            }
        }
        if !late.is_empty() && rng.random_bool(0.05) {
            let (key, op) = late.swap_remove(rng.random_range(0..late.len()));
            registers[key] = op.run(registers[key]).0;
        }
    }
    recorder.history()
}

#[test]
fn sound_histories_always_pass() {
    let mut rng = StdRng::seed_from_u64(11);
    for _ in 0..150 {
        let plan = Plan {
            operations: rng.random_range(20..300),
            processes: rng.random_range(2..10),
            keys: 1,
            ambiguous: [0.0, 0.01, 0.1][rng.random_range(0..3)],
            values: [2, 5, 1000][rng.random_range(0..3)],
        };
        let verdict = check(&Registers, &simulate(&mut rng, plan, None), Limits::default());
        assert!(verdict.is_linearizable(), "{plan:?}: {verdict}");
    }
}

#[test]
fn one_wrong_answer_is_mostly_caught() {
    let mut rng = StdRng::seed_from_u64(12);
    let plan = Plan { operations: 100, processes: 4, keys: 1, ambiguous: 0.01, values: 1000 };
    let caught = (0..100).filter(|_| {
        let lie = rng.random_range(0..80);
        check(&Registers, &simulate(&mut rng, plan, Some(lie)), Limits::default()).violation().is_some()
    });
    // A write's answer is always 0, so every lie shows: unless it fell to a write or read nobody else
    // contradicts.
    let caught = caught.count();
    assert!(caught >= 95, "{caught} of 100");
}

#[test]
fn ten_thousand_operations_on_fifty_keys() {
    let mut rng = StdRng::seed_from_u64(13);
    let plan = Plan { operations: 10_000, processes: 8, keys: 50, ambiguous: 0.01, values: 1000 };
    let limits = Limits { steps: 100_000 };
    let verdict = check_by(&Registers, &simulate(&mut rng, plan, None), |op| op.0, limits);
    assert!(verdict.is_linearizable(), "{verdict}");
    let verdict = check_by(&Registers, &simulate(&mut rng, plan, Some(7000)), |op| op.0, limits);
    assert!(verdict.violation().is_some(), "{verdict}");
}

#[test]
fn ten_thousand_operations_on_one_key() {
    let mut rng = StdRng::seed_from_u64(14);
    let plan = Plan { operations: 10_000, processes: 8, keys: 1, ambiguous: 0.001, values: 1000 };
    let verdict = check(&Registers, &simulate(&mut rng, plan, None), Limits::default());
    assert!(verdict.is_linearizable(), "{verdict}");
}
