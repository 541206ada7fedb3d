//! Lists in pages, also while keys come and go.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use credenza_core::{
    Capabilities, Command, Context, Cursor, Execution, Kv, KvStore, Page, Reply, Request, Response, StoreInfo,
};
use credenza_server::ServerConfig;
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{Server, clock, memory};

/// The names of a page, and the cursor of the next.
fn page(client: &mut Client, query: &str) -> (Vec<String>, Option<String>) {
    let list = client.get(&format!("kv/a?{query}")).json();
    let names =
        list["keys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect();
    let cursor = list["cursor"].as_str().map(str::to_owned);
    assert_eq!(list["list_complete"], Value::Bool(cursor.is_none()));
    (names, cursor)
}

/// All pages.
fn pages(client: &mut Client, prefix: &str, limit: usize) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let (names, next) = page(client, &format!("prefix={prefix}&limit={limit}&cursor={cursor}"));
        pages.push(names);
        match next {
            Some(next) => cursor = next,
            None => return pages,
        }
    }
}

fn fill(client: &mut Client, prefix: &str, count: usize) -> BTreeSet<String> {
    let names = (0..count).map(|n| format!("{prefix}{n:05}"));
    names
        .inspect(|name| {
            assert_eq!(
                client.put(&format!("kv/a/{name}"), json!({"value": "", "metadata": name})).status,
                200
            )
        })
        .collect()
}

#[test]
fn pages_are_full_and_complete() {
    let server = Server::start();
    let mut client = server.client();
    let users = fill(&mut client, "user:", 1234);
    let others = fill(&mut client, "other:", 345);
    for limit in [1, 7, 100, 617, 1000] {
        if limit == 1 {
            // One by one for a few only.
            assert_eq!(page(&mut client, "limit=1").0.len(), 1);
            continue;
        }
        let pages = pages(&mut client, "user:", limit);
        let (last, full) = pages.split_last().unwrap();
        assert!(full.iter().all(|page| page.len() == limit), "{limit}");
        assert!(last.len() <= limit);
        let names: Vec<_> = pages.into_iter().flatten().collect();
        assert_eq!(names.len(), 1234, "{limit}: each once");
        assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), users);
    }
    assert_eq!(page(&mut client, "").0.len(), 100, "by default");
    let all: BTreeSet<_> = pages(&mut client, "", 1000).into_iter().flatten().collect();
    assert_eq!(all, users.union(&others).cloned().collect());
    assert_eq!(pages(&mut client, "nothing", 10), [Vec::<String>::new()]);
}

#[test]
fn entries_have_their_own_metadata_on_every_page() {
    let server = Server::start();
    let mut client = server.client();
    fill(&mut client, "k", 250);
    let mut cursor = String::new();
    for _ in 0..3 {
        let list = client.get(&format!("kv/a?limit=100&cursor={cursor}")).json();
        for entry in list["keys"].as_array().unwrap() {
            assert_eq!(entry["metadata"], entry["name"]);
        }
        cursor = list["cursor"].as_str().unwrap_or_default().to_owned();
    }
}

#[test]
fn a_cursor_belongs_to_its_list() {
    let server = Server::start();
    let mut client = server.client();
    fill(&mut client, "k", 20);
    let cursor = page(&mut client, "prefix=k&limit=10").1.unwrap();
    assert_eq!(
        page(&mut client, &format!("prefix=k&limit=3&cursor={cursor}")).0.len(),
        3,
        "another limit is fine"
    );
    let half = &cursor[..cursor.len() / 2];
    for target in [
        format!("kv/a?cursor={cursor}"),
        format!("kv/a?prefix=k0&cursor={cursor}"),
        format!("kv/b?prefix=k&cursor={cursor}"),
        format!("kv/a?prefix=k&cursor={half}"),
        format!("kv/a?prefix=k&cursor={cursor}AAAA"),
        "kv/a?prefix=k&cursor=%00".to_owned(),
    ] {
        let expected = json!({"error": "Invalid request", "details": "`cursor` is not of this list"});
        assert_eq!(client.get(&target).told(), (400, expected), "{target}");
    }
}

/// What exists from the first page to the last is on one of them, and nothing that never existed is.
#[test]
fn pages_hold_while_keys_come_and_go() {
    let server = Server::start();
    let mut client = server.client();
    let steady = fill(&mut client, "s", 2500);
    let done = AtomicBool::new(false);
    /// Tells the writers that it is over, also when an assertion failed.
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        let _over = Over(&done);
        for writer in 0..3 {
            let (server, done) = (&server, &done);
            scope.spawn(move || {
                let mut client = server.client();
                for round in 0.. {
                    for n in 0..40 {
                        // Between the steady keys, before and after them.
                        let name = [
                            format!("s{:05}x{writer}", n * 61),
                            format!("a{n}-{writer}"),
                            format!("z{n}-{writer}"),
                        ];
                        for name in name {
                            if (round + n) % 2 == 0 {
                                client.put(&format!("kv/a/{name}"), json!({"value": "v", "metadata": 1}));
                            } else {
                                client.delete(&format!("kv/a/{name}"));
                            }
                        }
                    }
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        for round in 0..12 {
            let pages = pages(&mut client, "", [37, 100, 333, 1000][round % 4]);
            assert!(pages.iter().rev().skip(1).all(|page| page.len() == [37, 100, 333, 1000][round % 4]));
            let names: Vec<_> = pages.into_iter().flatten().collect();
            let seen: HashSet<_> = names.iter().collect();
            assert!(steady.iter().all(|name| seen.contains(name)), "a steady key is missing");
            assert!(names.iter().all(|name| steady.contains(name) || name.contains(['x', '-'])));
        }
    });
}

/// A store that looks at all keys, some at a time, and finds that none matches. It has no end.
#[derive(Debug)]
struct Endless<S>(S, AtomicUsize);

impl<S: KvStore> KvStore for Endless<S> {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        match request {
            Request::One(Command::Scan(_)) => {
                let step = self.1.fetch_add(1, Ordering::SeqCst);
                let page = Page { next: Some(Cursor::new(step.to_string())), items: Vec::new() };
                Execution::ready(Ok(Response::One(Reply::KeyPage(Box::new(page)))))
            }
            other => self.0.execute(cx, other),
        }
    }
}

#[test]
fn a_page_costs_a_bounded_number_of_steps() {
    let clock = clock();
    let store = Arc::new(Endless(memory(&clock), AtomicUsize::new(0)));
    let server = Server::on(Kv::from(Arc::clone(&store) as Arc<dyn KvStore>), clock, ServerConfig::default());
    let (names, cursor) = page(&mut server.client(), "limit=1");
    assert!(names.is_empty() && cursor.is_some(), "a page that ends early says where to go on");
    assert_eq!(store.1.load(Ordering::SeqCst), 1024);
}

/// A store that gives keys twice, and more than it was asked for.
#[derive(Debug)]
struct Sloppy<S>(S);

impl<S: KvStore> KvStore for Sloppy<S> {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, mut request: Request) -> Execution<'a> {
        if let Request::One(Command::Scan(scan)) = &mut request {
            scan.count = scan.count.map(|count| count + 3);
        }
        self.0.execute(cx, request).map(|response| match response? {
            Response::One(Reply::KeyPage(mut page)) => {
                page.items.extend(page.items.first().cloned());
                Ok(Response::One(Reply::KeyPage(page)))
            }
            other => Ok(other),
        })
    }
}

#[test]
fn a_store_that_is_generous_loses_nothing() {
    let clock = clock();
    let server = Server::on(Kv::new(Sloppy(memory(&clock))), clock, ServerConfig::default());
    let mut client = server.client();
    let all = fill(&mut client, "k", 500);
    for limit in [1, 10, 100, 1000] {
        let pages = pages(&mut client, "k", limit);
        assert!(pages.iter().all(|page| page.len() <= limit + 8), "{limit}");
        let names: Vec<_> = pages.into_iter().flatten().collect();
        assert_eq!(names.len(), 500, "{limit}: each once");
        assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), all, "{limit}");
    }
}
