//! What is counted, told and logged.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::Body;
use credenza_core::command::{Get, Set};
use credenza_core::{Batch, Blob, ErrorKind, Kv};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_monitored::{Monitored, MonitoredBlob, MonitoredConfig, Operation, Outcome};
use credenza_testkit::fault::{Fault, Faulty};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

const SECRET: &str = "correct horse battery staple";

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

/// `name{label=value,…}` and the value; of a histogram, how many there were.
fn snapshot(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let series = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let (_, key) = key.into_parts();
        let mut labels: Vec<_> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        labels.sort();
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        };
        (format!("{}{{{}}}", key.name(), labels.join(",")), value)
    });
    series.filter(|(_, value)| *value != 0.0).collect()
}

/// Runs with a recorder of its own, and gives what was recorded.
fn recorded(work: impl AsyncFnOnce()) -> BTreeMap<String, f64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(work());
    });
    snapshot(&snapshotter)
}

fn expected(series: &[(&str, f64)]) -> BTreeMap<String, f64> {
    series.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

#[test]
fn commands_are_counted_by_name_with_what_they_found_and_moved() {
    let recorded = recorded(async || {
        let mut config = MonitoredConfig::default();
        config.namespace = Some("orders".to_owned());
        let kv = Kv::new(Monitored::new(memory(), config));
        kv.set("a", "abcde").await.unwrap();
        kv.set("b", "123").await.unwrap();
        kv.get("a").await.unwrap();
        kv.get("missing").await.unwrap();
        kv.mget(["a", "b", "c"]).await.unwrap();
        kv.incr("a").await.unwrap_err();
        let mut batch = Batch::atomic();
        batch.push(Set::new("c", "1234567"));
        batch.push(Get::new("c"));
        kv.batch(batch).await.unwrap();
    });
    let of = |metric: &str, name: &str, more: &str| {
        format!("{metric}{{db.namespace=orders,db.operation.name={name},db.system.name=memory{more}}}")
    };
    let duration = "db.client.operation.duration";
    let series = [
        (of(duration, "SET", ""), 2.0),
        (of("credenza.bytes_written", "SET", ""), 8.0),
        (of(duration, "GET", ""), 2.0),
        (of("credenza.bytes_read", "GET", ""), 5.0),
        (of("credenza.hits", "GET", ""), 1.0),
        (of("credenza.misses", "GET", ""), 1.0),
        (of(duration, "MGET", ""), 1.0),
        (of("credenza.bytes_read", "MGET", ""), 8.0),
        (of("credenza.hits", "MGET", ""), 2.0),
        (of("credenza.misses", "MGET", ""), 1.0),
        (of(duration, "INCRBY", ",error.type=not_an_integer"), 1.0),
        (of(duration, "ATOMIC BATCH", ""), 1.0),
        (of("credenza.bytes_written", "ATOMIC BATCH", ""), 7.0),
        (of("credenza.bytes_read", "ATOMIC BATCH", ""), 7.0),
    ];
    assert_eq!(recorded, series.into_iter().collect());
}

#[test]
fn what_is_waited_for_is_in_flight_and_what_is_dropped_is_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let faults = [Some(Fault::Hang), Some(Fault::Delay(Duration::from_secs(1)))];
            let kv = Kv::new(Monitored::new(Faulty::scripted(memory(), faults), MonitoredConfig::default()));
            let in_flight = "credenza.in_flight{db.system.name=memory}";
            let hung = tokio::time::timeout(Duration::from_secs(1), async {
                let get = kv.get("k");
                tokio::pin!(get);
                assert!(futures_now(&mut get).await.is_none());
                assert_eq!(snapshot(&snapshotter).get(in_flight), Some(&1.0));
                get.await
            });
            assert!(hung.await.is_err());
            kv.get("k").await.unwrap();
            let dropped =
                "db.client.operation.duration{db.operation.name=GET,db.system.name=memory,error.type=dropped}";
            let recorded = snapshot(&snapshotter);
            assert_eq!(recorded.get(dropped), Some(&1.0), "{recorded:?}");
            assert_eq!(recorded.get(in_flight), Some(&-1.0), "less by the one since the last snapshot");
        });
    });
}

/// The output, if it is there already.
async fn futures_now<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[test]
fn objects_are_counted_by_verb_and_their_contents_as_they_come() {
    let recorded = recorded(async || {
        let store = MemoryBlobStore::new(MemoryBlobConfig::default());
        let blob = Blob::new(MonitoredBlob::new(store, MonitoredConfig::default()));
        blob.put("a", "12345").await.unwrap();
        let pieces = futures_util::stream::iter(["12", "3"].map(|piece| Ok(Bytes::from(piece))));
        blob.put("b", Body::stream(pieces, None)).await.unwrap();
        blob.get("a").await.unwrap().unwrap().body.collect(100).await.unwrap();
        assert!(blob.get("missing").await.unwrap().is_none());
        blob.delete("a").await.unwrap();
    });
    let series = expected(&[
        ("db.client.operation.duration{db.operation.name=put,db.system.name=memory}", 2.0),
        ("credenza.bytes_written{db.operation.name=put,db.system.name=memory}", 8.0),
        ("db.client.operation.duration{db.operation.name=get,db.system.name=memory}", 2.0),
        ("credenza.bytes_read{db.operation.name=get,db.system.name=memory}", 5.0),
        ("credenza.hits{db.operation.name=get,db.system.name=memory}", 1.0),
        ("credenza.misses{db.operation.name=get,db.system.name=memory}", 1.0),
        ("db.client.operation.duration{db.operation.name=delete,db.system.name=memory}", 1.0),
    ]);
    assert_eq!(recorded, series);
}

#[tokio::test]
async fn a_callback_is_told_of_every_operation() {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let teller = Arc::clone(&told);
    let config = MonitoredConfig::default().with_sink(move |operation: &Operation<'_>| {
        let outcome = match operation.outcome {
            Outcome::Answered => "answered".to_owned(),
            Outcome::Failed(error) => format!("{:?}", error.kind()),
            Outcome::Dropped => "dropped".to_owned(),
        };
        let Operation { name, commands, hits, misses, written, read, .. } = operation;
        teller.lock().unwrap().push(format!("{name} {commands} {outcome} {hits}/{misses} {written}/{read}"));
    });
    let delay = Duration::from_millis(20);
    let faults = [None, None, Some(Fault::Refuse), Some(Fault::Delay(delay))];
    let kv = Kv::new(Monitored::new(Faulty::scripted(memory(), faults), config));
    kv.set("k", SECRET).await.unwrap();
    kv.get("k").await.unwrap();
    assert_eq!(kv.get("k").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(tokio::time::timeout(Duration::from_millis(1), kv.get("k")).await.is_err());
    let expected = [
        "SET 1 answered 0/0 28/0",
        "GET 1 answered 1/0 0/28",
        "GET 1 Unavailable 0/0 0/0",
        "GET 1 dropped 0/0 0/0",
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

/// Everything that is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn slow_operations_are_logged_and_spans_are_named_without_keys_or_values() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut config = MonitoredConfig::default();
    config.slow = Some(Duration::from_millis(5));
    let faults = [Some(Fault::Delay(Duration::from_millis(10))), None, Some(Fault::Refuse)];
    let kv = Kv::new(Monitored::new(Faulty::scripted(memory(), faults), config));
    kv.set("the-key", SECRET).await.unwrap();
    kv.get("the-key").await.unwrap();
    kv.get("the-key").await.unwrap_err();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let slow: Vec<_> = text.lines().filter(|line| line.contains("a slow operation")).collect();
    assert!(
        slow.len() == 1 && slow[0].contains("WARN") && slow[0].contains("db.operation.name=\"SET\""),
        "{text}"
    );
    assert!(text.contains("db.system.name=\"memory\" db.operation.name=\"GET\""), "{text}");
    assert!(text.contains("error.type=\"unavailable\""), "{text}");
    assert!(!text.contains("the-key") && !text.contains("horse"), "{text}");
}
