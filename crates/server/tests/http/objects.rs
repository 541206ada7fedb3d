//! Objects, as JSON with base64 and as they are.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credenza_server::{ServerConfig, ServerLimits};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::registry::{ask, listed};
use crate::server::{Server, clock, storage};

const RAW: (&str, &str) = ("accept", "application/octet-stream");

fn path(path: &str) -> String {
    format!("/api/storage/r2/{path}")
}

fn raw_put(client: &mut Client, to: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut all = vec![("content-type", "text/plain")];
    all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
    all.extend_from_slice(headers);
    client.ask("PUT", &path(to), &all, body)
}

fn raw_get(client: &mut Client, from: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![RAW];
    all.extend_from_slice(headers);
    client.ask("GET", &path(from), &all, b"")
}

#[test]
fn the_life_of_an_object() {
    let server = Server::whole();
    let mut client = server.client();
    let missing = (404, json!({"error": "Object not found"}));
    assert_eq!(client.get("r2/app1/file.txt").told(), missing);
    let body = json!({"content": "SGVsbG8gV29ybGQh", "metadata": {"type": "text"}});
    assert_eq!(client.put("r2/app1/file.txt", body).told(), (200, json!({"success": true, "size": 12})));
    let expected = json!({
        "content": "SGVsbG8gV29ybGQh",
        "size": 12,
        "httpMetadata": {},
        "customMetadata": {"type": "text"},
    });
    for accept in ["*/*", "application/json", "application/json, text/plain, */*"] {
        let answer = client.ask("GET", &path("app1/file.txt"), &[("accept", accept)], b"");
        assert_eq!(answer.told(), (200, expected.clone()), "{accept}");
    }
    let list = json!({
        "objects": [{"key": "file.txt", "size": 12, "uploaded": "2027-01-15T08:00:00.000Z"}],
        "truncated": false,
        "cursor": null,
    });
    assert_eq!(client.get("r2/app1?prefix=file&limit=100").told(), (200, list));
    assert_eq!(client.get("r2/app2/file.txt").told(), missing, "another namespace");
    let ok = (200, json!({"success": true}));
    assert_eq!(client.delete("r2/app1/file.txt").told(), ok);
    assert_eq!(client.delete("r2/app1/file.txt").told(), ok, "also when it is not there");
    assert_eq!(client.get("r2/app1/file.txt").told(), missing);
    assert!(listed(&mut client, "").is_empty());
    assert_eq!(client.put("r2/app1/empty", json!({"content": ""})).json()["size"], 0);
    assert_eq!(client.get("r2/app1/empty").json()["content"], "");
}

/// Weaknesses 8 and 9: objects beyond 100 KB could not be read, and there was nothing but base64.
#[test]
fn objects_of_any_size_in_both_forms() {
    let server = Server::whole();
    let mut client = server.client();
    for size in [0, 1, 2, 3, 100, 65_535, 65_536, 65_537, 130_000, 1 << 20, (5 << 20) + 1] {
        let bytes: Vec<u8> = (0..size).map(|n: usize| (n * 31 + n / 256) as u8).collect();
        let text = STANDARD.encode(&bytes);
        assert_eq!(client.put("r2/a/json", json!({"content": text})).json()["size"], size);
        assert_eq!(client.get("r2/a/json").json()["content"], text, "{size}");
        assert_eq!(raw_get(&mut client, "a/json", &[]).body, bytes, "{size}");
        assert_eq!(raw_put(&mut client, "a/raw", &[], &bytes).json()["size"], size);
        assert_eq!(raw_get(&mut client, "a/raw", &[]).body, bytes, "{size}");
        assert_eq!(client.get("r2/a/raw").json()["content"], text, "{size}");
    }
    assert_eq!(ask(&mut client, "stats").json()["total_size"], 2 * ((5 << 20) + 1));
}

#[test]
fn headers_come_back() {
    let server = Server::whole();
    let mut client = server.client();
    let given = [
        ("content-type", "image/svg+xml"),
        ("content-language", "de"),
        ("content-disposition", "attachment; filename=\"a.svg\""),
        ("cache-control", "max-age=60"),
        ("x-metadata-author", "Ada"),
        ("x-metadata-%41uthor", "100%25 %D0%BA%D0%BE%D1%82"),
    ];
    let put = raw_put(&mut client, "a/k", &given, b"<svg/>");
    let tag = put.header("etag").to_owned();
    assert_eq!((put.status, tag.len()), (200, 34), "an MD5 between quotes");
    let answer = raw_get(&mut client, "a/k", &[]);
    for (name, value) in given {
        assert_eq!(answer.header(name), value, "{name}");
    }
    for (name, value) in [
        ("content-length", "6"),
        ("etag", &*tag),
        ("last-modified", "Fri, 15 Jan 2027 08:00:00 GMT"),
        ("accept-ranges", "bytes"),
        ("vary", "accept"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let told = client.get("r2/a/k").json();
    let http = json!({
        "contentType": "image/svg+xml",
        "contentLanguage": "de",
        "contentDisposition": "attachment; filename=\"a.svg\"",
        "cacheControl": "max-age=60",
    });
    assert_eq!(told["httpMetadata"], http);
    assert_eq!(told["customMetadata"], json!({"author": "Ada", "Author": "100% кот"}));

    for (accept, length) in [("*/*", client.get("r2/a/k").body.len()), ("image/*", 6)] {
        let head = client.ask("HEAD", &path("a/k"), &[("accept", accept)], b"");
        assert_eq!((head.status, head.header("content-length")), (200, &*length.to_string()));
        assert_eq!(head.header("etag"), tag);
    }
    assert_eq!(client.ask("HEAD", &path("a/none"), &[], b"").status, 404);
    let json_file =
        client.ask("PUT", &path("a/x.json?raw=true"), &[("content-type", "application/json")], b"[1]");
    assert_eq!(json_file.status, 200);
    let answer = client.get("r2/a/x.json?raw=true");
    assert_eq!((&*answer.body, answer.header("content-type")), (&b"[1]"[..], "application/json"));
}

#[test]
fn ranges() {
    let server = Server::whole();
    let mut client = server.client();
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let tag = raw_put(&mut client, "a/k", &[], &bytes).header("etag").to_owned();
    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=199990-", 199_990, 200_000),
        ("bytes=-7", 199_993, 200_000),
        ("bytes=0-999999999", 0, 200_000),
        ("bytes=-999999999", 0, 200_000),
    ] {
        for accept in [RAW, ("accept", "*/*")] {
            let answer = client.ask("GET", &path("a/k"), &[accept, ("range", range)], b"");
            assert_eq!(answer.status, 206, "{range}");
            assert_eq!(answer.header("content-range"), format!("bytes {start}-{}/200000", end - 1));
            assert_eq!(answer.body, bytes[start..end], "{range}");
        }
    }
    for range in ["bytes=200000-", "bytes=-0"] {
        let answer = raw_get(&mut client, "a/k", &[("range", range)]);
        assert_eq!((answer.status, answer.header("content-range")), (416, "bytes */200000"), "{range}");
    }
    for range in ["bytes=9-5", "bytes=0-1,3-4", "lines=1-2", "bytes=x"] {
        let answer = raw_get(&mut client, "a/k", &[("range", range)]);
        assert_eq!((answer.status, answer.body.len()), (200, 200_000), "{range}: no range");
    }
    let range = ("range", "bytes=0-9");
    assert_eq!(raw_get(&mut client, "a/k", &[range, ("if-range", &tag)]).status, 206);
    assert_eq!(raw_get(&mut client, "a/k", &[range, ("if-range", "\"other\"")]).status, 200);
    let json = client.ask("GET", &path("a/k"), &[("accept", "application/json"), range], b"");
    assert_eq!((json.status, &json.json()["size"]), (200, &json!(200_000)));
}

#[test]
fn conditions() {
    let server = Server::whole();
    let mut client = server.client();
    let failed = (412, json!({"error": "Precondition failed"}));
    assert_eq!(raw_put(&mut client, "a/k", &[("if-match", "*")], b"1").told(), failed);
    assert!(listed(&mut client, "").is_empty());
    let first = raw_put(&mut client, "a/k", &[("if-none-match", "*")], b"1").header("etag").to_owned();
    assert_eq!(raw_put(&mut client, "a/k", &[("if-none-match", "*")], b"2").told(), failed);
    assert_eq!(raw_put(&mut client, "a/k", &[("if-match", "\"other\"")], b"2").told(), failed);
    for accept in [RAW, ("accept", "*/*")] {
        let known = client.ask("GET", &path("a/k"), &[accept, ("if-none-match", &first)], b"");
        assert_eq!((known.status, known.header("etag"), known.body.len()), (304, &*first, 0));
        let known = client.ask("HEAD", &path("a/k"), &[accept, ("if-none-match", &first)], b"");
        assert_eq!(known.status, 304);
    }
    assert_eq!(raw_get(&mut client, "a/k", &[("if-match", "\"other\"")]).status, 412);
    assert_eq!(raw_get(&mut client, "a/k", &[("if-match", &first)]).status, 200);
    let long = vec![7; 300_000];
    assert_eq!(raw_put(&mut client, "a/k", &[("if-match", "\"other\"")], &long).told(), failed);
    let second = raw_put(&mut client, "a/k", &[("if-match", &first)], &long);
    assert_eq!(second.status, 200);
    assert_eq!(client.ask("DELETE", &path("a/k"), &[("if-match", &first)], b"").told(), failed);
    let gone = client.ask("DELETE", &path("a/k"), &[("if-match", second.header("etag"))], b"");
    assert_eq!(gone.status, 200);
    assert_eq!(client.get("r2/a/k").status, 404);
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let server = Server::whole();
    let mut client = server.client();
    client.put("r2/a/k", json!({"content": "a2VwdA=="}));
    let before = ask(&mut client, "list").json();
    let invalid = |details: &str| (400, json!({"error": "Invalid request", "details": details}));
    for (body, expected) in [
        (json!({"content": "no base64!"}), invalid("`content` must be base64")),
        (json!({"content": "A"}), invalid("`content` must be base64")),
        (json!({"content": 5}), invalid("`content` must be a string")),
        (json!({}), invalid("`content` is missing")),
        (json!([]), invalid("the body must be a JSON object")),
        (
            json!({"content": "", "metadata": {"a": 1}}),
            invalid("`metadata` must be an object whose values are strings"),
        ),
        (
            json!({"content": "", "metadata": "x"}),
            invalid("`metadata` must be an object whose values are strings"),
        ),
        (json!({"content": "", "size": 1}), invalid("unknown field `size`")),
    ] {
        assert_eq!(client.put("r2/a/k", body.clone()).told(), expected, "{body}");
    }
    let long = json!({"content": "", "metadata": {"a": "x".repeat(8192)}});
    assert_eq!(client.put("r2/a/k", long).status, 413);
    let mut client = server.client();
    for (key, details) in [
        ("..", "the key has a part that is . or .."),
        ("a/../b", "the key has a part that is . or .."),
        ("%2e%2e/b", "the key has a part that is . or .."),
        (".", "the key has a part that is . or .."),
        ("a%5Cb", "the key has a backslash"),
        ("a%00b", "the key has a control character"),
        ("a%0Ab", "the key has a control character"),
    ] {
        for method in ["GET", "HEAD", "DELETE", "PUT"] {
            let answer = client.ask(method, &path(&format!("a/{key}")), &[], b"");
            assert_eq!(answer.status, 400, "{method} {key}");
            assert!(method == "HEAD" || answer.json()["details"] == details, "{method} {key}");
        }
    }
    assert_eq!(client.get(&format!("r2/a/{}", "x".repeat(1025))).status, 414);
    assert_eq!(raw_put(&mut client, "a/k", &[("content-md5", "AAAA")], b"x").status, 400);
    let wrong = STANDARD.encode([0; 16]);
    assert_eq!(raw_put(&mut client, "a/k", &[("content-md5", &wrong)], b"x").status, 400);
    assert_eq!(raw_put(&mut client, "a/k", &[("x-metadata-a", "%zz")], b"x").status, 400);
    let both = [("if-match", "*"), ("if-none-match", "*")];
    assert_eq!(raw_put(&mut client, "a/k", &both, b"x").status, 400);
    for (method, target, status) in [
        ("PUT", "a", 400),
        ("DELETE", "a", 400),
        ("POST", "a", 405),
        ("POST", "a/k", 405),
        ("GET", "a/k?x=1", 400),
        ("GET", "a?cursor=nonsense", 400),
        ("GET", "a?limit=0", 400),
        ("GET", "a?offset=1", 400),
        ("DELETE", "a/k?x=1", 400),
    ] {
        assert_eq!(client.ask(method, &path(target), &[], b"").status, status, "{method} {target}");
    }
    assert_eq!(ask(&mut client, "list").json(), before, "nothing was changed");
    let right = ("content-md5", "XUFAKrxLKna5cZ2REBfFkg==");
    assert_eq!(raw_put(&mut client, "a/md5", &[right], b"hello").status, 200);
    assert_eq!(raw_put(&mut client, "a/md5", &[right], b"hallo").status, 400);
    assert_eq!(raw_get(&mut client, "a/md5", &[]).body, b"hello");
    let longest = "x".repeat(1024);
    assert_eq!(client.put(&format!("r2/a/{longest}"), json!({"content": ""})).status, 200);
    assert_eq!(client.get(&format!("r2/a/{longest}")).status, 200);
}

#[test]
fn an_object_may_be_too_large() {
    let clock = clock();
    let limits = ServerLimits { object: 100_000, ..ServerLimits::relaxed() };
    let server = Server::of(storage(&clock), clock, ServerConfig { limits, ..ServerConfig::default() });
    let mut client = server.client();
    assert_eq!(raw_put(&mut client, "a/k", &[], &[0; 100_000]).status, 200);
    assert_eq!(client.put("r2/a/j", json!({"content": STANDARD.encode([0; 100_001])})).status, 413);
    let mut client = server.client();
    client.send(b"PUT /api/storage/r2/a/k HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100001\r\n\r\n");
    assert_eq!(client.read(false).unwrap().status, 413, "what is announced");
    let mut client = server.client();
    client.send(b"PUT /api/storage/r2/a/k HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    for _ in 0..3 {
        let _ = client.stream.get_mut().write_all(&chunk(&[1; 50_000]));
    }
    let answer = client.read(false).unwrap();
    let expected = json!({"error": "Request too large", "details": "an object is limited to 100000 bytes"});
    assert_eq!(answer.told(), (413, expected), "what comes");
    assert_eq!(server.client().get("r2/a/k").json()["size"], 100_000, "the old one stands");
    assert_eq!(listed(&mut server.client(), ""), ["r2:a:k"]);
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

#[test]
fn content_that_comes_in_chunks_or_not_to_its_end() {
    let server = Server::whole();
    let mut client = server.client();
    let start = b"PUT /api/storage/r2/a/k HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    for pieces in [vec![], vec![1], vec![10, 20, 30], vec![100_000; 5]] {
        client.send(start);
        for piece in &pieces {
            client.send(&chunk(&vec![b'x'; *piece]));
        }
        client.send(b"0\r\n\r\n");
        let answer = client.read(false).unwrap();
        let size: usize = pieces.iter().sum();
        assert_eq!(answer.told(), (200, json!({"success": true, "size": size})));
        let raw = raw_get(&mut client, "a/k", &[]);
        assert_eq!((raw.body.len(), raw.header("content-type")), (size, "application/octet-stream"));
    }
    for head in
        [&start[..], b"PUT /api/storage/r2/a/k HTTP/1.1\r\nhost: localhost\r\ncontent-length: 500000\r\n\r\n"]
    {
        let mut cut = server.client();
        cut.send(head);
        cut.send(&chunk(&[b'y'; 100_000]));
        cut.stream.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        let _ = cut.stream.read_to_end(&mut rest);
    }
    assert_eq!(client.get("r2/a/k").json()["size"], 500_000, "the old one stands");
    assert_eq!(ask(&mut client, "stats").json()["total_size"], 500_000);
}

/// Weakness 10: lists stopped at the first page.
#[test]
fn lists_in_pages() {
    let server = Server::whole();
    let mut client = server.client();
    let mut all = Vec::new();
    for n in 0..250 {
        let key = format!("d{}/k{n:03}", n % 5);
        client.put(&format!("r2/a/{key}"), json!({"content": ""}));
        client.put(&format!("r2/a%2F/{key}"), json!({"content": "AAAA"}));
        all.push(key);
    }
    all.sort();
    for limit in [7, 100, 1000] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = client.get(&format!("r2/a?limit={limit}&cursor={cursor}")).json();
            for object in page["objects"].as_array().unwrap() {
                assert_eq!(object["size"], 0, "of this namespace");
                found.push(object["key"].as_str().unwrap().to_owned());
            }
            assert_eq!(page["truncated"], page["cursor"].is_string());
            match page["cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(found, all, "{limit}: each once, in order");
    }
    assert_eq!(client.get("r2/a").json()["objects"].as_array().unwrap().len(), 100, "by default");
    let keys = |list: Value| -> Vec<String> {
        let objects = list["objects"].as_array().unwrap().clone();
        objects.iter().map(|object| object["key"].as_str().unwrap().to_owned()).collect()
    };
    let found = keys(client.get("r2/a?prefix=d3/&start_after=d3/k200").json());
    assert_eq!(found.len(), 10);
    assert!(found.iter().all(|key| key.starts_with("d3/k2")), "{found:?}");
    let folders = client.get("r2/a?delimiter=/").json();
    assert_eq!(folders["delimitedPrefixes"], json!(["d0/", "d1/", "d2/", "d3/", "d4/"]));
    assert_eq!(folders["objects"], json!([]));
    let cursor = client.get("r2/a?limit=5").json()["cursor"].as_str().unwrap().to_owned();
    let other = client.get(&format!("r2/b?limit=5&cursor={cursor}"));
    let refused = json!({"error": "Invalid request", "details": "`cursor` is not of this list"});
    assert_eq!(other.told(), (400, refused));
}

/// A client that asks first hears the refusal, and is not asked for what would be thrown away.
#[test]
fn a_refused_object_is_not_asked_for() {
    let server = Server::whole();
    let mut client = server.client();
    assert_eq!(raw_put(&mut client, "a/k", &[], b"one").status, 200);
    let announced = [
        ("content-type", "text/plain"),
        ("content-length", "5000000"),
        ("expect", "100-continue"),
        ("if-none-match", "*"),
    ];
    client.request("PUT", &path("a/k"), &announced, b"");
    assert_eq!(client.read(false).expect("it is refused").status, 412, "and not 100");
    // Where it is wanted, it is asked for.
    let mut client = server.client();
    client.request("PUT", &path("a/long"), &announced, b"");
    assert_eq!(client.read(true).expect("it is asked for").status, 100);
    client.send(&[b'x'; 5_000_000]);
    assert_eq!(client.read(false).expect("it is put").told().1, json!({"success": true, "size": 5_000_000}));
}
