//! What scans promise while things change: what is there from the first page to the last is found.

use std::collections::HashSet;

use bytes::Bytes;
use credenza_core::command::{
    Del, HDel, HScan, HSet, MSet, SAdd, SRem, SScan, Scan, ZAdd, ZAddOptions, ZRem, ZScan,
};
use credenza_core::{Command, CommandId, Context, Cursor, Error, Page, Reply, Request, Response, Result};

use super::{Notes, commands, probes};
use crate::Subject;

/// How many elements stay.
const STABLE: usize = 400;

/// How many pages a scan may take: it must end although more comes while it runs.
const PAGES: usize = 20_000;

probes! { "scans":
    "SCAN under change finds all that stays", commands(&[CommandId::Scan, CommandId::MSet, CommandId::Del]) => keys;
    "HSCAN under change finds all that stays", commands(&[CommandId::HScan, CommandId::HSet, CommandId::HDel]) => fields;
    "SSCAN under change finds all that stays", commands(&[CommandId::SScan, CommandId::SAdd, CommandId::SRem]) => members;
    "ZSCAN under change finds all that stays", commands(&[CommandId::ZScan, CommandId::ZAdd, CommandId::ZRem]) => scored;
}

/// How to add, remove and scan elements of some kind.
struct Kind {
    add: fn(Vec<String>) -> Command,
    remove: fn(Vec<String>) -> Command,
    scan: fn(Cursor) -> Command,
}

async fn keys(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let kind = Kind {
        add: |names| MSet::new(names.into_iter().map(|name| (name, "v"))).into(),
        remove: |names| Del::new(names).into(),
        scan: |cursor| Scan::new(cursor).count(7).into(),
    };
    under_change(subject, notes, kind).await
}

async fn fields(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let kind = Kind {
        add: |names| HSet::new("k", names.into_iter().map(|name| (name, "v"))).into(),
        remove: |names| HDel::new("k", names).into(),
        scan: |cursor| HScan::new("k", cursor).count(7).into(),
    };
    under_change(subject, notes, kind).await
}

async fn members(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let kind = Kind {
        add: |names| SAdd::new("k", names).into(),
        remove: |names| SRem::new("k", names).into(),
        scan: |cursor| SScan::new("k", cursor).count(7).into(),
    };
    under_change(subject, notes, kind).await
}

async fn scored(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let kind = Kind {
        // The score changes each time, so that members move while they are scanned.
        add: |names| {
            let score = names.len() as f64;
            ZAdd::new("k", ZAddOptions::default(), names.into_iter().map(|name| (score, name))).into()
        },
        remove: |names| ZRem::new("k", names).into(),
        scan: |cursor| ZScan::new("k", cursor).count(7).into(),
    };
    under_change(subject, notes, kind).await
}

/// Scans while other elements come in waves and go, so that the whole grows to many times its size and shrinks again.
async fn under_change(subject: &Subject, notes: &mut Notes, kind: Kind) -> Result<()> {
    let names = |prefix: &str, range: std::ops::Range<usize>| -> Vec<String> {
        range.map(|number| format!("{prefix}:{number}")).collect()
    };
    run(subject, (kind.add)(names("stays", 0..STABLE))).await?;
    run(subject, (kind.add)(names("gone", 0..50))).await?;
    run(subject, (kind.remove)(names("gone", 0..50))).await?;

    let mut found: HashSet<Bytes> = HashSet::new();
    let mut cursor = Cursor::START;
    let mut pages = 0;
    loop {
        let (next, items) = page(run(subject, (kind.scan)(cursor)).await?)?;
        found.extend(items);
        pages += 1;
        let Some(next) = next else { break };
        if pages > PAGES {
            notes.check(false, "the scan", "an end", format!("none after {PAGES} pages"));
            return Ok(());
        }
        cursor = next;
        // Up to wave 20 each page makes the whole larger, then smaller; what stays is written again on the way.
        let wave = pages % 40;
        let extra = names("extra", wave % 20 * 100..(wave % 20 + 1) * 100);
        run(subject, if wave < 20 { (kind.add)(extra) } else { (kind.remove)(extra) }).await?;
        if pages % 5 == 0 {
            run(subject, (kind.add)(names("stays", 0..pages % STABLE + 1))).await?;
        }
    }
    let missed: Vec<_> =
        names("stays", 0..STABLE).into_iter().filter(|name| !found.contains(name.as_bytes())).collect();
    notes.check(missed.is_empty(), "the scan", "everything that stayed", format!("all but {missed:?}"));
    let ghosts: Vec<_> = found.iter().filter(|name| name.starts_with(b"gone:")).collect();
    notes.check(ghosts.is_empty(), "the scan", "nothing that was gone before it", format!("{ghosts:?}"));
    Ok(())
}

async fn run(subject: &Subject, command: Command) -> Result<Reply> {
    subject.store().execute(&Context::new(), Request::One(command)).await.and_then(Response::one)
}

fn page(reply: Reply) -> Result<(Option<Cursor>, Vec<Bytes>)> {
    Ok(match reply {
        Reply::KeyPage(page) | Reply::MemberPage(page) => (page.next, page.items),
        Reply::EntryPage(page) => names_of(*page),
        Reply::ScoredPage(page) => names_of(*page),
        _ => return Err(Error::internal("a scan answered without a page")),
    })
}

fn names_of<T>(page: Page<(Bytes, T)>) -> (Option<Cursor>, Vec<Bytes>) {
    (page.next, page.items.into_iter().map(|(name, _)| name).collect())
}
