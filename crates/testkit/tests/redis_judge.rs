//! The suite's own judge: every case that Redis can understand must pass on a real `redis-server`.
//!
//! Where no `redis-server` is installed the test says so and does nothing; with `CI=true` that is a failure.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::{Check, Clock, Key, Mode, SystemClock, Version};
use credenza_testkit::script::{Answer, Refusal, Script, Target};
use credenza_testkit::servers::{Redis, RedisConnection};
use credenza_testkit::suite;

/// Cases that are played at the same time, each in a database of its own.
const WORKERS: usize = 12;

/// Where Credenza differs from Redis on purpose.
const DIFFERENT: &[(&str, &str)] = &[(
    "numbers that would not fit are refused",
    "increments are 64-bit numbers here and 80-bit ones there; Redis refuses that rank since 7.2",
)];

#[test]
fn redis_agrees_with_the_suite() {
    let Some(redis) = Redis::start() else { return };
    let fits = |case: &suite::Case| {
        let needs = Script::parse(case.script).unwrap().needs();
        !needs.atomic_batches && needs.commands.iter().all(|id| id.info().in_redis())
    };
    let different = |name: &str| DIFFERENT.iter().any(|(different, _)| *different == name);
    let cases: Vec<_> = suite::cases().filter(fits).filter(|case| !different(case.name)).collect();
    assert!(cases.len() > 200, "only {} cases can be judged by Redis", cases.len());

    let queue = Mutex::new(cases.iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for database in 0..WORKERS {
            let (queue, failures, redis) = (&queue, &failures, &redis);
            scope.spawn(move || {
                let mut connection = Connection::to(redis, database);
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                loop {
                    let Some(case) = queue.lock().unwrap().next() else { return };
                    connection.say(&["FLUSHDB".into()]);
                    let script = Script::parse(case.script).unwrap();
                    for failure in runtime.block_on(script.play(&mut connection)) {
                        failures.lock().unwrap().push(format!("{}: {}\n  {failure}", case.group, case.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "Redis disagrees:\n\n{}\n", failures.join("\n\n"));
}

/// Redis, as scripts see it.
struct Connection(RedisConnection);

impl Connection {
    fn to(redis: &Redis, database: usize) -> Connection {
        let mut connection = Connection(redis.connect().unwrap());
        connection.say(&["SELECT".into(), database.to_string().into()]);
        connection
    }

    fn say(&mut self, words: &[Bytes]) -> Answer {
        self.0.say(words).unwrap()
    }
}

impl Target for Connection {
    async fn send(&mut self, words: &[Bytes]) -> Answer {
        self.say(words)
    }

    async fn batch(
        &mut self,
        _: Mode,
        _: Vec<Check>,
        commands: Vec<Vec<Bytes>>,
    ) -> (Answer, Option<Version>) {
        let say = |(index, words): (usize, &Vec<Bytes>)| match self.say(words) {
            Answer::Error(refusal) => Answer::Error(Refusal { index: Some(index), ..refusal }),
            answer => answer,
        };
        (Answer::Array(commands.iter().enumerate().map(say).collect()), None)
    }

    fn now(&self) -> i64 {
        SystemClock.now()
    }

    async fn advance(&mut self, by: Duration) {
        std::thread::sleep(by);
    }

    fn exact_time(&self) -> bool {
        false
    }

    async fn state(&mut self, _: &BTreeSet<Key>) -> Vec<String> {
        Vec::new()
    }
}
