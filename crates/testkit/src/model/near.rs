//! What two sides may differ in whose time passes by itself.

use credenza_core::command::TimeUnit;
use credenza_core::{Command, ErrorKind};

use crate::script::Answer;

/// How far apart two times may be that were meant to be one, in milliseconds: the same command reaches one side later
/// than the other.
const SLACK: u64 = 1_000;

/// The second answer with the first one's time, if the two are close; both as they were otherwise.
pub(super) fn near(command: &Command, [left, right]: [Answer; 2]) -> [Answer; 2] {
    let close = |left: i64, right: i64, slack: u64| left >= 0 && right >= 0 && left.abs_diff(right) <= slack;
    let alike = match (command, &left, &right) {
        (Command::Ttl(c), Answer::Int(a), Answer::Int(b)) => close(*a, *b, slack(c.unit)),
        (Command::ExpireTime(c), Answer::Int(a), Answer::Int(b)) => close(*a, *b, slack(c.unit)),
        (Command::IncrBounded(_), Answer::Array(a), Answer::Array(b)) => match (&a[..], &b[..]) {
            ([number, applied, Answer::Int(a)], [other, applied_too, Answer::Int(b)]) => {
                number == other && applied == applied_too && close(*a, *b, SLACK)
            }
            _ => false,
        },
        _ => false,
    };
    if alike { [left.clone(), left] } else { [left, right] }
}

/// The second answer with the first one's words, if both refuse and one for the sake of a limit: a judge has limits of
/// its own.
pub(super) fn refused_alike([left, right]: [Answer; 2]) -> [Answer; 2] {
    match (&left, &right) {
        (Answer::Error(a), Answer::Error(b))
            if [a, b].iter().any(|refusal| refusal.kind == ErrorKind::LimitExceeded) =>
        {
            [left.clone(), left]
        }
        _ => [left, right],
    }
}

fn slack(unit: TimeUnit) -> u64 {
    match unit {
        TimeUnit::Milliseconds => SLACK,
        TimeUnit::Seconds => SLACK / 1_000 + 1,
    }
}
