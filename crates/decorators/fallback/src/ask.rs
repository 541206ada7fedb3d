//! One command of a store.

use credenza_core::{Context, KvStore, Op, Request, Result};

/// What a store answers to a command.
pub(crate) async fn ask<O: Op>(store: &impl KvStore, cx: &Context, op: O) -> Result<O::Reply> {
    O::reply(store.execute(cx, Request::One(op.into())).await?.one()?)
}
