//! What tasks that run at the same time see has one order, also when answers are lost.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::open;
use credenza_core::command::{Get, IncrBy, Set, SetIfEqual};
use credenza_core::{Batch, Check, Effect, Error, ErrorKind, Found, Kv, Random, SeededRandom};
use credenza_testkit::history::{Limits, Recorder, Specification, check};
use credenza_testkit::servers::{Redis, Wire};

/// Two keys that hold numbers.
struct Pair;

#[derive(Clone, Debug, PartialEq)]
enum Op {
    Get(usize),
    Set(usize, i64),
    Add(usize, i64),
    Swap(usize, i64, i64),
    /// Both, if they hold these.
    Both([i64; 2], [i64; 2]),
}

#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Value(Option<i64>),
    Done,
    Sum(i64),
    Yes(bool),
    /// This one held that.
    Refused(usize, Option<i64>),
}

type State = [Option<i64>; 2];

impl Specification for Pair {
    type State = State;
    type Op = Op;
    type Ret = Answer;

    fn initial(&self) -> State {
        [None, None]
    }

    fn step(&self, state: &State, op: &Op, seen: Option<&Answer>) -> impl IntoIterator<Item = State> {
        let mut next = *state;
        let answer = match op {
            Op::Get(key) => Answer::Value(state[*key]),
            Op::Set(key, value) => {
                next[*key] = Some(*value);
                Answer::Done
            }
            Op::Add(key, by) => {
                let sum = state[*key].unwrap_or(0) + by;
                next[*key] = Some(sum);
                Answer::Sum(sum)
            }
            Op::Swap(key, old, new) => {
                let equal = state[*key] == Some(*old);
                if equal {
                    next[*key] = Some(*new);
                }
                Answer::Yes(equal)
            }
            Op::Both(old, new) => match (0..2).find(|key| state[*key] != Some(old[*key])) {
                Some(key) => Answer::Refused(key, state[key]),
                None => {
                    next = new.map(Some);
                    Answer::Done
                }
            },
        };
        seen.is_none_or(|seen| *seen == answer).then_some(next)
    }
}

const KEYS: [&str; 2] = ["{p}a", "{p}b"];

fn number(bytes: &[u8]) -> i64 {
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

async fn run(kv: &Kv, op: &Op) -> Result<Answer, Error> {
    Ok(match op {
        Op::Get(key) => Answer::Value(kv.run(Get::new(KEYS[*key])).await?.map(|value| number(&value))),
        Op::Set(key, value) => {
            kv.run(Set::new(KEYS[*key], *value)).await?;
            Answer::Done
        }
        Op::Add(key, by) => Answer::Sum(kv.run(IncrBy::new(KEYS[*key], *by)).await?),
        Op::Swap(key, old, new) => Answer::Yes(kv.run(SetIfEqual::new(KEYS[*key], *old, *new)).await?),
        Op::Both(old, new) => {
            let mut batch = Batch::atomic();
            for (key, (old, new)) in KEYS.iter().zip(old.iter().zip(new)) {
                batch.check(Check::value_equals(*key, *old));
                batch.push(Set::new(*key, *new));
            }
            match kv.batch(batch).await {
                Ok(_) => Answer::Done,
                Err(error) => match error.check_failure() {
                    Some(failure) => match &failure.found {
                        Found::Value(value) => Answer::Refused(failure.index, Some(number(value))),
                        Found::Absent => Answer::Refused(failure.index, None),
                        other => panic!("{other:?}"),
                    },
                    None => return Err(error),
                },
            }
        }
    })
}

fn choose(random: &SeededRandom) -> Op {
    let key = random.below(2) as usize;
    let value = || random.below(3) as i64;
    match random.next_u64() % 8 {
        0 | 1 => Op::Get(key),
        2 => Op::Set(key, value()),
        3 => Op::Add(key, value() + 1),
        4 => Op::Swap(key, value(), value()),
        _ => Op::Both([value(), value()], [value(), value()]),
    }
}

/// Tasks that run operations; one that fails ambiguously may have happened.
async fn history(
    kv: &Kv,
    seed: u64,
    operations: usize,
) -> (credenza_testkit::history::History<Op, Answer>, usize) {
    let recorder = Recorder::new();
    let mut tasks = tokio::task::JoinSet::new();
    for process in 0..4_u32 {
        let (kv, recorder) = (kv.clone(), recorder.clone());
        tasks.spawn(async move {
            let random = SeededRandom::new(seed * 100 + u64::from(process));
            let mut doubtful = 0;
            for _ in 0..operations {
                let op = choose(&random);
                let pending = recorder.invoke(process, op.clone());
                match run(&kv, &op).await {
                    Ok(answer) => pending.complete(answer),
                    Err(error) => {
                        let known = [ErrorKind::Timeout, ErrorKind::Unavailable];
                        assert!(known.contains(&error.kind()), "{error}");
                        match error.effect() {
                            Effect::NotApplied => pending.fail(),
                            Effect::MaybeApplied => {
                                doubtful += 1;
                                pending.ambiguous();
                            }
                        }
                    }
                }
            }
            doubtful
        });
    }
    let doubtful = tasks.join_all().await.into_iter().sum();
    (recorder.history(), doubtful)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_fair_weather() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(open(&redis.url()).await);
    for seed in 0..10 {
        redis.say(&["FLUSHALL"]).unwrap();
        let (history, _) = history(&kv, seed, 200).await;
        let verdict = check(&Pair, &history, Limits::default());
        assert!(verdict.is_linearizable(), "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_connections_break_and_replies_are_lost() {
    let Some(redis) = Redis::start() else { return };
    let wire = std::sync::Arc::new(Wire::to(("127.0.0.1", redis.port())));
    let store = open(&format!("redis://{}", wire.address())).await;
    let kv = Kv::new(store).with_timeout(Duration::from_millis(300));
    let mut ambiguous = 0;
    for seed in 0..5 {
        redis.say(&["FLUSHALL"]).unwrap();
        let weather = tokio::spawn({
            let wire = wire.clone();
            async move {
                for _ in 0..4 {
                    tokio::time::sleep(Duration::from_millis(40)).await;
                    wire.lose_replies();
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    wire.drop_connections();
                    wire.heal();
                    tokio::time::sleep(Duration::from_millis(40)).await;
                    wire.drop_connections();
                }
            }
        });
        let (history, doubtful) = history(&kv, seed, 150).await;
        ambiguous += doubtful;
        weather.await.unwrap();
        let verdict = check(&Pair, &history, Limits::default());
        assert!(verdict.is_linearizable(), "{verdict}");
        common::healed(&kv, "healed").await;
    }
    assert!(ambiguous > 0, "no reply was lost");
}
