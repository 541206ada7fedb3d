use std::io::{Read, Write};
use std::net::TcpStream;

use credenza_testkit::servers::{S3, S3Dialect};

/// A signature that is none.
const WRONG: &str = "authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// Sends a request; gives the status and the body.
fn ask(s3: &S3, method: &str, key: &str, body: &str) -> (String, String) {
    let base = s3.endpoint().replace(&format!("http://127.0.0.1:{}", s3.port()), "");
    let mut stream = TcpStream::connect(("127.0.0.1", s3.port())).unwrap();
    let path = format!("{base}/{}/{key}", s3.bucket());
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{WRONG}\r\n");
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().to_owned(), body.to_owned())
}

#[test]
fn moto_has_a_bucket_and_takes_any_signature() {
    let Some(s3) = S3::start(S3Dialect::Moto) else { return };
    assert_eq!(ask(&s3, "PUT", "k", "value").0, "200");
    assert_eq!(ask(&s3, "GET", "k", ""), ("200".to_owned(), "value".to_owned()));
}

#[test]
fn r2_looks_at_signatures() {
    let Some(s3) = S3::start(S3Dialect::R2) else { return };
    let (status, body) = ask(&s3, "GET", "k", "");
    assert!(status.starts_with('4') && body.contains("<Error>"), "{status} {body}");
}
