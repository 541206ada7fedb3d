//! Linearizability by its definition: every order is tried. For a handful of operations.

use credenza_testkit::history::{History, Outcome, Specification};

struct Item<'h, S: Specification> {
    op: &'h S::Op,
    ret: Option<&'h S::Ret>,
    invoked: u64,
    end: u64,
    optional: bool,
}

/// Whether some order explains the history. Operations for which `freed` holds (by their begin) are optional
/// while they ran and may answer anything.
pub(crate) fn linearizable<S: Specification>(
    spec: &S,
    history: &History<S::Op, S::Ret>,
    freed: impl Fn(u64) -> bool,
) -> bool {
    let items = history.operations().iter().map(|operation| {
        let (ret, end) = match &operation.outcome {
            Outcome::Returned { at, ret } => (Some(ret), *at),
            Outcome::Ambiguous => (None, u64::MAX),
        };
        let free = freed(operation.invoked);
        let optional = free || ret.is_none();
        Item::<S> { op: &operation.op, ret: ret.filter(|_| !free), invoked: operation.invoked, end, optional }
    });
    explain(spec, &spec.initial(), 0, &items.collect::<Vec<_>>())
}

fn explain<S: Specification>(spec: &S, state: &S::State, latest: u64, open: &[Item<'_, S>]) -> bool {
    if open.iter().all(|item| item.optional) {
        return true;
    }
    let deadline = open.iter().filter(|item| !item.optional).map(|item| item.end).min().unwrap_or(u64::MAX);
    open.iter().enumerate().any(|(index, item)| {
        let rest = || open.iter().enumerate().filter(|(other, _)| *other != index);
        item.invoked < deadline
            && item.end > latest
            && spec.step(state, item.op, item.ret).into_iter().any(|next| {
                let rest: Vec<_> = rest().map(|(_, item)| Item { ..*item }).collect();
                explain(spec, &next, latest.max(item.invoked), &rest)
            })
    })
}
