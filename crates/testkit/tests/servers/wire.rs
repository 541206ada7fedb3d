use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use credenza_testkit::servers::Wire;

/// A server that says everything again, and counts the bytes it was given. It ends with the test's process.
fn echo() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, counter) = (stream.unwrap(), Arc::clone(&counter));
            thread::spawn(move || {
                let mut buffer = [0; 1024];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    counter.fetch_add(read, Ordering::SeqCst);
                    let _ = stream.write_all(&buffer[..read]);
                }
            });
        }
    });
    (address, heard)
}

fn connect(wire: &Wire) -> TcpStream {
    let stream = TcpStream::connect(wire.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream
}

fn ask(stream: &mut TcpStream, text: &str) -> io::Result<String> {
    stream.write_all(text.as_bytes())?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8(answer).unwrap())
}

fn timed_out(answer: io::Result<String>) -> bool {
    answer.is_err_and(|error| matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut))
}

#[test]
fn in_fair_weather_everything_gets_through() {
    let (server, _) = echo();
    let wire = Wire::to(server);
    let (mut first, mut second) = (connect(&wire), connect(&wire));
    let large = "x".repeat(100_000);
    assert_eq!(ask(&mut first, &large).unwrap(), large);
    assert_eq!(ask(&mut second, "two").unwrap(), "two");
    assert_eq!(wire.connections(), 2);
}

#[test]
fn cut_it_drops_and_refuses_and_healed_it_is_at_the_same_place() {
    let (server, _) = echo();
    let wire = Wire::to(server);
    for round in 0..5 {
        let mut stream = connect(&wire);
        assert_eq!(ask(&mut stream, "before").unwrap(), "before", "round {round}");
        wire.cut();
        let cut = ask(&mut stream, "during");
        assert!(cut.is_err() && !timed_out(cut), "an end is not a silence");
        let refused = TcpStream::connect(wire.address()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        wire.heal();
        assert_eq!(ask(&mut connect(&wire), "after").unwrap(), "after");
    }
}

#[test]
fn stalled_it_is_silent_and_healed_it_brings_what_it_was_given() {
    let (server, heard) = echo();
    let wire = Wire::to(server);
    let mut old = connect(&wire);
    assert_eq!(ask(&mut old, "1").unwrap(), "1");
    wire.stall();
    let mut new = connect(&wire);
    assert!(timed_out(ask(&mut old, "22")) && timed_out(ask(&mut new, "333")));
    assert_eq!(heard.load(Ordering::SeqCst), 1);
    wire.heal();
    for (stream, expected) in [(&mut old, "22"), (&mut new, "333")] {
        let mut late = vec![0; expected.len()];
        stream.read_exact(&mut late).unwrap();
        assert_eq!(late, expected.as_bytes());
    }
}

#[test]
fn lost_replies_stay_lost() {
    let (server, heard) = echo();
    let wire = Wire::to(server);
    let mut stream = connect(&wire);
    wire.lose_replies();
    assert!(timed_out(ask(&mut stream, "lost")));
    assert_eq!(heard.load(Ordering::SeqCst), 4, "the request arrived");
    wire.heal();
    assert_eq!(ask(&mut stream, "kept").unwrap(), "kept");
}

#[test]
fn without_a_server_a_connection_ends_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let wire = Wire::to(listener.local_addr().unwrap());
    drop(listener);
    let answer = ask(&mut connect(&wire), "anybody?");
    assert!(answer.is_err() && !timed_out(answer));
}

#[test]
fn connections_can_be_dropped_once() {
    let (server, _) = echo();
    let wire = Wire::to(server);
    let mut stream = connect(&wire);
    assert_eq!(ask(&mut stream, "a").unwrap(), "a");
    wire.drop_connections();
    assert!(ask(&mut stream, "b").is_err());
    assert_eq!(ask(&mut connect(&wire), "c").unwrap(), "c");
}
