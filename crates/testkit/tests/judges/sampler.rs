//! Random commands: repeatable, of every kind, and readable.

use std::collections::HashSet;

use credenza_core::command::Access;
use credenza_core::semantics::validate;
use credenza_core::{Command, CommandId};
use credenza_testkit::sampler::SeededSampler;

#[test]
fn the_same_seed_gives_the_same_commands_and_another_others() {
    let draw = |seed| -> Vec<Command> {
        let mut sampler = SeededSampler::new(seed);
        (0..200).map(|_| sampler.command(CommandId::ALL).unwrap()).collect()
    };
    let text =
        |commands: Vec<Command>| format!("{:?}", commands.iter().map(Command::words).collect::<Vec<_>>());
    assert_eq!(text(draw(1)), text(draw(1)));
    assert_ne!(text(draw(1)), text(draw(2)));
}

#[test]
fn what_is_drawn_is_mostly_valid_and_sometimes_not() {
    let mut sampler = SeededSampler::new(3);
    for id in CommandId::ALL {
        let drawn: Vec<_> = (0..300).map(|_| id.sample(&mut sampler)).collect();
        let valid = drawn.iter().filter(|command| validate::command(command).is_ok()).count();
        assert!(valid > 100, "{} is valid only {valid} times of 300", id.info().name);
    }
    let all: Vec<_> = (0..5_000).map(|_| sampler.command(CommandId::ALL).unwrap()).collect();
    let invalid = all.iter().filter(|command| validate::command(command).is_err()).count();
    assert!(invalid > 50, "{invalid}");
    let kinds: HashSet<_> = all.iter().map(Command::id).collect();
    assert_eq!(kinds.len(), CommandId::ALL.len());
    assert!(all.iter().any(|command| command.info().access == Access::Read));
}

#[test]
fn valid_commands_read_back_from_their_words() {
    let mut sampler = SeededSampler::new(4);
    for _ in 0..20_000 {
        let command = sampler.command(CommandId::ALL).unwrap();
        if validate::command(&command).is_ok() {
            let words = command.words();
            assert_eq!(Command::parse(&words).as_ref().ok(), Some(&command), "{words:?}");
        }
    }
}
