//! Puts in the place of objects that are there, each synced before it is acknowledged. Nobody who does not sync is among
//! them: the next one's syncs would wait for what was left unwritten.

use std::sync::Arc;

use benches::{Rounds, Subject, crowd, scratch};
use tokio::runtime::Runtime;

use crate::bare::Folder;
use crate::stores::{KINDS, Kind, credenza};

pub(crate) fn run(runtime: &Runtime) {
    for kind in KINDS {
        one(runtime, kind);
        many(runtime, kind);
    }
}

fn one(runtime: &Runtime, kind: Kind) {
    let folder = scratch();
    let ours = credenza(runtime, &folder.path().join("ours"));
    let renamed = Folder::new(&folder.path().join("renamed"), false);
    let synced = Folder::new(&folder.path().join("synced"), true);
    Rounds::new(format!("durable put of {}, one task", kind.name)).run(&mut [
        Subject::new("credenza-blob, through Blob", |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    let put = ours.put(kind.any_name(operation), kind.content(operation)).await;
                    put.expect("a put succeeds");
                }
            });
        }),
        Subject::new("by hand: write, fsync, rename", |count| {
            for operation in 0..count {
                renamed.put(&kind.any_name(operation), &kind.content(operation));
            }
        }),
        Subject::new("by hand: write, fsync, rename, fsync of the folder", |count| {
            for operation in 0..count {
                synced.put(&kind.any_name(operation), &kind.content(operation));
            }
        }),
    ]);
}

fn many(runtime: &Runtime, kind: Kind) {
    let folder = scratch();
    let ours = credenza(runtime, &folder.path().join("ours"));
    let by_hand = |name: &str, synced| Arc::new(Folder::new(&folder.path().join(name), synced));
    let (renamed, synced) = (by_hand("renamed", false), by_hand("synced", true));
    let on_the_pool = |folder: &Arc<Folder>, count| {
        let folder = Arc::clone(folder);
        crowd(runtime, count, move |operation| {
            let folder = Arc::clone(&folder);
            let put = move || folder.put(&kind.any_name(operation), &kind.content(operation));
            async move { tokio::task::spawn_blocking(put).await.expect("a put succeeds") }
        });
    };
    Rounds::new(format!("durable put of {}, 64 tasks on 2 workers", kind.name)).run(&mut [
        Subject::new("credenza-blob, through Blob", |count| {
            let store = ours.clone();
            crowd(runtime, count, move |operation| {
                let store = store.clone();
                async move {
                    let put = store.put(kind.any_name(operation), kind.content(operation)).await;
                    put.expect("a put succeeds");
                }
            });
        }),
        Subject::new("by hand: write, fsync, rename", |count| on_the_pool(&renamed, count)),
        Subject::new("by hand: write, fsync, rename, fsync of the folder", |count| {
            on_the_pool(&synced, count)
        }),
    ]);
}
