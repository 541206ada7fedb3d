#![allow(missing_docs)]
use credenza_core::{*, command::*};
use credenza_memory::*;
#[tokio::test]
async fn x() {
    let kv = Kv::new(MemoryStore::open(MemoryConfig::default()).unwrap());
    for i in 0..1500 { kv.run(Set::new(format!("user:{i}"), "x")).await.unwrap(); }
    let mut c = Cursor::START;
    let mut n = 0; let mut steps = 0;
    let mut over = 0; let mut seen = std::collections::HashSet::new();
    loop {
        let p = kv.run(Scan::new(c.clone()).count(3_u64).pattern(Pattern::from("user:*"))).await.unwrap();
        n += p.items.len(); steps += 1; if p.items.len() > 3 { over += 1; println!("{} {:?} {:?}", p.items.len(), c.as_bytes(), p.next.as_ref().map(|n| n.as_bytes().clone())); }
        for i in &p.items { if !seen.insert(i.clone()) { println!("dup {i:?}"); } }
        match p.next { None => break, Some(x) => { c = x } }
        if steps > 5000 { break; }
    }
    panic!("{n} {steps} over {over}");
}
