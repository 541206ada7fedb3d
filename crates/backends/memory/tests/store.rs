//! What is particular to the store in memory: taking batches back, limits on memory, sweeping, and locks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::{Get, IncrBy, MGet, Set};
use credenza_core::{
    Batch, Check, Command, Cursor, ErrorKind, Kv, KvStore, ManualClock, Mode, Reply, Request,
};
use credenza_memory::{Eviction, MemoryConfig, MemoryStore};

fn open(change: impl FnOnce(&mut MemoryConfig)) -> (Kv, MemoryStore, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(1_000_000));
    let mut config = MemoryConfig::default();
    config.clock = clock.clone();
    config.sweep_interval = None;
    change(&mut config);
    let store = MemoryStore::open(config).expect("a store in memory opens");
    (Kv::new(store.clone()), store, clock)
}

fn parse(text: &str) -> Command {
    let words: Vec<Bytes> = text.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
    Command::parse(&words).expect(text)
}

async fn run(kv: &Kv, text: &str) -> Reply {
    let context = credenza_core::Context::new();
    kv.store().execute(&context, Request::One(parse(text))).await.and_then(|answer| answer.one()).expect(text)
}

/// Everything the store holds, as replies that do not depend on order.
async fn dump(kv: &Kv) -> Vec<(String, Reply)> {
    let mut replies = Vec::new();
    for key in ["s", "big", "h", "set", "l", "z", "ttl", "new"] {
        let kind = run(kv, &format!("TYPE {key}")).await;
        let elements = match &kind {
            Reply::Kind(Some(kind)) => match kind.redis_name() {
                "string" => "GET #",
                "hash" => "HGETALL #",
                "set" => "SMEMBERS #",
                "list" => "LRANGE # 0 -1",
                _ => "ZRANGE # 0 -1 WITHSCORES",
            },
            _ => "EXISTS #",
        };
        for read in ["TYPE #", "PTTL #", "VERSIONOF #", elements] {
            let read = read.replace('#', key);
            replies.push((read.clone(), sorted(run(kv, &read).await)));
        }
    }
    replies
}

fn sorted(mut reply: Reply) -> Reply {
    match &mut reply {
        Reply::Entries(entries) => entries.sort(),
        Reply::Members(members) => members.sort(),
        _ => {}
    }
    reply
}

#[tokio::test]
async fn a_batch_that_fails_is_taken_back_whatever_it_did() {
    let (kv, store, _) = open(|_| {});
    let big = "x".repeat(2_000);
    for setup in [
        "SET s 1",
        &format!("SET big {big}"),
        "HSET h a 1 b 2",
        "SADD set a b c",
        "RPUSH l a b a c",
        "ZADD z 1 a 2 b 3 c",
        "SET ttl v PX 5000",
    ] {
        run(&kv, setup).await;
    }
    let before = dump(&kv).await;
    let bytes = store.used_bytes();
    for change in [
        "SET s 2",
        "SET s longer-than-before",
        "SET big small",
        "SET h string-over-hash",
        "SET new 1",
        "DEL s big h set l z ttl",
        "EXPIRE s 10",
        "PERSIST ttl",
        "RENAME z new",
        "RENAME h l",
        "COPY set new",
        "COPY l z REPLACE",
        "HSET h a 9 c 3",
        "HDEL h a b",
        "HINCRBY h a 5",
        "SADD set d",
        "SREM set a b c",
        "SMOVE set new a",
        "SUNIONSTORE l set",
        "LPUSH l x y",
        "RPUSH l x",
        "LPOP l 2",
        "RPOP l 10",
        "LSET l 1 z",
        "LINSERT l BEFORE b x",
        "LREM l 0 a",
        "LTRIM l 1 2",
        "LMOVE l new LEFT RIGHT",
        "LMOVE l l LEFT RIGHT",
        "ZADD z 9 a 4 d",
        "ZREM z a b c",
        "ZPOPMIN z 2",
        "ZINCRBY z 5 b",
        "ZUNIONSTORE s 2 z set",
        "CLEAR s",
        "INCRBOUNDED new 1 PX 100",
        "GETDEL s",
        "APPEND big tail",
    ] {
        let mut commands = vec![parse(change)];
        // Twice, so that what is undone depends on the order.
        commands.push(parse(
            change.replace("RENAME z new", "SADD new m").replace("RENAME h l", "RPUSH l m").as_str(),
        ));
        commands.push(parse("SET list-to-break v"));
        commands.push(parse("LPUSH list-to-break v"));
        let batch = Batch { mode: Mode::Atomic, checks: Vec::new(), commands };
        let error = kv.batch(batch).await.expect_err(change);
        assert!(error.index() == Some(3) || error.index() == Some(1), "{change}: {error}");
        assert_eq!(dump(&kv).await, before, "{change}");
        assert!(!kv.exists("list-to-break").await.expect("exists"), "{change}");
        assert_eq!(store.used_bytes(), bytes, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_sees_a_batch_half_applied() {
    let (kv, _, _) = open(|_| {});
    let accounts: Vec<String> = (0..8).map(|i| format!("account {i}")).collect();
    for account in &accounts {
        kv.set(account, "100").await.expect("set");
    }
    let mut tasks = Vec::new();
    for worker in 0..4_usize {
        let (kv, accounts) = (kv.clone(), accounts.clone());
        tasks.push(tokio::spawn(async move {
            for i in 0..2_000_usize {
                let mut batch = Batch::atomic();
                batch.push(IncrBy::new(&accounts[(i * 7 + worker) % 8], -1));
                batch.push(IncrBy::new(&accounts[(i * 3 + worker + 1) % 8], 1));
                kv.batch(batch).await.expect("a transfer succeeds");
                if i % 16 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }));
    }
    let reader = tokio::spawn({
        let (kv, accounts) = (kv.clone(), accounts.clone());
        async move {
            for _ in 0..2_000 {
                let found = kv.run(MGet::new(&accounts)).await.expect("mget");
                let sum: i64 = found
                    .iter()
                    .flatten()
                    .map(|v| String::from_utf8_lossy(v).parse::<i64>().expect("a number"))
                    .sum();
                assert_eq!(sum, 800);
                tokio::task::yield_now().await;
            }
        }
    });
    for task in tasks {
        task.await.expect("a worker ends");
    }
    reader.await.expect("the reader ends");
}

#[tokio::test]
async fn a_batch_gives_what_it_wrote_one_version_and_checks_hold() {
    let (kv, _, _) = open(|_| {});
    let mut batch = Batch::atomic();
    batch.push(Set::new("a", "1"));
    batch.push(Set::new("b", "2"));
    let version = kv.batch(batch).await.expect("a batch").version;
    assert!(version.is_some());
    assert_eq!(kv.version("a").await.expect("version"), version);
    assert_eq!(kv.version("b").await.expect("version"), version);

    let mut batch = Batch::atomic();
    batch.check(Check::version_equals("a", version)).check(Check::value_equals("b", "3"));
    batch.push(Set::new("a", "9"));
    let error = kv.batch(batch).await.expect_err("the second check does not hold");
    assert_eq!((error.kind(), error.index()), (ErrorKind::CheckFailed, Some(1)));
    assert_eq!(kv.run(Get::new("a")).await.expect("get").as_deref(), Some(&b"1"[..]));
}

#[tokio::test]
async fn a_sweep_frees_what_expired_and_its_collections() {
    let (kv, store, clock) = open(|_| {});
    for i in 0..1_000 {
        run(&kv, &format!("SET key{i} v PX {}", 1_000 + i)).await;
        run(&kv, &format!("HSET hash{i} field value")).await;
        run(&kv, &format!("PEXPIRE hash{i} {}", 1_000 + i)).await;
    }
    run(&kv, "SET stays v").await;
    clock.advance(Duration::from_millis(1_499));
    assert_eq!(store.sweep(), 1_000);
    assert_eq!(store.len(), 1_001);
    clock.advance(Duration::from_secs(10));
    assert_eq!(store.sweep(), 1_000);
    assert_eq!((store.len(), store.sweep()), (1, 0));
}

#[tokio::test]
async fn the_account_of_a_limited_store_is_that_of_its_parts() {
    let (limited, counted, _) = open(|config| config.max_bytes = Some(usize::MAX / 2));
    let (free, summed, clock) = open(|_| {});
    for (kv, _) in [(&limited, &counted), (&free, &summed)] {
        for text in [
            "SET s 1234567890",
            "SET s 1",
            "HSET h a 1 b 2",
            "RENAME h moved",
            "HSET moved c 3",
            "HDEL moved a",
            "COPY moved copied",
            "RPUSH l a b c",
            "LTRIM l 1 1",
            "ZADD z 1 a 2 b",
            "SADD set a b",
            "SREM set a b",
            "SET moved string",
            "PEXPIRE l 1000",
            "RENAME s t",
            "DEL z",
        ] {
            run(kv, text).await;
        }
        let mut failing = Batch::atomic();
        for text in ["HSET copied d 4", "RENAME copied gone", "DEL t", "INCRBY moved 1"] {
            failing.commands.push(parse(text));
        }
        kv.batch(failing).await.expect_err("a string is no number");
    }
    assert_eq!(counted.used_bytes(), summed.used_bytes());
    assert!(counted.used_bytes() > 0);
    clock.advance(Duration::from_secs(2));
    summed.sweep();
    assert!(summed.used_bytes() < counted.used_bytes());
}

#[tokio::test]
async fn a_full_store_refuses_writes_but_not_deletes() {
    let (kv, store, _) = open(|config| config.max_bytes = Some(50_000));
    let mut refused = None;
    for i in 0..2_000 {
        if let Err(error) = kv.set(format!("key {i}"), vec![0; 100]).await {
            refused = Some((i, error));
            break;
        }
    }
    let (count, error) = refused.expect("the limit is reached");
    assert_eq!(error.kind(), ErrorKind::Full);
    assert!((150..400).contains(&count), "{count} keys in 50,000 bytes");
    assert!(store.used_bytes() < 51_000);
    for i in 0..50 {
        assert!(kv.del(format!("key {i}")).await.expect("a delete is never refused"));
    }
    kv.set("again", "v").await.expect("there is room again");
}

#[tokio::test]
async fn a_full_store_evicts_what_was_not_used_for_long() {
    let (kv, store, clock) = open(|config| {
        config.max_bytes = Some(100_000);
        config.eviction = Eviction::LeastRecentlyUsed;
    });
    for i in 0..200 {
        kv.set(format!("hot {i}"), vec![0; 100]).await.expect("set");
    }
    for i in 0..4_000 {
        clock.advance(Duration::from_secs(1));
        kv.set(format!("cold {i}"), vec![0; 100]).await.expect("set");
        kv.get(format!("hot {}", i % 200)).await.expect("get");
        if i % 10 == 0 {
            for hot in 0..200 {
                kv.get(format!("hot {hot}")).await.expect("get");
            }
        }
    }
    assert!(store.used_bytes() <= 101_000, "{} bytes", store.used_bytes());
    let mut kept = 0;
    for i in 0..200 {
        kept += usize::from(kv.exists(format!("hot {i}")).await.expect("exists"));
    }
    assert!(kept >= 195, "only {kept} of 200 keys in use were kept");
}

#[tokio::test]
async fn a_scan_of_a_small_store_takes_few_steps() {
    let (kv, _, _) = open(|_| {});
    for i in 0..25 {
        kv.set(format!("key {i}"), "v").await.expect("set");
    }
    let (mut cursor, mut steps, mut seen) = (Cursor::START, 0, BTreeSet::new());
    loop {
        let page = kv.run(credenza_core::command::Scan::new(cursor).count(10)).await.expect("scan");
        seen.extend(page.items);
        steps += 1;
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(steps <= 4, "{steps} steps");
}

/// The keys, fields or members of a reply that is a page, and where it goes on.
fn page(reply: Reply) -> (Vec<Bytes>, Option<Cursor>) {
    match reply {
        Reply::MemberPage(page) => (page.items, page.next),
        Reply::EntryPage(page) => (page.items.into_iter().map(|(field, _)| field).collect(), page.next),
        Reply::ScoredPage(page) => (page.items.into_iter().map(|(member, _)| member).collect(), page.next),
        other => panic!("{other:?} is no page"),
    }
}

#[tokio::test]
async fn a_scan_of_elements_sees_all_of_them_when_a_batch_is_taken_back_meanwhile() {
    let elements: Vec<String> = (0..100).map(|i| format!("e{i}")).collect();
    for (scan, add, remove) in
        [("HSCAN", "HSET k", "HDEL k"), ("SSCAN", "SADD k", "SREM k"), ("ZSCAN", "ZADD k", "ZREM k")]
    {
        let (kv, _, _) = open(|_| {});
        for (i, element) in elements.iter().enumerate() {
            let words = match scan {
                "HSCAN" => format!("{add} {element} v"),
                "SSCAN" => format!("{add} {element}"),
                _ => format!("{add} {i} {element}"),
            };
            run(&kv, &words).await;
        }
        run(&kv, "SET text v").await;
        let (items, mut next) = page(run(&kv, &format!("{scan} k 0 COUNT 10")).await);
        let mut seen: BTreeSet<Bytes> = items.into_iter().collect();

        let commands = vec![parse(&format!("{remove} e0 e7 e99 e3 e50")), parse("LPUSH text v")];
        let batch = Batch { mode: Mode::Atomic, checks: Vec::new(), commands };
        assert_eq!(kv.batch(batch).await.expect_err("text is no list").kind(), ErrorKind::WrongType);

        while let Some(cursor) = next {
            let digits: String = cursor.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            let (items, rest) = page(run(&kv, &format!("{scan} k x{digits} COUNT 10")).await);
            seen.extend(items);
            next = rest;
        }
        assert_eq!(seen.len(), 100, "{scan}");
    }
}

#[tokio::test]
async fn a_cursor_of_something_else_is_refused() {
    let (kv, _, _) = open(|_| {});
    for setup in ["SET s v", "HSET h a 1", "SADD set a", "ZADD z 1 a"] {
        run(&kv, setup).await;
    }
    let context = credenza_core::Context::new();
    for scan in ["SCAN x00", "HSCAN h x00", "SSCAN set x00", "ZSCAN z x00"] {
        let answer = kv.store().execute(&context, Request::One(parse(scan))).await;
        assert_eq!(answer.expect_err(scan).kind(), ErrorKind::InvalidArgument, "{scan}");
    }
}

#[tokio::test]
async fn a_batch_that_changes_the_middle_of_a_list_often_is_taken_back() {
    let (kv, store, _) = open(|_| {});
    run(&kv, "RPUSH l a b c d a b c d").await;
    run(&kv, "SET text v").await;
    let (before, bytes) = (run(&kv, "LRANGE l 0 -1").await, store.used_bytes());
    let commands = [
        "LPOP l",
        "RPUSH l x",
        "LREM l 1 c",
        "LPUSH l y z",
        "LINSERT l AFTER d w",
        "LSET l 0 v",
        "RPOP l 3",
        "LREM l 0 d",
        "LTRIM l 1 2",
        "LMOVE l l LEFT RIGHT",
        "DEL l",
        "RPUSH l other",
        "LREM l 0 other",
        "LPUSH text v",
    ];
    let commands = commands.into_iter().map(parse).collect();
    kv.batch(Batch { mode: Mode::Atomic, checks: Vec::new(), commands }).await.expect_err("text is no list");
    assert_eq!(run(&kv, "LRANGE l 0 -1").await, before);
    assert_eq!(store.used_bytes(), bytes);
}

#[tokio::test]
async fn a_full_store_lets_a_batch_read_what_it_removes() {
    let (kv, _, _) = open(|config| config.max_bytes = Some(500));
    kv.set("k", vec![0; 512]).await.expect("the first write");
    assert_eq!(kv.set("other", "v").await.expect_err("the limit is reached").kind(), ErrorKind::Full);
    let commands = vec![parse("GET k"), parse("DEL k")];
    kv.batch(Batch { mode: Mode::Atomic, checks: Vec::new(), commands }).await.expect("it only removes");
    kv.set("other", "v").await.expect("there is room again");
}

#[tokio::test]
async fn a_full_store_makes_room_of_what_expired() {
    for eviction in [Eviction::Refuse, Eviction::LeastRecentlyUsed] {
        let (kv, store, clock) = open(|config| {
            config.max_bytes = Some(60_000);
            config.eviction = eviction;
        });
        for i in 0..100 {
            kv.set(format!("stays {i}"), vec![0; 100]).await.expect("set");
        }
        clock.advance(Duration::from_secs(10));
        while store.used_bytes() <= 60_000 {
            kv.set_ex(format!("goes {}", store.len()), vec![0; 100], Duration::from_secs(1))
                .await
                .expect("set");
        }
        clock.advance(Duration::from_secs(2));
        for i in 0..50 {
            kv.set(format!("new {i}"), vec![0; 100]).await.expect("what has expired makes room");
        }
        for i in 0..100 {
            assert!(kv.exists(format!("stays {i}")).await.expect("exists"), "{eviction:?}");
        }
    }
}

#[tokio::test]
async fn what_was_used_a_moment_ago_is_not_evicted_when_the_clock_is_set_back() {
    let (kv, store, clock) = open(|config| {
        config.max_bytes = Some(60_000);
        config.eviction = Eviction::LeastRecentlyUsed;
    });
    for i in 0..200 {
        kv.set(format!("old {i}"), vec![0; 100]).await.expect("set");
    }
    clock.advance(Duration::from_secs(100));
    while store.used_bytes() <= 60_000 {
        kv.set(format!("fresh {}", store.len()), vec![0; 100]).await.expect("set");
    }
    let fresh: Vec<String> = (200..store.len()).map(|i| format!("fresh {i}")).collect();
    assert!(fresh.len() > 50);
    clock.set(1_000_000 + 99_000);
    for i in 0..20 {
        kv.set(format!("new {i}"), vec![0; 100]).await.expect("set");
    }
    for key in fresh {
        assert!(kv.exists(&key).await.expect("exists"), "{key} was evicted");
    }
}
