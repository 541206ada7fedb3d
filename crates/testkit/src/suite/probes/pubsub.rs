//! Publish/subscribe.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Error, ErrorKind, Event, Message, Pattern, PubSub, Result, Subscription};

use super::{Notes, probes};
use crate::Subject;
use crate::script::Needs;

/// What is on its way arrives within this time; what is not would not have come later either.
const QUIET: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(10);

/// More messages than any subscriber's queue holds, several times.
const FLOOD: usize = 10_000;

const PUBSUB: Needs = Needs { pubsub: true, ..Needs::NOTHING };

probes! { "pubsub":
    "a message reaches those who listen to its channel, in order", PUBSUB => exact;
    "a message reaches those whose pattern matches, and says which", PUBSUB => patterns;
    "who listens by channel and by pattern hears twice", PUBSUB => both;
    "every subscriber hears every message", PUBSUB => several;
    "what was published before is not heard", PUBSUB => before;
    "a subscription that was dropped is over", PUBSUB => dropped;
    "names and payloads are bytes", PUBSUB => bytes;
    "who listens to nothing is refused", PUBSUB => nothing;
    "a subscriber that is too slow is told of the gap, and hears the rest", PUBSUB => overflow;
    "a future that waits for the next event can be dropped without loss", PUBSUB => cancelled;
}

fn hub(subject: &Subject) -> Result<&Arc<dyn PubSub>> {
    subject.pubsub().ok_or_else(|| Error::internal("the subject has no publish/subscribe"))
}

fn message(channel: &'static str, pattern: Option<&'static str>, payload: &'static str) -> Event {
    Event::Message(Message {
        channel: channel.into(),
        pattern: pattern.map(Pattern::from),
        payload: payload.into(),
    })
}

async fn next(subscription: &mut Subscription) -> Option<Event> {
    tokio::time::timeout(PATIENCE, subscription.next()).await.ok().flatten()
}

async fn hears(notes: &mut Notes, step: &str, subscription: &mut Subscription, expected: &[Event]) {
    for event in expected {
        let got = next(subscription).await;
        notes.check(got.as_ref() == Some(event), step, shown(Some(event)), shown(got.as_ref()));
    }
    if let Ok(more) = tokio::time::timeout(QUIET, subscription.next()).await {
        notes.check(false, step, "nothing more", shown(more.as_ref()));
    }
}

fn shown(event: Option<&Event>) -> String {
    match event {
        Some(Event::Message(message)) => {
            format!("{:?} on {:?} by {:?}", message.payload, message.channel, message.pattern.as_deref())
        }
        Some(Event::Gap) => "a gap".to_owned(),
        None => "nothing".to_owned(),
    }
}

async fn publish(
    notes: &mut Notes,
    hub: &Arc<dyn PubSub>,
    channel: &'static str,
    payload: &'static str,
    receivers: u64,
) -> Result<()> {
    let count = hub.publish(channel.into(), payload.into()).await?;
    notes.check(count == receivers, format!("PUBLISH {channel} {payload}"), receivers.to_string(), count);
    Ok(())
}

async fn exact(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    publish(notes, hub, "a", "early", 0).await?;
    let mut heard = hub.subscribe(vec!["a".into(), "b".into()], vec![]).await?;
    publish(notes, hub, "a", "1", 1).await?;
    publish(notes, hub, "c", "2", 0).await?;
    publish(notes, hub, "b", "3", 1).await?;
    publish(notes, hub, "A", "4", 0).await?;
    publish(notes, hub, "a", "5", 1).await?;
    let expected = [message("a", None, "1"), message("b", None, "3"), message("a", None, "5")];
    hears(notes, "SUBSCRIBE a b", &mut heard, &expected).await;
    Ok(())
}

async fn patterns(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    let mut heard = hub.subscribe(vec![], vec![Pattern::from("news.*"), Pattern::from("[xy]")]).await?;
    publish(notes, hub, "news.art", "1", 1).await?;
    publish(notes, hub, "news", "2", 0).await?;
    publish(notes, hub, "x", "3", 1).await?;
    publish(notes, hub, "z", "4", 0).await?;
    let expected = [message("news.art", Some("news.*"), "1"), message("x", Some("[xy]"), "3")];
    hears(notes, "PSUBSCRIBE news.* [xy]", &mut heard, &expected).await;
    Ok(())
}

async fn both(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    let mut heard = hub.subscribe(vec!["ab".into()], vec![Pattern::from("a*")]).await?;
    publish(notes, hub, "ab", "1", 2).await?;
    let mut got = vec![next(&mut heard).await, next(&mut heard).await];
    got.sort_by_key(|event| matches!(event, Some(Event::Message(message)) if message.pattern.is_some()));
    let expected = [Some(message("ab", None, "1")), Some(message("ab", Some("a*"), "1"))];
    for (expected, got) in expected.iter().zip(&got) {
        notes.check(expected == got, "PUBLISH ab 1", shown(expected.as_ref()), shown(got.as_ref()));
    }
    Ok(())
}

async fn several(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    let mut first = hub.subscribe(vec!["a".into()], vec![]).await?;
    let mut second = hub.subscribe(vec!["a".into()], vec![]).await?;
    publish(notes, hub, "a", "1", 2).await?;
    hears(notes, "the first subscriber", &mut first, &[message("a", None, "1")]).await;
    hears(notes, "the second subscriber", &mut second, &[message("a", None, "1")]).await;
    Ok(())
}

async fn before(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    publish(notes, hub, "a", "1", 0).await?;
    let mut heard = hub.subscribe(vec!["a".into()], vec![]).await?;
    hears(notes, "SUBSCRIBE a", &mut heard, &[]).await;
    Ok(())
}

async fn dropped(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    let first = hub.subscribe(vec!["a".into()], vec![Pattern::from("*")]).await?;
    let mut second = hub.subscribe(vec!["a".into()], vec![]).await?;
    publish(notes, hub, "a", "1", 3).await?;
    drop(first);
    // A subscription across a network ends a moment later.
    for _ in 0..100 {
        if hub.publish("b".into(), "".into()).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    publish(notes, hub, "a", "2", 1).await?;
    let expected = [message("a", None, "1"), message("a", None, "2")];
    hears(notes, "the subscriber that stayed", &mut second, &expected).await;
    Ok(())
}

async fn bytes(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    let mut heard = hub.subscribe(vec!["".into(), "\0\r\n".into()], vec![]).await?;
    publish(notes, hub, "", "", 1).await?;
    publish(notes, hub, "\0\r\n", "\0 \r\n", 1).await?;
    hears(
        notes,
        "channels of any bytes",
        &mut heard,
        &[message("", None, ""), message("\0\r\n", None, "\0 \r\n")],
    )
    .await;
    Ok(())
}

async fn nothing(subject: &Subject, notes: &mut Notes) -> Result<()> {
    match hub(subject)?.subscribe(vec![], vec![]).await {
        Ok(_) => notes.check(false, "SUBSCRIBE to nothing", "!InvalidArgument", "a subscription"),
        Err(error) => notes.check(
            error.kind() == ErrorKind::InvalidArgument,
            "SUBSCRIBE to nothing",
            "!InvalidArgument",
            error,
        ),
    }
    Ok(())
}

async fn overflow(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    let mut heard = hub.subscribe(vec!["a".into()], vec![]).await?;
    for number in 0..FLOOD {
        hub.publish("a".into(), number.to_string().into()).await?;
    }
    hub.publish("a".into(), "last".into()).await?;
    let (mut gaps, mut last_seen, mut disorder) = (0, None, false);
    loop {
        match next(&mut heard).await {
            Some(Event::Gap) => gaps += 1,
            Some(Event::Message(message)) if message.payload == "last" => break,
            Some(Event::Message(message)) => {
                let number =
                    std::str::from_utf8(&message.payload).ok().and_then(|text| text.parse::<usize>().ok());
                disorder |= number <= last_seen;
                last_seen = number;
            }
            None => {
                notes.check(false, "after the flood", "the last message", "nothing");
                return Ok(());
            }
        }
    }
    notes.check(gaps > 0 || last_seen == Some(FLOOD - 1), "after the flood", "a gap, or every message", gaps);
    notes.check(!disorder, "after the flood", "messages in order", "disorder");
    Ok(())
}

async fn cancelled(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let hub = hub(subject)?;
    let mut heard = hub.subscribe(vec!["a".into()], vec![]).await?;
    for _ in 0..3 {
        let _ = tokio::time::timeout(Duration::from_millis(1), heard.next()).await;
    }
    publish(notes, hub, "a", "1", 1).await?;
    hears(notes, "after futures were dropped", &mut heard, &[message("a", None, "1")]).await;
    Ok(())
}
