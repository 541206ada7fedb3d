//! Encrypted connections, and passwords.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{config, run, value};
use credenza_core::{ErrorKind, Event, PubSub};
use credenza_postgres::{PostgresConfig, PostgresStore, PostgresTls};
use credenza_testkit::servers::PostgresTls as Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_verified_and_a_password_proved() {
    let Some(server) = Server::start() else { return };
    let folder = std::env::temp_dir().join(format!("credenza-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let authority = folder.join("authority.pem");
    std::fs::write(&authority, server.ca_pem()).unwrap();
    let right = PostgresConfig {
        tls: PostgresTls::Require,
        root_certificates: Some(authority.clone()),
        ..config(&server.new_database())
    };
    let store = PostgresStore::open(right.clone()).await.unwrap();
    run(&store, "SET k v").await.unwrap();
    assert_eq!(run(&store, "GET k").await.unwrap(), value("v"));
    let mut events = store.subscribe(vec!["news".into()], vec![]).await.unwrap();
    store.publish("news".into(), "hello".into()).await.unwrap();
    assert!(matches!(events.next().await, Some(Event::Message(message)) if message.payload == "hello"));
    // An authority that is not trusted, a name that is not in the certificate, no encryption, a wrong password.
    let unknown = PostgresConfig { root_certificates: None, ..right.clone() };
    let error = PostgresStore::open(unknown).await.map(drop).unwrap_err();
    assert!(error.message().contains("sslrootcert"), "{error}");
    let plain = PostgresConfig { tls: PostgresTls::Disable, ..right.clone() };
    assert_eq!(PostgresStore::open(plain).await.map(drop).unwrap_err().kind(), ErrorKind::Denied);
    let wrong = PostgresConfig { password: Some("wr0ng".into()), ..right };
    let error = PostgresStore::open(wrong).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Denied, Some("28P01")));
    std::fs::remove_dir_all(folder).unwrap();
}
