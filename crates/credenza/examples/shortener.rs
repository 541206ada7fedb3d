//! An application: a link shortener whose whole state is a store. It hands out short names, counts visits, and
//! lists the most visited links.
//!
//! ```sh
//! cargo run -p credenza --example shortener add https://example.org/a/long/path
//! cargo run -p credenza --example shortener visit 1
//! cargo run -p credenza --example shortener top
//! ```
//!
//! Without arguments it plays a short session in memory. Set `STORE` to use another store than `memory:`, for
//! instance `sqlite:links.db`.

use credenza::command::{HSet, Set, ZIncrBy, ZRange, ZRangeBy};
use credenza::{Batch, Check, ErrorKind, Key, KeyPath, Kv, Result};

struct Shortener {
    kv: Kv,
}

impl Shortener {
    /// Keys are made of parts that cannot run into each other, whatever they contain.
    fn key(kind: &str, name: &str) -> Key {
        KeyPath::new().push("links").push(kind).key(name)
    }

    /// Stores a link under a new short name; the same link keeps the name it has.
    async fn add(&self, link: &str) -> Result<String> {
        loop {
            if let Some(name) = self.kv.get(Self::key("by-link", link)).await? {
                return Ok(String::from_utf8_lossy(&name).into_owned());
            }
            let name = format!("{:x}", self.kv.incr(Self::key("counter", "")).await?);
            let mut batch = Batch::atomic();
            batch.check(Check::absent(Self::key("by-link", link)));
            batch.push(Set::new(Self::key("by-link", link), name.clone()));
            batch.push(HSet::new(Self::key("by-name", &name), [("link", link)]));
            match self.kv.batch(batch).await {
                Ok(_) => return Ok(name),
                // Somebody stored the same link meanwhile: take theirs.
                Err(error) if error.kind() == ErrorKind::CheckFailed => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The link of a short name; counts the visit.
    async fn visit(&self, name: &str) -> Result<Option<String>> {
        let Some(link) = self.kv.hget(Self::key("by-name", name), "link").await? else { return Ok(None) };
        self.kv.run(ZIncrBy::new(Self::key("visits", ""), 1.0, name)).await?;
        Ok(Some(String::from_utf8_lossy(&link).into_owned()))
    }

    /// The most visited names.
    async fn top(&self, count: i64) -> Result<Vec<(String, f64)>> {
        let by = ZRangeBy::rank(0, count - 1).rev();
        let found = self.kv.run(ZRange::new(Self::key("visits", ""), by)).await?;
        Ok(found
            .into_iter()
            .map(|(name, visits)| (String::from_utf8_lossy(&name).into_owned(), visits))
            .collect())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("STORE").unwrap_or_else(|_| "memory:".into());
    let shortener = Shortener { kv: credenza::open(&url).await?.kv };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["add", link] => println!("{}", shortener.add(link).await?),
        ["visit", name] => {
            println!("{}", shortener.visit(name).await?.unwrap_or_else(|| "no such link".into()))
        }
        ["top"] => println!("{:?}", shortener.top(10).await?),
        _ => play(&shortener).await?,
    }
    Ok(())
}

async fn play(shortener: &Shortener) -> Result<()> {
    let first = shortener.add("https://example.org/a").await?;
    let second = shortener.add("https://example.org/b").await?;
    assert_eq!(shortener.add("https://example.org/a").await?, first);
    for _ in 0..3 {
        assert_eq!(shortener.visit(&second).await?.as_deref(), Some("https://example.org/b"));
    }
    shortener.visit(&first).await?;
    assert_eq!(shortener.visit("nothing").await?, None);
    let top = shortener.top(10).await?;
    assert_eq!(top, [(second, 3.0), (first, 1.0)]);
    println!("the most visited: {top:?}");
    Ok(())
}
