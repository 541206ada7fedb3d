//! `credenza dictionary`.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Command, Output};

use credenza_compressed::Dictionary;

fn credenza(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_credenza")).args(args).output().unwrap()
}

#[test]
fn a_dictionary_is_trained_from_lines_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let lines: String =
        (0..2000).map(|n| format!("{{\"id\":{n},\"name\":\"user {n}\",\"active\":true}}\n")).collect();
    fs::write(path("samples.jsonl"), lines).unwrap();

    let args =
        ["dictionary", &path("samples.jsonl"), "--lines", "--size", "2048", "--out", &path("users.dict")];
    let output = credenza(&args);
    assert!(output.status.success(), "{output:?}");
    let dictionary = Dictionary::new(fs::read(path("users.dict")).unwrap()).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(&dictionary.id().to_string()) && said.contains("2000 samples"), "{said}");
    assert!(dictionary.as_bytes().len() <= 2048);

    let again = credenza(&args);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(fs::read(path("users.dict")).unwrap(), dictionary.as_bytes());

    let one = credenza(&["dictionary", &path("samples.jsonl"), "--out", &path("other.dict")]);
    assert_eq!(one.status.code(), Some(2));
    assert!(String::from_utf8(one.stderr).unwrap().contains("there are 1 samples"));
    assert!(!fs::exists(path("other.dict")).unwrap(), "nothing is left of it");
}
