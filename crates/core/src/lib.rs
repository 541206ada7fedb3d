//! The vocabulary of Credenza: key-value operations as data, relational data, blobs, the stores of each, the handles
//! that applications hold, and the errors they all speak of. No runtime, no backend.
//!
//! - An application holds a [`Kv`], a [`Db`] or a [`Blob`] and calls its methods.
//! - A key-value store implements [`KvStore`], which is one method, and a decorator wraps another store the same way;
//!   [`command`] has every operation, with the table that describes them.
//! - A database implements [`db::Database`], and a blob store [`blob::BlobStore`].

pub mod blob;
pub mod codec;
pub mod command;
pub mod db;
pub mod kv;
pub mod semantics;
pub mod transform;
pub mod url;

mod batch;
mod clock;
mod context;
mod data;
mod error;
mod limits;
mod path;
mod pubsub;
mod random;
mod registry;
mod reply;
mod resp;
mod stack;
mod storage;
mod store;

pub use batch::{Batch, BatchReply, Check, CheckFailure, Found, Mode, Ticket};
pub use blob::Blob;
pub use clock::{Clock, ManualClock, SystemClock};
pub use codec::Codec;
pub use command::{Command, CommandId, CommandSet, Op};
pub use context::{Context, Note};
pub use data::{Cursor, Field, Key, Kind, Member, Page, Pattern, Value, Version};
pub use db::Db;
pub use error::{Effect, Error, ErrorKind, Result, Retry, Violation};
pub use kv::Kv;
pub use limits::Limits;
pub use path::KeyPath;
pub use pubsub::{Event, Message, PubSub, Subscription};
pub use random::{Random, SeededRandom, ThreadRandom};
pub use registry::{OpenStore, Opener, Registry};
pub use reply::{Bounded, Reply, SetReply};
pub use resp::Resp;
pub use stack::StackWarning;
pub use storage::Storage;
pub use store::{Capabilities, Consistency, Durability, Execution, KvStore, Request, Response, StoreInfo};
pub use url::StoreUrl;
