//! What is wrong from the start is told at once, in words that help, without a secret.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use common::now;
use credenza_core::{Error, ErrorKind, Opener, Registry};
use credenza_redis::{RedisConfig, RedisOpener, RedisStore};
use credenza_testkit::servers::{Redis, RedisCluster, RedisSentinels, RedisTls};

/// Opening fails; returns why.
async fn refused(url: &str) -> Error {
    let start = now();
    let mut config = RedisConfig::from_url(url).unwrap();
    config.timeout = Duration::from_secs(2);
    config.connect_timeout = Duration::from_millis(500);
    let error = RedisStore::open(config).await.expect_err(url);
    assert!(now() - start < Duration::from_secs(3), "{error}");
    assert!(!format!("{error} {error:?}").contains("pw-secret"), "{error:?}");
    error
}

#[tokio::test]
async fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&format!("redis://:pw-secret@127.0.0.1:{port}")).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains(&format!("cannot connect to 127.0.0.1:{port}")), "{error}");
    for url in [
        format!("redis-cluster://127.0.0.1:{port}"),
        format!("redis-sentinel://127.0.0.1:{port}?sentinelServiceName=main"),
    ] {
        let error = refused(&url).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
    let error = refused("redis+unix:///no/such/socket").await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    let error = refused("redis://no-such-host.invalid").await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn wrong_logins() {
    let Some(redis) = Redis::start_with(&["--requirepass", "right"]) else { return };
    let at = format!("127.0.0.1:{}", redis.port());
    for (url, hint) in [
        (format!("redis://{at}"), "asks for a password"),
        (format!("redis://:pw-secret@{at}"), "refused the user or the password"),
        (format!("redis://nobody:pw-secret@{at}"), "refused the user or the password"),
    ] {
        let error = refused(&url).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
        assert!(error.to_string().contains(hint), "{error}");
    }
    RedisStore::open(RedisConfig::from_url(&format!("redis://:right@{at}")).unwrap()).await.unwrap();
    RedisStore::open(RedisConfig::from_url(&format!("redis://default:right@{at}")).unwrap()).await.unwrap();
    let error = refused(&format!("redis://:right@{at}/99")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    let Some(open) = Redis::start() else { return };
    let error = refused(&format!("redis://:pw-secret@127.0.0.1:{}", open.port())).await;
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
}

#[tokio::test]
async fn another_topology() {
    let Some(redis) = Redis::start() else { return };
    let error = refused(&format!("redis-cluster://127.0.0.1:{}", redis.port())).await;
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert!(error.to_string().contains("redis://"), "{error}");
    let error =
        refused(&format!("redis-sentinel://127.0.0.1:{}?sentinelServiceName=main", redis.port())).await;
    assert!(error.to_string().contains("is no sentinel"), "{error}");
    let Some(cluster) = RedisCluster::start() else { return };
    let error = refused(&format!("redis://127.0.0.1:{}", cluster.ports()[0])).await;
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert!(error.to_string().contains("redis-cluster://"), "{error}");
}

#[tokio::test]
async fn sentinels_that_know_another_master() {
    let Some(sentinels) = RedisSentinels::start() else { return };
    let url = sentinels.url().replace("sentinelServiceName=main", "sentinelServiceName=other");
    let error = refused(&url).await;
    assert!(error.to_string().contains("knows no master of that name"), "{error}");
    let error = refused(&format!("redis://127.0.0.1:{}", sentinels.sentinels()[0].port())).await;
    assert!(error.to_string().contains("redis-sentinel://"), "{error}");
}

/// A server that answers everything with this.
fn answering(reply: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(3) {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(reply.as_bytes());
            let _ = stream.read(&mut request);
        }
    });
    port
}

#[tokio::test]
async fn what_answers_is_no_redis() {
    let error =
        refused(&format!("redis://127.0.0.1:{}", answering("HTTP/1.1 400 Bad Request\r\n\r\n"))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("does not speak the Redis protocol"), "{error}");
    // One that never answers.
    let error = refused(&format!("redis://127.0.0.1:{}", answering(""))).await;
    assert!(error.to_string().contains("took too long"), "{error}");
    let old = "-ERR unknown command `HELLO`\r\n$23\r\nredis_version:5.0.14\r\nx\r\n\r\n";
    let error = refused(&format!("redis://127.0.0.1:{}", answering(old))).await;
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("Redis 5.0; it must be 7.0 or newer"), "{error}");
    let endless = "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n";
    let error = refused(&format!("redis://127.0.0.1:{}", answering(endless))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn certificates_that_nobody_vouches_for() {
    let Some(redis) = RedisTls::start() else { return };
    let error = refused(&redis.url()).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let error = refused(&redis.url().replace("rediss", "redis")).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    let authority = redis.folder().join("authority.pem");
    let url = format!("{}?ca={}", redis.url(), authority.display());
    RedisStore::open(RedisConfig::from_url(&url).unwrap()).await.unwrap();
    let error = refused(&format!("{url}&tls_name=elsewhere.example")).await;
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn through_the_registry() {
    let Some(redis) = Redis::start() else { return };
    let registry =
        RedisOpener::SCHEMES.into_iter().fold(Registry::new(), |all, scheme| all.with(scheme, RedisOpener));
    let opened = registry.open(&redis.url()).await.unwrap();
    opened.kv.set("k", "v").await.unwrap();
    assert!(opened.pubsub.is_some());
    let error = registry.open(&format!("{}?tineout=1s", redis.url())).await.unwrap_err();
    assert!(error.to_string().contains("unknown parameter tineout"), "{error}");
    let _: &dyn Opener = &RedisOpener;
}

#[test]
fn without_a_runtime() {
    let config = RedisConfig::from_url("redis://127.0.0.1").unwrap();
    let mut opening = std::pin::pin!(RedisStore::open(config));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(outcome) = opening.as_mut().poll(&mut cx) else { panic!("it waits") };
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidArgument);
}
