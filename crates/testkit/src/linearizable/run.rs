//! Tasks that run operations and record them.

use std::sync::Arc;

use bytes::Bytes;
use credenza_core::command::{Get, GetDel, GetVersioned, IncrBy, Sampler, Set, SetIfEqual};
use credenza_core::{Batch, Check, Effect, Error, ErrorKind, Found, Kv, Result, Version};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::Workload;
use super::spec::{Answer, Op};
use crate::cancel::poll_times;
use crate::history::{History, Recorder};
use crate::sampler::SeededSampler;

/// The process that reads everything when the others are done.
const LAST: u32 = u32::MAX;

/// Runs the workload; `choose` picks each operation, with the versions that its task saw last.
pub(super) async fn record(
    kv: &Kv,
    workload: Workload,
    choose: fn(&mut SeededSampler, usize, &[Option<u64>]) -> Op,
) -> Result<History<Op, Answer>> {
    let recorder = Recorder::new();
    let start = Arc::new(Barrier::new(workload.tasks as usize));
    let mut tasks = JoinSet::new();
    for process in 0..workload.tasks {
        let (kv, recorder, start) = (kv.clone(), recorder.clone(), start.clone());
        tasks.spawn(async move {
            let mut task = Task {
                sampler: SeededSampler::new(workload.seed.wrapping_mul(1000).wrapping_add(process.into())),
                seen: vec![None; workload.keys],
                kv,
                recorder,
                workload,
                process,
            };
            start.wait().await;
            for _ in 0..workload.operations {
                let op = choose(&mut task.sampler, workload.keys, &task.seen);
                task.run(op).await?;
                if task.sampler.one_in(3) {
                    tokio::task::yield_now().await;
                }
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| Error::internal("a task failed").with_source(error))??;
    }
    // What was acknowledged must still be there.
    let mut last = Task {
        sampler: SeededSampler::new(workload.seed),
        seen: vec![None; workload.keys],
        kv: kv.clone(),
        recorder: recorder.clone(),
        workload: Workload { drop_one_in: 0, ..workload },
        process: LAST,
    };
    for key in 0..workload.keys {
        last.run(Op::Get { key }).await?;
    }
    Ok(recorder.history())
}

struct Task {
    sampler: SeededSampler,
    seen: Vec<Option<u64>>,
    kv: Kv,
    recorder: Recorder<Op, Answer>,
    workload: Workload,
    process: u32,
}

impl Task {
    /// Runs an operation and records it.
    async fn run(&mut self, op: Op) -> Result<()> {
        let drops = self.workload.drop_one_in;
        let polls =
            if drops > 0 && self.sampler.one_in(drops) { 1 + self.sampler.below(3) } else { usize::MAX };
        let pending = self.recorder.invoke(self.process, op.clone());
        let running = poll_times(execute(&self.kv, &op, self.workload.keys), polls);
        match tokio::time::timeout(self.workload.patience, running).await {
            // Given up or dropped.
            Err(_) | Ok(None) => pending.ambiguous(),
            Ok(Some(Ok(answer))) => {
                self.learn(&op, &answer);
                pending.complete(answer);
            }
            Ok(Some(Err(error))) => match (error.kind(), error.effect()) {
                (ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Busy, Effect::NotApplied) => {
                    pending.fail()
                }
                (ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Busy, Effect::MaybeApplied) => {
                    pending.ambiguous()
                }
                _ => return Err(error),
            },
        }
        Ok(())
    }

    fn learn(&mut self, op: &Op, answer: &Answer) {
        let mut learn = |key: usize, version| {
            if let Some(seen) = self.seen.get_mut(key) {
                *seen = version;
            }
        };
        match (op, answer) {
            (Op::Read { key }, Answer::Versioned(found)) => {
                learn(*key, found.first().copied().flatten().map(|(_, version)| version))
            }
            (Op::ReadAll, Answer::Versioned(found)) => {
                for (key, found) in found.iter().enumerate() {
                    learn(key, found.map(|(_, version)| version));
                }
            }
            (Op::Batch { writes, .. }, Answer::Applied(version)) => {
                writes.iter().for_each(|(key, _)| learn(*key, Some(*version)))
            }
            (Op::Batch { checks, .. }, Answer::Refused { check, found }) => {
                checks.get(*check).into_iter().for_each(|(key, _)| learn(*key, *found))
            }
            _ => {}
        }
    }
}

fn name(key: usize) -> String {
    format!("key:{key}")
}

fn number(bytes: &Bytes) -> Result<i64> {
    let text = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
    text.ok_or_else(|| Error::internal("a key holds what nobody wrote"))
}

fn versioned(found: Option<(Bytes, Version)>) -> Result<Option<(i64, u64)>> {
    found.map(|(value, version)| Ok((number(&value)?, version.get()))).transpose()
}

async fn execute(kv: &Kv, op: &Op, keys: usize) -> Result<Answer> {
    Ok(match op {
        Op::Get { key } => {
            let value = kv.run(Get::new(name(*key))).await?;
            Answer::Value(value.as_ref().map(number).transpose()?)
        }
        Op::Read { key } => Answer::Versioned(vec![versioned(kv.run(GetVersioned::new(name(*key))).await?)?]),
        Op::Set { key, value } => {
            kv.run(Set::new(name(*key), *value)).await?;
            Answer::Done
        }
        Op::Add { key, by } => Answer::Sum(kv.run(IncrBy::new(name(*key), *by)).await?),
        Op::Swap { key, old, new } => Answer::Yes(kv.run(SetIfEqual::new(name(*key), *old, *new)).await?),
        Op::Take { key } => {
            let value = kv.run(GetDel::new(name(*key))).await?;
            Answer::Value(value.as_ref().map(number).transpose()?)
        }
        Op::ReadAll => {
            let mut batch = Batch::atomic();
            let tickets: Vec<_> = (0..keys).map(|key| batch.push(GetVersioned::new(name(key)))).collect();
            let mut reply = kv.batch(batch).await?;
            let found = tickets.into_iter().map(|ticket| versioned(reply.take(ticket)?));
            Answer::Versioned(found.collect::<Result<_>>()?)
        }
        Op::Batch { checks, writes } => {
            let mut batch = Batch::atomic();
            for (key, version) in checks {
                batch.check(Check::version_equals(name(*key), version.map(Version::new)));
            }
            for (key, value) in writes {
                batch.push(Set::new(name(*key), *value));
            }
            match kv.batch(batch).await {
                Ok(reply) => {
                    let version =
                        reply.version.ok_or_else(|| Error::internal("a batch that wrote has no version"))?;
                    Answer::Applied(version.get())
                }
                Err(error) => match error.check_failure() {
                    Some(failure) => Answer::Refused {
                        check: failure.index,
                        found: match failure.found {
                            Found::Version(version) => Some(version.get()),
                            _ => None,
                        },
                    },
                    None => return Err(error),
                },
            }
        }
    })
}
