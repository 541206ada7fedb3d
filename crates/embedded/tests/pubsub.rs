//! Publish and subscribe inside of one process.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use credenza_core::{ErrorKind, Event, Message, Pattern, PubSub, Subscription};
use credenza_embedded::LocalPubSub;
use tokio::time::timeout;

async fn listen(hub: &LocalPubSub, channels: &[&str], patterns: &[&str]) -> Subscription {
    let channels = channels.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect();
    let patterns = patterns.iter().map(|pattern| Pattern::from(*pattern)).collect();
    hub.subscribe(channels, patterns).await.unwrap()
}

async fn say(hub: &LocalPubSub, channel: &'static str, payload: impl Into<Bytes>) -> u64 {
    hub.publish(channel.into(), payload.into()).await.unwrap()
}

/// The next event, which must come.
async fn next(events: &mut Subscription) -> Option<Event> {
    timeout(Duration::from_secs(30), events.next()).await.expect("no event came")
}

/// The payload of the next event, which must be a message.
async fn heard(events: &mut Subscription) -> Bytes {
    match next(events).await {
        Some(Event::Message(message)) => message.payload,
        other => panic!("{other:?}"),
    }
}

/// Whether an event is there without waiting.
fn at_once(events: &mut Subscription) -> Poll<Option<Event>> {
    let mut next = std::pin::pin!(events.next());
    next.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn channels_and_patterns() {
    let hub = LocalPubSub::new();
    let mut orders = listen(&hub, &["orders", "orders"], &[]).await;
    let mut all = listen(&hub, &["orders"], &["*", "o?ders"]).await;
    assert_eq!(say(&hub, "orders", "1").await, 4, "one that matches twice more counts three times");
    assert_eq!(say(&hub, "other", "2").await, 1);

    let message = |channel: &'static str, pattern: Option<&str>, payload: &'static str| {
        Event::Message(Message {
            channel: channel.into(),
            pattern: pattern.map(Pattern::from),
            payload: payload.into(),
        })
    };
    assert_eq!(next(&mut orders).await, Some(message("orders", None, "1")));
    assert_eq!(at_once(&mut orders), Poll::Pending);
    assert_eq!(next(&mut all).await, Some(message("orders", None, "1")));
    let (one, other) = (next(&mut all).await.unwrap(), next(&mut all).await.unwrap());
    for pattern in ["*", "o?ders"] {
        assert!([&one, &other].contains(&&message("orders", Some(pattern), "1")), "{pattern}");
    }
    assert_eq!(next(&mut all).await, Some(message("other", Some("*"), "2")));
    assert_eq!(at_once(&mut all), Poll::Pending);
}

#[tokio::test]
async fn dropping_a_subscription_ends_it() {
    let hub = LocalPubSub::new();
    let first = listen(&hub, &["a"], &["b*"]).await;
    let mut second = listen(&hub, &["a"], &["b*"]).await;
    drop(first);
    assert_eq!((say(&hub, "a", "1").await, say(&hub, "b1", "2").await), (1, 1));
    assert_eq!((heard(&mut second).await, heard(&mut second).await), ("1".into(), "2".into()));
    drop(second);
    assert_eq!((say(&hub, "a", "3").await, say(&hub, "b1", "4").await), (0, 0));
}

#[tokio::test]
async fn nothing_to_listen_to() {
    let error = LocalPubSub::new().subscribe(Vec::new(), Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn a_slow_subscriber_sees_a_gap_and_goes_on_with_the_newest() {
    let hub = LocalPubSub::with_room(3, usize::MAX);
    let mut slow = listen(&hub, &["c"], &[]).await;
    let mut quick = listen(&hub, &["c"], &[]).await;
    for number in 0..10 {
        assert_eq!(say(&hub, "c", number.to_string()).await, 2, "who is slow still receives");
        assert_eq!(heard(&mut quick).await, number.to_string());
    }
    assert_eq!(next(&mut slow).await, Some(Event::Gap));
    for number in 7..10 {
        assert_eq!(heard(&mut slow).await, number.to_string());
    }
    assert_eq!(at_once(&mut slow), Poll::Pending);
    say(&hub, "c", "after").await;
    assert_eq!(heard(&mut slow).await, "after", "no second gap");
}

#[tokio::test]
async fn a_queue_is_bounded_in_bytes_too() {
    let hub = LocalPubSub::with_room(1_000, 10);
    let mut slow = listen(&hub, &["c"], &[]).await;
    for payload in ["1234", "5678", "9"] {
        say(&hub, "c", payload).await;
    }
    // With their channel they have 5, 5 and 2 bytes.
    assert_eq!(next(&mut slow).await, Some(Event::Gap));
    assert_eq!((heard(&mut slow).await, heard(&mut slow).await), ("5678".into(), "9".into()));
    say(&hub, "c", "greater than the queue").await;
    assert_eq!(heard(&mut slow).await, "greater than the queue");
}

#[tokio::test]
async fn closing_ends_streams_after_what_is_queued() {
    let hub = LocalPubSub::new();
    let mut events = listen(&hub, &["a"], &[]).await;
    let mut idle = listen(&hub, &[], &["x*"]).await;
    say(&hub, "a", "last").await;
    let waiting = tokio::spawn(async move { next(&mut idle).await });
    tokio::task::yield_now().await;
    hub.close();
    assert_eq!(heard(&mut events).await, "last");
    assert_eq!((next(&mut events).await, next(&mut events).await), (None, None));
    assert_eq!(waiting.await.unwrap(), None, "one that waits is woken");
    assert_eq!(hub.publish("a".into(), "b".into()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let error = hub.subscribe(vec!["a".into()], Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn dropping_the_hub_ends_streams() {
    let hub = LocalPubSub::new();
    let mut events = listen(&hub, &["a"], &[]).await;
    drop(hub);
    assert_eq!(next(&mut events).await, None);
}

#[tokio::test]
async fn a_dropped_wait_loses_nothing() {
    let hub = LocalPubSub::new();
    let mut events = listen(&hub, &["a"], &[]).await;
    for number in 0..100 {
        assert_eq!(at_once(&mut events), Poll::Pending);
        say(&hub, "a", number.to_string()).await;
        assert_eq!(heard(&mut events).await, number.to_string());
    }
}

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn wakes_the_last_waker_once() {
    let hub = LocalPubSub::new();
    let mut events = listen(&hub, &["a"], &[]).await;
    let bells = [Arc::new(Bell::default()), Arc::new(Bell::default())];
    for bell in &bells {
        let waker = Waker::from(bell.clone());
        let mut wait = std::pin::pin!(events.next());
        assert_eq!(wait.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
    }
    say(&hub, "a", "1").await;
    say(&hub, "a", "2").await;
    assert_eq!(bells.map(|bell| bell.0.load(Ordering::Relaxed)), [0, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_subscribers_see_all_messages_in_one_order() {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 2_000;
    let hub = Arc::new(LocalPubSub::with_room(PUBLISHERS * EACH, usize::MAX));
    let mut readers = Vec::new();
    for index in 0..4 {
        let mut events =
            if index % 2 == 0 { listen(&hub, &["c"], &[]).await } else { listen(&hub, &[], &["?"]).await };
        readers.push(tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < PUBLISHERS * EACH {
                seen.push(heard(&mut events).await);
            }
            seen
        }));
    }
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let hub = hub.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    assert_eq!(say(&hub, "c", format!("{publisher} {number}")).await, 4);
                    if number % 64 == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.unwrap();
    }
    let mut orders = Vec::new();
    for reader in readers {
        orders.push(reader.await.unwrap());
    }
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]), "subscribers saw different orders");
    for publisher in 0..PUBLISHERS {
        let prefix = format!("{publisher} ");
        let own = orders[0].iter().filter(|payload| payload.starts_with(prefix.as_bytes()));
        assert!(own.eq((0..EACH).map(|number| format!("{publisher} {number}")).collect::<Vec<_>>().iter()));
    }
}

/// Subscribers come, listen a little and go while others publish: nobody gets stuck, and nobody stays behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn subscribers_come_and_go() {
    let hub = Arc::new(LocalPubSub::with_room(4, usize::MAX));
    let visitors: Vec<_> = (0..4)
        .map(|_| {
            let hub = hub.clone();
            tokio::spawn(async move {
                for round in 0..500 {
                    let mut events = listen(&hub, &["a", "b"], &["*"]).await;
                    say(&hub, "a", "mine").await;
                    // Its own message is queued at least, or a gap where it was.
                    assert!(next(&mut events).await.is_some());
                    if round % 2 == 0 {
                        while at_once(&mut events).is_ready() {}
                    }
                }
            })
        })
        .collect();
    for visitor in visitors {
        timeout(Duration::from_secs(60), visitor).await.expect("somebody is stuck").unwrap();
    }
    assert_eq!(say(&hub, "a", "nobody is left").await, 0);
}
