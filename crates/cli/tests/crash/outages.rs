//! A store that is out half of the time, with a journal that takes writes meanwhile.

use std::path::Path;
use std::time::{Duration, Instant};

use credenza::command::{Del, MGet, Set};
use credenza::{
    Batch, Capabilities, Context, Error, ErrorKind, Execution, Kv, KvStore, Request, Result, SqliteConfig,
    SqliteStore, StoreInfo,
};
use credenza_fallback::{FallbackWrites, FallbackWritesConfig, Writers};
use credenza_testkit::supervisor::Observed;

use crate::content::content;
use crate::stores::{observed, size};
use crate::trial::{End, Trial, lines};

/// Out and back so often.
const TURN: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Flapping(SqliteStore, Instant);

impl KvStore for Flapping {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        if (self.1.elapsed().as_millis() / TURN.as_millis()).is_multiple_of(2) {
            return Execution::ready(Err(Error::new(ErrorKind::Unavailable, "it is out")));
        }
        self.0.execute(cx, request)
    }
}

pub(crate) async fn open(folder: &Path) -> Kv {
    let sqlite = |name: &str| SqliteStore::open(SqliteConfig::at(folder.join(name))).unwrap();
    let mut config = FallbackWritesConfig::default();
    config.retry = Duration::from_millis(5);
    let store = Flapping(sqlite("kv.db"), Instant::now());
    Kv::new(FallbackWrites::open(store, sqlite("journal.db"), Writers::OnlyThis, config).await.unwrap())
}

fn beside(key: &str) -> String {
    format!("{key} number")
}

pub(crate) async fn put(kv: &Kv, key: &str, number: u64) -> Result<()> {
    let mut batch = Batch::atomic();
    batch.push(Set::new(key.to_owned(), content(key, number, size(number, 10_000))));
    batch.push(Set::new(beside(key), number.to_string()));
    kv.batch(batch).await.map(drop)
}

pub(crate) async fn delete(kv: &Kv, key: &str) -> Result<()> {
    let mut batch = Batch::atomic();
    batch.push(Del::new([key.to_owned(), beside(key)]));
    kv.batch(batch).await.map(drop)
}

/// What stands there, as soon as somebody can tell.
pub(crate) async fn get(kv: &Kv, key: &str) -> Result<Observed> {
    loop {
        match kv.run(MGet::new([key.to_owned(), beside(key)])).await {
            Ok(values) => {
                let number =
                    values[1].as_deref().map(|text| std::str::from_utf8(text).unwrap().parse().unwrap());
                return Ok(observed(key, values[0].as_deref(), number));
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => tokio::time::sleep(TURN / 4).await,
            Err(error) => return Err(error),
        }
    }
}

#[test]
fn what_a_journal_took_survives_a_kill_and_is_written_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let kills = if crate::thorough() { 40 } else { 8 };
    let subject = crate::stores::Store(crate::stores::Kind::Journal, crate::stores::Durability::Full);
    let mut trial = Trial::new(subject, folder.path(), 5);
    for round in 0..kills {
        let findings = trial.round(1..150, End::Kill);
        assert!(findings.is_empty(), "before kill {round}:{}", lines(&findings));
    }
    let findings = trial.last_look();
    assert!(findings.is_empty(), "after the last kill:{}", lines(&findings));
    let tally = trial.tally();
    println!("{kills} kills, {} writes acknowledged, none lost", tally.acknowledged);
    assert!(tally.acknowledged > 20 * kills, "{tally:?} prove little");
}
