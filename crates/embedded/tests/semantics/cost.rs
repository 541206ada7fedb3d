//! Common commands look a key up no more often than they must, and look at the time only for keys that expire.

use std::sync::atomic::{AtomicU64, Ordering};

use credenza_core::{Clock, Command, Limits, SeededRandom};
use credenza_embedded::Step;

use crate::common::{Runner, START, words};

/// A clock that counts who asks.
#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Clock for Counting {
    fn now(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed);
        START
    }
}

#[test]
fn hot_commands_are_cheap() {
    let mut runner = Runner::new();
    for line in ["MSET a 1 b 2", "HSET h f v", "SADD s m", "RPUSH l v", "ZADD z 1 m", "SET t v PX 1000"] {
        runner.text(line);
    }
    for (line, lookups, looks_at_clock) in [
        ("GET a", 1, 0),
        ("GET nope", 1, 0),
        ("GET t", 1, 1),
        ("SET a 5", 1, 0),
        ("SET a 5 PX 1000", 1, 1),
        ("SET t 5", 1, 0),
        ("SET b 5 NX", 1, 0),
        ("MGET a b nope", 3, 1),
        ("MSET b 1 t 2", 2, 0),
        ("INCR b", 2, 0),
        ("EXISTS h", 1, 0),
        ("HGET h f", 1, 0),
        ("HSET h f w g x", 1, 0),
        ("HINCRBY h n 1", 1, 0),
        ("SADD s m n", 1, 0),
        ("SISMEMBER s m", 1, 0),
        ("RPUSH l v w", 1, 0),
        ("LPOP l", 1, 0),
        ("ZADD z 2 m 3 n", 1, 0),
        ("ZSCORE z m", 1, 0),
    ] {
        let (clock, random, limits) = (Counting::default(), SeededRandom::new(1), Limits::default());
        runner.space.lookups = 0;
        let command = Command::parse(&words(line)).unwrap();
        Step::new(&mut runner.space, &clock, &random, &limits).run(command).unwrap();
        assert_eq!((runner.space.lookups, clock.0.into_inner()), (lookups, looks_at_clock), "{line}");
    }
}
