//! Store URLs and the registry of schemes.
#![allow(clippy::unwrap_used)]

use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use credenza_core::url::{Location, StoreUrl, boolean, byte_size, duration, integer};
use credenza_core::{Error, ErrorKind, OpenStore, Opener, Registry, Result};
use proptest::prelude::*;

fn location(text: &str) -> Location {
    text.parse::<StoreUrl>().unwrap().finish().unwrap()
}

fn refusal(text: &str) -> String {
    let error = text.parse::<StoreUrl>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    error.message().to_owned()
}

#[test]
fn a_location_without_slashes_is_a_path() {
    for (text, path) in [
        ("memory:", ""),
        ("memory:cache", "cache"),
        ("sqlite:data/app.db", "data/app.db"),
        ("sqlite:/var/lib/app.db", "/var/lib/app.db"),
        ("sqlite:C:\\data\\app.db", "C:\\data\\app.db"),
        ("sqlite:a b.db", "a b.db"),
        ("sqlite:what%3F%23%25%c3%a4.db", "what?#%ä.db"),
        ("sqlite:///var/lib/app.db", "/var/lib/app.db"),
    ] {
        assert_eq!(location(text), Location { path: path.to_owned(), ..Location::default() }, "{text}");
    }
}

#[test]
fn a_location_with_slashes_has_a_host() {
    let full = location("redis://user:s%40cr%3at@host:6379/0");
    assert_eq!(full.user.as_deref(), Some("user"));
    assert_eq!(full.password.as_deref(), Some("s@cr:t"));
    assert_eq!((full.host.as_deref(), full.port, full.path.as_str()), (Some("host"), Some(6379), "/0"));

    let bare = location("redis://host");
    assert_eq!(
        (bare.user, bare.password, bare.host.as_deref(), bare.port, bare.path.as_str()),
        (None, None, Some("host"), None, "")
    );

    let six = location("redis://:pw@[::1]:7000/");
    assert_eq!(
        (six.user.as_deref(), six.password.as_deref(), six.host.as_deref(), six.port),
        (Some(""), Some("pw"), Some("::1"), Some(7000))
    );
    assert_eq!(location("redis://[fe80::1]").host.as_deref(), Some("fe80::1"));
    assert_eq!(location("redis://token@host").user.as_deref(), Some("token"));
}

#[test]
fn schemes_are_names_in_any_case() {
    assert_eq!("SQLite:x".parse::<StoreUrl>().unwrap().scheme(), "sqlite");
    assert_eq!("redis-cluster://h".parse::<StoreUrl>().unwrap().scheme(), "redis-cluster");
}

#[test]
fn malformed_urls_are_refused_without_showing_them() {
    for (text, message) in [
        ("", "store URL: there is no scheme, as in memory: or sqlite:data.db"),
        ("secret", "store URL: there is no scheme, as in memory: or sqlite:data.db"),
        (":secret", "store URL: the scheme is not a name"),
        ("1a:x", "store URL: the scheme is not a name"),
        ("se cret:x", "store URL: the scheme is not a name"),
        ("sqlite:a#b", "store URL: a # must be written as %23"),
        ("sqlite:a%", "store URL: bad percent-encoding of the path"),
        ("sqlite:a%4", "store URL: bad percent-encoding of the path"),
        ("sqlite:a%zz", "store URL: bad percent-encoding of the path"),
        ("sqlite:a%+1", "store URL: bad percent-encoding of the path"),
        ("sqlite:a%é", "store URL: bad percent-encoding of the path"),
        ("sqlite:%ff", "store URL: the path is not UTF-8"),
        ("redis://u:%@h", "store URL: bad percent-encoding of the password"),
        ("redis://%@h", "store URL: bad percent-encoding of the user"),
        ("redis://u%2:secret@h", "store URL: bad percent-encoding of the user"),
        ("redis://h:", "store URL: the port is not a number up to 65535"),
        ("redis://h:secret", "store URL: the port is not a number up to 65535"),
        ("redis://h:65536", "store URL: the port is not a number up to 65535"),
        ("redis://h:+1", "store URL: the port is not a number up to 65535"),
        ("redis://a:b:c", "store URL: the port is not a number up to 65535"),
        ("redis://[::1", "store URL: a [ is not closed"),
        ("redis://[::1]x", "store URL: there is something after the ]"),
        ("redis://user:secret@", "store URL: the host is missing"),
        ("redis://:6379/0", "store URL: the host is missing"),
        ("memory:?secret", "store URL: a parameter has no value"),
        ("memory:?a=1&", "store URL: a parameter has no value"),
        ("memory:?=1", "store URL: the name of a parameter is not a word"),
        ("memory:?a%62=1", "store URL: the name of a parameter is not a word"),
        ("memory:?a=%f", "store URL: bad percent-encoding of the a"),
    ] {
        assert_eq!(refusal(text), message, "{text}");
    }
    assert_eq!(refusal(&format!("{}:", "s".repeat(33))), "store URL: the scheme is not a name");
}

#[test]
fn parameters_are_taken_once_and_the_rest_is_refused() {
    let mut url: StoreUrl =
        "sqlite:app.db?durability=normal&cache=64MiB&busy=500ms&readers=4&create=false&name=a%26b"
            .parse()
            .unwrap();
    let durability = |text: &str| {
        if matches!(text, "full" | "normal") { Ok(text.to_owned()) } else { Err("full or normal") }
    };
    assert_eq!(url.take("durability", durability).unwrap().as_deref(), Some("normal"));
    assert_eq!(url.take("cache", byte_size).unwrap(), Some(64 << 20));
    assert_eq!(url.take("busy", duration).unwrap(), Some(Duration::from_millis(500)));
    assert_eq!(url.take("readers", integer::<u8>).unwrap(), Some(4));
    assert_eq!(url.take("create", boolean).unwrap(), Some(false));
    assert_eq!(url.take("absent", boolean).unwrap(), None);
    let error = url.clone().finish().unwrap_err();
    assert_eq!(
        error.message(),
        "sqlite URL: unknown parameter name; known are durability, cache, busy, readers, create, absent"
    );
    assert_eq!(url.take("name", |text| Ok(text.to_owned())).unwrap().as_deref(), Some("a&b"));
    assert_eq!(url.finish().unwrap().path, "app.db");

    let mut several: StoreUrl = "redis-cluster://a?node=b&db=1&node=c&db=2".parse().unwrap();
    assert_eq!(several.clone().take_each("node", |text| Ok(text.to_owned())).unwrap(), ["b", "c"]);
    assert_eq!(several.clone().take_each("none", |text| Ok(text.to_owned())).unwrap(), [""; 0]);
    let error = several.clone().take("db", integer::<u8>).unwrap_err();
    assert_eq!(error.message(), "redis-cluster URL: the parameter db is given twice");
    assert_eq!(several.take_each("node", integer::<u8>).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert!(several.finish().is_err());

    let error = "memory:?max_bites=1".parse::<StoreUrl>().unwrap().finish().unwrap_err();
    assert_eq!(error.message(), "memory URL: unknown parameter max_bites; it takes none");
}

#[test]
fn wrong_values_name_the_parameter_and_what_it_must_be() {
    let take = |text: &str| {
        let url: StoreUrl = format!("memory:?p={text}").parse().unwrap();
        let message = |error: Error| error.message().to_owned();
        [
            url.clone().take("p", byte_size).err().map(message),
            url.clone().take("p", duration).err().map(message),
            url.clone().take("p", integer::<u16>).err().map(message),
            url.clone().take("p", boolean).err().map(message),
        ]
    };
    assert_eq!(
        take("secret").map(Option::unwrap),
        [
            "memory URL: the parameter p must be a byte size such as 64MiB, 1GB or 4096",
            "memory URL: the parameter p must be a length of time such as 500ms, 30s or 5m",
            "memory URL: the parameter p must be a whole number in range",
            "memory URL: the parameter p must be true or false",
        ]
    );
    for text in ["", "+1", "1 ", "-", "65536x", "True", "18446744073709551616"] {
        assert!(take(text).iter().all(Option::is_some), "{text}");
    }
    assert!(take("65536")[2].is_some());
    assert_eq!(integer::<i8>("-128"), Ok(-128));
}

#[test]
fn sizes_and_times_have_units() {
    for (text, size) in [
        ("0", 0),
        ("7B", 7),
        ("2kB", 2000),
        ("2KB", 2000),
        ("3MB", 3_000_000),
        ("1TB", 1_000_000_000_000),
        ("2KiB", 2048),
        ("1GiB", 1 << 30),
        ("1TiB", 1 << 40),
        ("18446744073709551615", u64::MAX),
    ] {
        assert_eq!(byte_size(text), Ok(size), "{text}");
    }
    for (text, seconds) in [("0s", 0), ("90s", 90), ("2m", 120), ("2h", 7200), ("3d", 259_200), ("5000ms", 5)]
    {
        assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
    }
    assert!(duration("999999999999999999d").is_err());
}

#[test]
fn shown_urls_keep_secrets() {
    for (text, shown) in [
        ("memory:cache?max_bytes=1", "memory:cache?max_bytes=***"),
        ("redis://user:secret@h:1/0", "redis://***@h:1/0"),
        ("redis://secret@[::1]:1", "redis://***@[::1]:1"),
        ("redis://h/0?password=secret&tls=true", "redis://h/0?password=***&tls=***"),
        // Mistakes.
        ("redis:user:secret@h:1/0", "redis:***@h:1/0"),
        ("redis://user:1/secret@h:1/0", "redis://user:1***@h:1/0"),
    ] {
        let url: StoreUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert_eq!(format!("{url:?}"), format!("StoreUrl({shown})"));
    }
    let location = location("redis://user:secret@h:1/0");
    assert_eq!(format!("{location:?}"), "Location(//***@h:1/0)");
}

/// Remembers the paths it was asked for, and opens nothing.
#[derive(Clone, Debug, Default)]
struct Probe(Arc<Mutex<Vec<String>>>);

#[async_trait::async_trait]
impl Opener for Probe {
    async fn open(&self, mut url: StoreUrl) -> Result<OpenStore> {
        url.take("known", boolean)?;
        self.0.lock().unwrap().push(url.finish()?.path);
        Err(Error::new(ErrorKind::Unavailable, "only a probe"))
    }
}

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

#[test]
fn the_registry_opens_by_scheme() {
    let (old, probe) = (Probe::default(), Probe::default());
    let registry = Registry::new()
        .with("probe", old.clone())
        .with("other", Probe::default())
        .with("probe", probe.clone());
    assert_eq!(registry.schemes().collect::<Vec<_>>(), ["other", "probe"]);

    assert_eq!(now(registry.open("PROBE:here?known=true")).unwrap_err().message(), "only a probe");
    assert_eq!(*probe.0.lock().unwrap(), ["here"]);
    assert!(old.0.lock().unwrap().is_empty(), "it was replaced");

    let error = now(registry.open("probe:there?unknown=1")).unwrap_err();
    assert_eq!(error.message(), "probe URL: unknown parameter unknown; known are known");
    assert_eq!(probe.0.lock().unwrap().len(), 1, "nothing was opened");

    let error = now(registry.open("sqlite:secret.db")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.message(), "no store has the scheme sqlite; known are other, probe");
    assert_eq!(
        now(Registry::new().open("a:")).unwrap_err().message(),
        "no store has the scheme a; known are none"
    );
    assert!(now(registry.open("no url")).is_err());
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "[a-z]{0,3}[:/@?&=%#\\[\\]a-f0-9.é]{0,20}", any: String) {
        for text in [text, any.clone(), format!("s:{any}"), format!("s://{any}")] {
            if let Ok(url) = text.parse::<StoreUrl>() {
                let _ = (url.to_string(), url.finish());
            }
            let _ = (byte_size(&text), duration(&text), integer::<i64>(&text), boolean(&text));
        }
    }

    #[test]
    fn any_text_survives_percent_encoding(user: String, password: String, path: String, value: String) {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let text = format!("s://{}:{}@h/{}?v={}", encode(&user), encode(&password), encode(&path), encode(&value));
        let mut url: StoreUrl = text.parse().unwrap();
        prop_assert_eq!(url.take("v", |value| Ok(value.to_owned())).unwrap(), Some(value));
        let location = url.finish().unwrap();
        prop_assert_eq!((location.user, location.password, location.path), (Some(user), Some(password), format!("/{path}")));
    }
}
