//! `cargo xtask bench`: the benches, each of them one run of one program.

use crate::metadata::Metadata;
use crate::run::{Workspace, succeed};

/// Runs all, or the one that is named.
pub(crate) fn run(workspace: &Workspace, quick: bool, name: Option<&str>) -> Result<(), String> {
    let metadata = Metadata::read(workspace)?;
    let benches = metadata.packages.iter().find(|package| package.name == "benches");
    let known: Vec<&str> = benches.iter().flat_map(|package| package.targets("bench")).collect();
    let chosen = choose(&known, name)?;
    for bench in chosen {
        let mut command = workspace.cargo(["bench", "--package", "benches", "--bench", bench]);
        succeed(command.env("CREDENZA_BENCH", if quick { "quick" } else { "thorough" }))?;
    }
    Ok(())
}

fn choose<'a>(known: &[&'a str], name: Option<&str>) -> Result<Vec<&'a str>, String> {
    let chosen: Vec<&str> = known.iter().copied().filter(|it| name.is_none_or(|name| name == *it)).collect();
    match name {
        _ if known.is_empty() => Err("there are no benches yet".to_owned()),
        Some(name) if chosen.is_empty() => {
            Err(format!("there is no bench `{name}`; there are: {}", known.join(", ")))
        }
        _ => Ok(chosen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_all_or_an_error_that_lists_them() {
        let known = ["memory", "sqlite", "peers"];
        assert_eq!(choose(&known, None), Ok(known.to_vec()));
        assert_eq!(choose(&known, Some("sqlite")), Ok(vec!["sqlite"]));
        let error = choose(&known, Some("redis")).unwrap_err();
        assert_eq!(error, "there is no bench `redis`; there are: memory, sqlite, peers");
        assert!(choose(&[], None).is_err());
    }
}
