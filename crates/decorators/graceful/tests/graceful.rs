//! What is answered while a store is out.
#![allow(clippy::unwrap_used)]

use async_trait::async_trait;
use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::command::{Access, Set};
use credenza_core::{
    Batch, Blob, Check, CommandId, Context, Effect, Error, ErrorKind, Kv, KvStore, Note, Request, Result,
    StoreInfo,
};
use credenza_graceful::{Graceful, GracefulBlob, GracefulConfig, OnOutage};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::fault::{Chances, Fault, Faulty};
use credenza_testkit::sampler::SeededSampler;

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

fn out(config: GracefulConfig) -> Kv {
    let chances = Chances { refuse: 500, lose_answer: 500, ..Chances::default() };
    Kv::new(Graceful::new(Faulty::seeded(memory(), 7, chances), config))
}

/// Every read of the table, many times: the answer is that of an empty store.
#[tokio::test]
async fn a_read_finds_what_is_in_an_empty_store() {
    let (kv, empty) = (out(GracefulConfig::default()), memory());
    let mut samples = SeededSampler::new(7);
    let mut compared = 0;
    for id in CommandId::ALL.iter().copied().filter(|id| id.info().access == Access::Read) {
        for _ in 0..50 {
            let command = samples.command(&[id]).unwrap();
            let cx = Context::new();
            let Ok(expected) = empty.execute(&cx, Request::One(command.clone())).await else { continue };
            let answer = kv.store().execute(&cx, Request::One(command)).await;
            assert_eq!(answer.unwrap().one().unwrap(), expected.one().unwrap(), "{}", id.info().name);
            compared += 1;
        }
    }
    assert!(compared > 1500, "{compared}");
}

/// Every write of the table: what is answered is an answer of the command's type, and what others act on fails.
#[tokio::test]
async fn a_write_is_let_go_only_if_nobody_acts_on_its_answer() {
    let kv = out(GracefulConfig::default());
    let mut samples = SeededSampler::new(7);
    let mut let_go = Vec::new();
    for id in CommandId::ALL.iter().copied().filter(|id| id.info().access == Access::Write) {
        let mut degraded = 0;
        for _ in 0..50 {
            let command = samples.command(&[id]).unwrap();
            match kv.store().execute(&Context::new(), Request::One(command)).await {
                Ok(_) => degraded += 1,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable),
            }
        }
        if degraded > 0 {
            let_go.push(id.info().name);
        }
    }
    let expected =
        ["DEL", "PEXPIRE", "PERSIST", "SET", "MSET", "HSET", "HDEL", "SADD", "SREM", "LTRIM", "ZADD", "ZREM"];
    assert_eq!(let_go, expected);
    kv.set("k", "v").await.unwrap();
    assert!(
        kv.run(Set::new("lock", "me").if_absent()).await.is_err(),
        "nobody holds a lock that was not taken"
    );
    assert!(kv.incr("n").await.is_err());
}

#[tokio::test]
async fn commands_can_have_a_rule_of_their_own() {
    let mut config = GracefulConfig::default();
    config.set(CommandId::Del, OnOutage::Fail);
    config.writes = OnOutage::Degrade;
    let kv = out(config);
    assert_eq!(
        kv.run(credenza_core::command::Del::new(["k"])).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    kv.set("k", "v").await.unwrap();
}

#[tokio::test]
async fn batches_degrade_as_a_whole_or_not_at_all() {
    let kv = out(GracefulConfig::default());
    let mut batch = Batch::atomic();
    let set = batch.push(Set::new("k", "v"));
    assert!(kv.batch(batch.clone()).await.unwrap().take(set).unwrap().applied);
    batch.check(Check::absent("k"));
    assert_eq!(kv.batch(batch).await.unwrap_err().kind(), ErrorKind::Unavailable);
    for mut batch in [Batch::atomic(), Batch::pipelined()] {
        batch.push(Set::new("k", "v"));
        batch.push(credenza_core::command::IncrBy::new("n", 1));
        assert_eq!(kv.batch(batch).await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn an_error_that_is_no_outage_passes_and_whoever_listens_is_told() {
    let store = Faulty::scripted(memory(), [None, None, Some(Fault::LoseAnswer)]);
    let kv = Kv::new(Graceful::new(store, GracefulConfig::default()));
    kv.set("k", "text").await.unwrap();
    assert_eq!(kv.hget("k", "f").await.unwrap_err().kind(), ErrorKind::WrongType);
    let cx = Context::new().with_notes();
    let told = kv.clone().with_context(cx.clone());
    assert_eq!(told.get("k").await.unwrap(), None);
    assert_eq!(cx.take_notes(), [Note { layer: "graceful", text: "degraded" }]);
    assert_eq!(kv.get("k").await.unwrap().unwrap(), "text");

    let mut config = GracefulConfig::default();
    config.reads = OnOutage::Fail;
    let kv = Kv::new(Graceful::new(Faulty::scripted(memory(), [Some(Fault::Refuse)]), config));
    assert_eq!(kv.get("k").await.unwrap_err().effect(), Effect::NotApplied);
}

#[tokio::test]
async fn objects_are_not_found_and_puts_fail() {
    let blob = Blob::new(GracefulBlob::new(Down(MemoryBlobStore::new(MemoryBlobConfig::default()))));
    assert!(blob.get("k").await.unwrap().is_none());
    assert!(blob.head("k").await.unwrap().is_none());
    assert!(blob.list("").await.unwrap().objects.is_empty());
    assert_eq!(blob.put("k", "v").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(blob.delete("k").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(blob.copy("k", "l").await.unwrap_err().kind(), ErrorKind::Unavailable);
}

/// A blob store that is out.
#[derive(Debug)]
struct Down(MemoryBlobStore);

fn down<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unavailable, "out on purpose"))
}

#[async_trait]
impl BlobStore for Down {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.0.capabilities()
    }

    async fn put(&self, _: &Context, _: &BlobKey, _: Body, _: PutOptions) -> Result<ObjectInfo> {
        down()
    }

    async fn get(&self, _: &Context, _: &BlobKey, _: GetOptions) -> Result<Option<Got>> {
        down()
    }

    async fn head(&self, _: &Context, _: &BlobKey) -> Result<Option<ObjectInfo>> {
        down()
    }

    async fn delete(&self, _: &Context, _: &[BlobKey], _: DeleteOptions) -> Result<Vec<bool>> {
        down()
    }

    async fn list(&self, _: &Context, _: ListOptions) -> Result<ListPage> {
        down()
    }

    async fn copy(&self, _: &Context, _: &BlobKey, _: &BlobKey, _: CopyOptions) -> Result<ObjectInfo> {
        down()
    }

    async fn presign(&self, _: &Context, _: &BlobKey, _: PresignOptions) -> Result<Presigned> {
        down()
    }
}
