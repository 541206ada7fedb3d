//! Every line of every transcript answers what it says.

use crate::common::Runner;
use crate::transcripts::{Script, extensions, hashes, keys, lists, sets, sorted_sets, strings};

fn play(scripts: &[Script]) {
    for (name, lines) in scripts {
        let mut runner = Runner::new();
        for (line, expected) in *lines {
            assert_eq!(runner.text(line), *expected, "{name}: {line}");
        }
    }
}

#[test]
fn keys() {
    play(keys::SCRIPTS);
}

#[test]
fn strings() {
    play(strings::SCRIPTS);
}

#[test]
fn hashes() {
    play(hashes::SCRIPTS);
}

#[test]
fn sets() {
    play(sets::SCRIPTS);
}

#[test]
fn lists() {
    play(lists::SCRIPTS);
}

#[test]
fn sorted_sets() {
    play(sorted_sets::SCRIPTS);
}

#[test]
fn extensions() {
    play(extensions::SCRIPTS);
}
