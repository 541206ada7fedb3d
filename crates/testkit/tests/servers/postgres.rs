use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use credenza_testkit::servers::{Postgres, PostgresTls, PostgresVersion};

/// How a session of the superuser begins.
const STARTUP: &[u8] = b"\x00\x00\x00\x17\x00\x03\x00\x00user\x00postgres\x00\x00";

fn one(postgres: &Postgres, query: &str) -> String {
    postgres.sql(query).unwrap().remove(0).remove(0).unwrap()
}

#[test]
fn both_versions_have_vectors_and_keep_what_was_committed() {
    for version in [PostgresVersion::V16, PostgresVersion::V18] {
        let Some(postgres) = Postgres::start(version) else { return };
        assert!(one(&postgres, "SHOW server_version").starts_with(&format!("{}.", version.number())));
        postgres.sql("CREATE EXTENSION vector").unwrap();
        assert_eq!(one(&postgres, "SELECT '[1,2]'::vector <-> '[1,4]'"), "2");
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert_eq!(one(&postgres, &format!("SHOW {setting}")), "on", "{setting}");
        }

        postgres.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)").unwrap();
        postgres.kill();
        assert!(TcpStream::connect(("127.0.0.1", postgres.port())).is_err());
        postgres.restart();
        assert_eq!(one(&postgres, "SELECT sum(n) FROM kept"), "3");
    }
}

#[test]
fn a_new_database_is_empty_and_another_each_time() {
    let Some(postgres) = Postgres::start_with(PostgresVersion::V18, &["max_connections=7"]) else { return };
    assert_eq!(one(&postgres, "SHOW max_connections"), "7");
    let (first, second) = (postgres.new_database(), postgres.new_database());
    assert_ne!(first, second);
    let name = first.rsplit('/').next().unwrap();
    assert_eq!(first, postgres.url_of(name));
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(postgres.sql_in(name, tables).unwrap(), [[Some("0".to_owned())]]);
    let refused = postgres.sql_in("nowhere", "SELECT 1").unwrap_err();
    assert!(refused.to_string().starts_with("3D000: "), "{refused}");
}

#[test]
fn over_tcp_it_asks_for_a_password() {
    let Some(postgres) = Postgres::start(PostgresVersion::V18) else { return };
    let mut stream = TcpStream::connect(("127.0.0.1", postgres.port())).unwrap();
    stream.write_all(STARTUP).unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).unwrap();
    // SASL.
    assert_eq!((answer[0], answer[8]), (b'R', 10));
}

#[test]
fn frozen_it_answers_nothing_to_anybody() {
    let Some(postgres) = Postgres::start(PostgresVersion::V16) else { return };
    thread::scope(|scope| {
        let (heard, answer) = mpsc::channel();
        let postgres = &postgres;
        // A session that is open already is frozen with the server.
        scope.spawn(move || heard.send(one(postgres, "SELECT pg_sleep(0.4), 'awake'").len()));
        thread::sleep(Duration::from_millis(200));
        postgres.freeze();
        assert!(answer.recv_timeout(Duration::from_millis(700)).is_err());
        postgres.thaw();
        assert!(answer.recv_timeout(Duration::from_secs(10)).is_ok());
    });
    // Frozen, it can be killed nevertheless.
    postgres.freeze();
    postgres.restart();
    assert_eq!(one(&postgres, "SELECT 1"), "1");
}

#[test]
fn tls_is_all_it_speaks_and_its_authority_vouches_for_it() {
    let Some(postgres) = PostgresTls::start() else { return };
    assert_eq!(one(&postgres, "SHOW ssl"), "on");
    let authority = postgres.folder().join("given.pem");
    std::fs::write(&authority, postgres.ca_pem()).unwrap();
    let mut client = Command::new("openssl");
    client.args([
        "s_client",
        "-starttls",
        "postgres",
        "-verify_return_error",
        "-verify_ip",
        "127.0.0.1",
        "-CAfile",
    ]);
    client.arg(authority).args(["-connect", &format!("127.0.0.1:{}", postgres.port())]);
    let said = client.stdin(Stdio::null()).output().unwrap().stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("Verify return code: 0 (ok)") || said.contains("Verification: OK"), "{said}");

    let mut plain = TcpStream::connect(("127.0.0.1", postgres.port())).unwrap();
    plain.write_all(STARTUP).unwrap();
    let mut kind = [0];
    plain.read_exact(&mut kind).unwrap();
    assert_eq!(kind, *b"E", "without TLS it is refused");
}
