//! A small store: the suite tries what it claims, skips the rest, and proves that it refuses it.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use credenza_core::{
    Capabilities, Command, CommandId, CommandSet, Context, Error, ErrorKind, Execution, Key, KvStore, Reply,
    Request, Result, StoreInfo,
};
use credenza_testkit::suite::{self, Outcome};
use credenza_testkit::{PassThrough, Subject};

#[derive(Debug)]
struct Small {
    info: StoreInfo,
    data: Mutex<HashMap<Key, Bytes>>,
}

impl Small {
    fn new() -> Small {
        Small { info: StoreInfo::backend("small"), data: Mutex::default() }
    }

    fn run(&self, command: Command) -> Result<Reply> {
        let mut data = self.data.lock().unwrap();
        Ok(match command {
            Command::Get(get) => Reply::Value(data.get(&get.key).cloned()),
            Command::GetDel(get) => Reply::Value(data.remove(&get.key)),
            Command::Append(append) => {
                let value = data.entry(append.key).or_default();
                *value = [&value[..], &append.value].concat().into();
                Reply::Int(value.len() as i64)
            }
            Command::Exists(exists) => {
                Reply::Int(exists.keys.iter().filter(|key| data.contains_key(*key)).count() as i64)
            }
            other => return Err(Error::unsupported(other.info().name)),
        })
    }
}

impl KvStore for Small {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let commands = [CommandId::Get, CommandId::GetDel, CommandId::Append, CommandId::Exists];
        Capabilities::of(commands.into_iter().collect::<CommandSet>())
    }

    #[allow(clippy::disallowed_methods, reason = "deadlines are measured on the monotonic clock")]
    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let late = cx.deadline().is_some_and(|deadline| deadline <= std::time::Instant::now());
        let answer = || match late {
            true => Err(Error::new(ErrorKind::Timeout, "the deadline has passed")),
            false => {
                self.capabilities().limits.check(&request)?;
                request.each(|command| self.run(command))
            }
        };
        Execution::ready(answer().map_err(|error| error.on("small")))
    }
}

#[tokio::test]
async fn passes_with_what_it_claims() {
    let report = suite::run(async || Ok(Subject::new(Small::new()).behind(PassThrough::new))).await;
    report.assert_passed();
    let skipped = |name: &str| {
        let finding = report.findings().iter().find(|finding| finding.name == name).unwrap();
        matches!(&finding.outcome, Outcome::Skipped(_))
    };
    assert!(skipped("HSET counts new fields, and the last of equal ones wins"));
    assert!(!skipped("APPEND appends, and creates what is missing"), "{report}");
    assert!(!skipped("a command that is not claimed is refused and touches nothing"), "{report}");
    assert!(report.to_string().starts_with("pass-through › small\n"), "{report}");
}
