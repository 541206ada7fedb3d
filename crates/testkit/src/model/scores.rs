//! Scores, as a judge may write them.

use credenza_core::Command;
use credenza_core::semantics::number::{format_f64, parse_f64};

use crate::script::Answer;

/// The answer with scores written as shortly as they can be: before 7.2 Redis shows more digits than it takes, and a
/// zero may have a sign.
pub(super) fn shortest_scores(command: &Command, answer: Answer) -> Answer {
    let shorten = |answer: Answer| match answer {
        Answer::Bulk(bytes) => Answer::Bulk(parse_f64(&bytes).map_or(bytes, |score| format_f64(score + 0.0))),
        answer => answer,
    };
    let every_second = |items: Vec<Answer>| {
        let shorten = |(at, item)| if at % 2 == 1 { shorten(item) } else { item };
        Answer::Array(items.into_iter().enumerate().map(shorten).collect())
    };
    let with_scores = match command {
        Command::ZScore(_) | Command::ZIncrBy(_) | Command::ZAddIncr(_) => return shorten(answer),
        Command::ZMScore(_) => {
            return match answer {
                Answer::Array(items) => Answer::Array(items.into_iter().map(shorten).collect()),
                answer => answer,
            };
        }
        Command::ZRange(c) => c.with_scores,
        Command::ZUnion(c) => c.with_scores,
        Command::ZInter(c) => c.with_scores,
        Command::ZDiff(c) => c.with_scores,
        Command::ZPopMin(_) | Command::ZPopMax(_) => true,
        Command::ZScan(_) => {
            return match answer {
                Answer::Array(mut page) => {
                    if let Some(Answer::Array(items)) = page.pop() {
                        page.push(every_second(items));
                    }
                    Answer::Array(page)
                }
                answer => answer,
            };
        }
        _ => false,
    };
    match answer {
        Answer::Array(items) if with_scores => every_second(items),
        answer => answer,
    }
}
