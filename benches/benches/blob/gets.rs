//! Gets of whole objects that the system has in memory.

use std::hint::black_box;
use std::sync::Arc;

use benches::{Rounds, Subject, crowd, scratch};
use credenza_core::Blob;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStoreExt, PutPayload};
use tokio::runtime::Runtime;

use crate::bare::Folder;
use crate::stores::{KINDS, Kind, credenza, name, object_store};

pub(crate) fn run(runtime: &Runtime) {
    for kind in KINDS {
        let folder = scratch();
        let ours = credenza(runtime, &folder.path().join("ours"));
        let theirs = Arc::new(object_store(&folder.path().join("theirs")));
        let bare = Arc::new(Folder::new(&folder.path().join("bare"), false));
        for index in 0..kind.count {
            let content = kind.content(index as u64);
            bare.fill(&name(index), &content);
            runtime.block_on(async {
                let path = object_store::path::Path::from(name(index));
                theirs.put(&path, PutPayload::from(content.clone())).await.expect("a put succeeds");
            });
        }
        let filled = ours.clone();
        crowd(runtime, kind.count as u64, move |index| {
            let ours = filled.clone();
            async move {
                ours.put(name(index as usize), kind.content(index)).await.expect("a put succeeds");
            }
        });
        one(runtime, kind, &ours, &theirs, &bare);
        many(runtime, kind, &ours, &theirs, &bare);
    }
}

async fn get_ours(store: &Blob, kind: Kind, operation: u64) {
    let object = store.get(kind.any_name(operation)).await.expect("a get succeeds").expect("it is there");
    let content = object.body.collect(kind.size).await.expect("a get succeeds");
    assert_eq!(black_box(content).len(), kind.size);
}

async fn get_theirs(store: &LocalFileSystem, kind: Kind, operation: u64) {
    let path = object_store::path::Path::from(kind.any_name(operation));
    let content = store.get(&path).await.expect("a get succeeds").bytes().await.expect("a get succeeds");
    assert_eq!(black_box(content).len(), kind.size);
}

fn one(runtime: &Runtime, kind: Kind, ours: &Blob, theirs: &LocalFileSystem, bare: &Folder) {
    Rounds::new(format!("get {}, one task", kind.name)).run(&mut [
        Subject::new("credenza-blob, through Blob", |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    get_ours(ours, kind, operation).await;
                }
            });
        }),
        Subject::new("object_store, LocalFileSystem", |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    get_theirs(theirs, kind, operation).await;
                }
            });
        }),
        Subject::new("std::fs::read, in place", |count| {
            for operation in 0..count {
                assert_eq!(black_box(bare.get(&kind.any_name(operation))).len(), kind.size);
            }
        }),
    ]);
}

fn many(runtime: &Runtime, kind: Kind, ours: &Blob, theirs: &Arc<LocalFileSystem>, bare: &Arc<Folder>) {
    Rounds::new(format!("get {}, 64 tasks on 2 workers", kind.name)).run(&mut [
        Subject::new("credenza-blob, through Blob", |count| {
            let store = ours.clone();
            crowd(runtime, count, move |operation| {
                let store = store.clone();
                async move { get_ours(&store, kind, operation).await }
            });
        }),
        Subject::new("object_store, LocalFileSystem", |count| {
            let store = Arc::clone(theirs);
            crowd(runtime, count, move |operation| {
                let store = Arc::clone(&store);
                async move { get_theirs(&store, kind, operation).await }
            });
        }),
        Subject::new("std::fs::read on the blocking pool", |count| {
            let folder = Arc::clone(bare);
            crowd(runtime, count, move |operation| {
                let folder = Arc::clone(&folder);
                let get = move || folder.get(&kind.any_name(operation));
                async move {
                    let content = tokio::task::spawn_blocking(get).await.expect("a get succeeds");
                    assert_eq!(black_box(content).len(), kind.size);
                }
            });
        }),
        Subject::new("std::fs::read, in place", |count| {
            let folder = Arc::clone(bare);
            crowd(runtime, count, move |operation| {
                let folder = Arc::clone(&folder);
                async move {
                    assert_eq!(black_box(folder.get(&kind.any_name(operation))).len(), kind.size);
                }
            });
        }),
    ]);
}
