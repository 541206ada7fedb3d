//! Actions as lines of a script.

use credenza_core::{Batch, Check, Command, CommandId, Key, Mode};

use super::action::Condition;
use crate::script::{Answer, word};
use crate::suite::text_of;

/// A command and its answer.
pub(super) fn step(command: &Command, answer: &Answer) -> String {
    format!("{} => {}", text_of(command), expectation(command.id(), answer))
}

/// A command whose answer is a matter of chance.
pub(super) fn anything(command: &Command) -> String {
    text_of(command)
}

/// A scan to its end.
pub(super) fn scan(command: &Command, answer: &Answer) -> String {
    let mut words = command.words();
    let place = if matches!(command, Command::Scan(_)) { 1 } else { 2 };
    if place < words.len() {
        words.remove(place);
    }
    let words: Vec<String> = words.iter().map(|bytes| word(bytes)).collect();
    format!("scan {} => {}", words.join(" "), expectation(command.id(), answer))
}

/// A version that is remembered.
pub(super) fn observation(key: &Key, id: usize, answer: &Answer) -> String {
    match answer {
        Answer::Error(refusal) => format!("VERSIONOF {} => {refusal}", word(key)),
        _ => format!("VERSIONOF {} => $v{id}", word(key)),
    }
}

/// A batch.
pub(super) fn batch(batch: &Batch, conditions: &[Condition], answer: &Answer) -> String {
    let mode = if batch.mode == Mode::Atomic { "ATOMIC" } else { "PIPELINE" };
    let checks = conditions.iter().map(|condition| format!("CHECK {}", condition_text(condition)));
    let parts: Vec<String> = checks.chain(batch.commands.iter().map(text_of)).collect();
    let answer = match answer {
        Answer::Array(answers) => {
            let answers = answers.iter().zip(&batch.commands);
            let answers: Vec<String> =
                answers.map(|(answer, command)| expectation(command.id(), answer)).collect();
            format!("[{}]", answers.join(", "))
        }
        answer => answer.to_string(),
    };
    format!("{mode} {{ {} }} => {answer}", parts.join(" ; "))
}

/// What a script should expect, if this came back.
fn expectation(id: CommandId, answer: &Answer) -> String {
    let Answer::Array(items) = answer else {
        return match (id, answer) {
            (CommandId::VersionOf, Answer::Int(_)) => "_".to_owned(),
            _ => answer.to_string(),
        };
    };
    let texts: Vec<String> = items.iter().map(Answer::to_string).collect();
    match id {
        CommandId::GetVersioned => format!("[{}, _]", texts.first().map_or("_", String::as_str)),
        CommandId::HGetAll | CommandId::HScan | CommandId::ZScan => {
            let pairs: Vec<String> = texts.chunks(2).map(|pair| pair.join(": ")).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        CommandId::SMembers
        | CommandId::SInter
        | CommandId::SUnion
        | CommandId::SDiff
        | CommandId::HKeys
        | CommandId::HVals
        | CommandId::Scan
        | CommandId::SScan => format!("{{{}}}", texts.join(", ")),
        _ => format!("[{}]", texts.join(", ")),
    }
}

fn condition_text(condition: &Condition) -> String {
    let check = match condition {
        Condition::Version { key, observed } => return format!("version {} $v{observed}", word(key)),
        Condition::Plain(check) => check,
    };
    let key = word(check.key());
    match check {
        Check::Absent { .. } => format!("absent {key}"),
        Check::Exists { .. } => format!("exists {key}"),
        Check::ValueEquals { value, .. } => format!("value {key} {}", word(value)),
        Check::VersionEquals { version, .. } => format!("version {key} {}", version.get()),
        Check::FieldEquals { field, value, .. } => format!("field {key} {} {}", word(field), word(value)),
        Check::FieldAbsent { field, .. } => format!("field_absent {key} {}", word(field)),
        Check::FieldExists { field, .. } => format!("field_exists {key} {}", word(field)),
        Check::MemberPresent { member, .. } => format!("member {key} {}", word(member)),
        Check::MemberAbsent { member, .. } => format!("member_absent {key} {}", word(member)),
        Check::ScoreEquals { member, score, .. } => format!("score {key} {} {score}", word(member)),
        Check::LengthAtMost { length, .. } => format!("length {key} {length}"),
        check => format!("{check:?}"),
    }
}
