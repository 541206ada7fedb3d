use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use credenza_testkit::script::Answer;
use credenza_testkit::servers::{Redis, RedisCluster, RedisConnection, RedisSentinels, RedisTls};

fn bulk(text: &'static str) -> Answer {
    Answer::Bulk(text.into())
}

#[test]
fn what_it_promised_to_keep_is_there_after_a_kill() {
    let Some(redis) = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    assert_eq!(redis.url(), format!("redis://127.0.0.1:{}", redis.port()));
    redis.say(&["SET", "k", "v"]).unwrap();
    let before = redis.id().unwrap();
    redis.kill();
    assert_eq!(redis.id(), None);
    assert!(TcpStream::connect(("127.0.0.1", redis.port())).is_err());
    redis.restart();
    assert_ne!(redis.id().unwrap(), before);
    assert_eq!(RedisConnection::to_port(redis.port()).unwrap().say(&["GET", "k"]).unwrap(), bulk("v"));
}

#[test]
fn what_it_did_not_promise_is_gone() {
    let Some(redis) = Redis::start() else { return };
    redis.say(&["SET", "k", "v"]).unwrap();
    redis.restart();
    assert_eq!(redis.say(&["GET", "k"]).unwrap(), Answer::Nil);
}

#[test]
fn frozen_it_accepts_and_does_not_answer() {
    let Some(redis) = Redis::start() else { return };
    redis.freeze();
    let mut connection = RedisConnection::to_port(redis.port()).unwrap();
    let (heard, answer) = mpsc::channel();
    let asking = thread::spawn(move || heard.send(connection.say(&["PING"]).unwrap()));
    assert!(answer.recv_timeout(Duration::from_millis(300)).is_err());
    redis.thaw();
    let answer = answer.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(answer, Answer::Status("PONG".to_owned()));
    asking.join().unwrap().unwrap();
}

#[test]
fn a_server_with_a_password_is_ready_too() {
    let Some(redis) = Redis::start_with(&["--requirepass", "secret"]) else { return };
    assert!(matches!(redis.say(&["GET", "k"]).unwrap(), Answer::Error(it) if it.text.starts_with("NOAUTH")));
    let mut connection = redis.connect().unwrap();
    connection.say(&["AUTH", "secret"]).unwrap();
    assert_eq!(connection.say(&["GET", "k"]).unwrap(), Answer::Nil);
}

#[test]
fn a_cluster_replaces_a_master_that_is_killed() {
    let Some(cluster) = RedisCluster::start() else { return };
    assert_eq!((cluster.masters().len(), cluster.replicas().len()), (3, 3));
    assert_eq!(cluster.url().matches("127.0.0.1:").count(), 6);

    let master = cluster.master_of("k");
    let mut connection = cluster.node(master).connect().unwrap();
    connection.say(&["SET", "k", "v"]).unwrap();
    assert_eq!(connection.say(&["WAIT", "1", "5000"]).unwrap(), Answer::Int(1));
    cluster.kill(master);
    assert!(cluster.settle());
    let successor = cluster.master_of("k");
    assert_ne!(successor, master);
    assert_eq!(cluster.node(successor).say(&["GET", "k"]).unwrap(), bulk("v"));

    cluster.node(master).restart();
    assert!(cluster.settle());
    cluster.flush().unwrap();
    assert_eq!(cluster.node(successor).say(&["GET", "k"]).unwrap(), Answer::Nil);
}

#[test]
fn sentinels_replace_a_master_that_is_killed() {
    let Some(set) = RedisSentinels::start() else { return };
    assert!(set.url().ends_with("&sentinelServiceName=main"), "{}", set.url());
    assert_eq!(set.url().matches("127.0.0.1:").count(), 3);
    let mut master = set.master().connect().unwrap();
    master.say(&["SET", "k", "v"]).unwrap();
    assert_eq!(master.say(&["WAIT", "2", "5000"]).unwrap(), Answer::Int(2));
    let killed = set.kill_master();
    assert!(set.has_failed_over(killed));
    assert_eq!(set.master().say(&["GET", "k"]).unwrap(), bulk("v"));
}

#[test]
fn tls_is_all_it_speaks_and_its_authority_vouches_for_it() {
    let Some(redis) = RedisTls::start() else { return };
    let authority = redis.folder().join("given.pem");
    std::fs::write(&authority, redis.ca_pem()).unwrap();
    assert!(RedisConnection::to_port(redis.port()).unwrap().say(&["PING"]).is_err());

    let mut client = Command::new("openssl");
    client.args(["s_client", "-quiet", "-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile"]);
    client.arg(authority).args(["-connect", &format!("127.0.0.1:{}", redis.port())]);
    let mut client =
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    client.stdin.take().unwrap().write_all(b"PING\r\nQUIT\r\n").unwrap();
    let said = client.wait_with_output().unwrap().stdout;
    assert_eq!(String::from_utf8_lossy(&said), "+PONG\r\n+OK\r\n");
}
