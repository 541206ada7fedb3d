//! Imports run one way only: the workspace as it is, held against the table of rooms.

use std::fmt;

use crate::metadata::Metadata;
use crate::rooms::{expected_name, room};
use crate::run::Workspace;
use crate::sources::Sources;

/// A crate of the workspace: its name, its folder below the root, and whom it imports.
struct Node {
    name: String,
    folder: String,
    imports: Vec<Import>,
}

struct Import {
    of: String,
    by_tests_only: bool,
}

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
enum Breach {
    Homeless { name: String, folder: String },
    Outside { folder: String },
    Misnamed { name: String, folder: String, expected: String },
    Import { from: String, of: String, by_tests_only: bool, rule: &'static str },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Homeless { name, folder } => {
                write!(f, "{name}: no room is at `{folder}` (the rooms are a table in xtask/src/layering.rs)")
            }
            Self::Outside { folder } => {
                write!(f, "{folder}: no member of the workspace, so nothing builds or tests it")
            }
            Self::Misnamed { name, folder, expected } => {
                write!(f, "{name}: the crate at `{folder}` is called `{expected}`")
            }
            Self::Import { from, of, by_tests_only, rule } => {
                let place = if *by_tests_only { "in its tests" } else { "in its code" };
                write!(f, "{from} -> {of} ({place}): {rule}")
            }
        }
    }
}

/// Checks the workspace and prints every breach.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let nodes = nodes(workspace, &Metadata::read(workspace)?);
    let sources = Sources::read(&workspace.root)?;
    let mut breaches: Vec<String> = check(&nodes).iter().map(Breach::to_string).collect();
    breaches.extend(outsiders(&nodes, &sources.crates).iter().map(Breach::to_string));
    breaches.extend(sources.too_long());
    breaches.extend(sources.lenient());
    if breaches.is_empty() {
        println!("layering: {} crates, every import and file size as it should be", nodes.len());
        return Ok(());
    }
    for breach in &breaches {
        eprintln!("  {breach}");
    }
    Err(format!("{} breaches of the rules of layering", breaches.len()))
}

fn nodes(workspace: &Workspace, metadata: &Metadata) -> Vec<Node> {
    let ours = |name: &str| metadata.packages.iter().any(|package| package.name == name);
    let import = |dependency: &crate::metadata::Dependency| Import {
        of: dependency.name.clone(),
        by_tests_only: dependency.kind.as_deref() == Some("dev"),
    };
    let node = |package: &crate::metadata::Package| Node {
        name: package.name.clone(),
        folder: package.folder(workspace),
        imports: package.dependencies.iter().filter(|it| ours(&it.name)).map(import).collect(),
    };
    metadata.packages.iter().map(node).collect()
}

fn check(nodes: &[Node]) -> Vec<Breach> {
    let room_of =
        |name: &str| nodes.iter().find(|node| node.name == name).and_then(|node| room(&node.folder));
    let mut breaches = Vec::new();
    for node in nodes {
        let (from, folder) = (node.name.clone(), node.folder.clone());
        let Some(home) = room(&node.folder) else {
            breaches.push(Breach::Homeless { name: from, folder });
            continue;
        };
        if let Some(expected) = expected_name(&folder).filter(|expected| *expected != from) {
            breaches.push(Breach::Misnamed { name: from.clone(), folder, expected });
        }
        for Import { of, by_tests_only } in node.imports.iter().filter(|import| import.of != from) {
            let allowed = |list: &[&str]| {
                list.contains(&of.as_str()) || room_of(of).is_some_and(|room| list.contains(&room.name))
            };
            if !(allowed(home.imports) || *by_tests_only && allowed(home.tests_import)) {
                let (from, of, by_tests_only) = (from.clone(), of.clone(), *by_tests_only);
                breaches.push(Breach::Import { from, of, by_tests_only, rule: home.rule });
            }
        }
    }
    breaches
}

/// The crates that cargo does not know of: a pattern in the root manifest missed them, or excludes them.
fn outsiders(nodes: &[Node], folders: &[String]) -> Vec<Breach> {
    let outside = folders.iter().filter(|folder| !nodes.iter().any(|node| node.folder == **folder));
    outside.map(|folder| Breach::Outside { folder: folder.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A house with one or two crates in each room, importing nothing yet.
    fn house() -> Vec<Node> {
        [
            "crates/core",
            "crates/embedded",
            "crates/backends/memory",
            "crates/backends/sqlite",
            "crates/decorators/encrypted",
            "crates/decorators/compressed",
            "crates/services/queue",
            "crates/services/lock",
            "crates/testkit",
            "crates/credenza",
            "crates/server",
            "crates/cli",
            "benches",
            "xtask",
            "examples/tour",
        ]
        .map(|folder| {
            let name = expected_name(folder).unwrap_or_else(|| folder.replace("examples/", ""));
            Node { name, folder: folder.to_owned(), imports: Vec::new() }
        })
        .into()
    }

    /// The house after one crate took up one import; names are given without their `credenza-`.
    fn breaches(from: &str, of: &str, by_tests_only: bool) -> Vec<Breach> {
        let mut nodes = house();
        let full = |short: &str| {
            let found = house().into_iter().find(|node| node.name.trim_start_matches("credenza-") == short);
            found.unwrap_or_else(|| panic!("no crate {short}")).name
        };
        let (from, of) = (full(from), full(of));
        let node = nodes.iter_mut().find(|node| node.name == from).unwrap();
        node.imports.push(Import { of, by_tests_only });
        check(&nodes)
    }

    #[test]
    fn the_rooms_as_planned_are_accepted() {
        for (from, of) in [
            ("embedded", "core"),
            ("memory", "core"),
            ("memory", "embedded"),
            ("sqlite", "embedded"),
            ("encrypted", "core"),
            ("queue", "core"),
            ("testkit", "core"),
            ("credenza", "memory"),
            ("credenza", "encrypted"),
            ("credenza", "queue"),
            ("credenza", "testkit"),
            ("server", "credenza"),
            ("server", "core"),
            ("cli", "server"),
            ("cli", "credenza"),
            ("benches", "server"),
            ("benches", "sqlite"),
            ("tour", "credenza"),
        ] {
            assert_eq!(breaches(from, of, false), [], "{from} -> {of}");
            assert_eq!(breaches(from, of, true), [], "{from} -> {of} in tests");
        }
    }

    #[test]
    fn each_rule_can_be_broken() {
        for (from, of) in [
            ("core", "embedded"),
            ("core", "memory"),
            ("core", "testkit"),
            ("embedded", "memory"),
            ("embedded", "testkit"),
            ("memory", "sqlite"),
            ("sqlite", "memory"),
            ("sqlite", "encrypted"),
            ("sqlite", "queue"),
            ("sqlite", "testkit"),
            ("sqlite", "credenza"),
            ("encrypted", "memory"),
            ("encrypted", "compressed"),
            ("encrypted", "embedded"),
            ("encrypted", "queue"),
            ("queue", "lock"),
            ("queue", "memory"),
            ("queue", "encrypted"),
            ("testkit", "memory"),
            ("testkit", "embedded"),
            ("credenza", "server"),
            ("credenza", "cli"),
            ("server", "cli"),
            ("cli", "benches"),
            ("tour", "server"),
            ("tour", "benches"),
            ("benches", "cli"),
            ("benches", "xtask"),
            ("xtask", "core"),
            ("server", "benches"),
            ("server", "tour"),
        ] {
            let found = breaches(from, of, false);
            assert!(matches!(found.as_slice(), [Breach::Import { .. }]), "{from} -> {of}: {found:?}");
        }
    }

    #[test]
    fn tests_below_the_facade_may_use_the_testkit_and_the_embedded_stores_and_no_more() {
        for from in ["core", "embedded", "sqlite", "encrypted", "queue"] {
            assert_eq!(breaches(from, "testkit", true), [], "{from}");
            assert_eq!(breaches(from, "memory", true), [], "{from}");
        }
        assert_eq!(breaches("memory", "sqlite", true), []);
        for (from, of) in [("sqlite", "encrypted"), ("encrypted", "compressed"), ("queue", "lock")] {
            assert_eq!(breaches(from, of, true).len(), 1, "{from} -> {of}");
        }
        assert_eq!(breaches("xtask", "testkit", true).len(), 1);
        assert_eq!(breaches("credenza", "server", true).len(), 1);
    }

    #[test]
    fn a_breach_names_the_edge_and_the_rule() {
        let [breach] = breaches("sqlite", "memory", false).try_into().unwrap();
        assert_eq!(
            breach.to_string(),
            "credenza-sqlite -> credenza-memory (in its code): a backend imports core and what backends share, \
             never a decorator, a service or another backend",
        );
    }

    #[test]
    fn a_crate_without_a_room_or_with_another_name_is_refused() {
        let node = |name: &str, folder: &str| Node {
            name: name.to_owned(),
            folder: folder.to_owned(),
            imports: Vec::new(),
        };
        for folder in ["crates/attic", "crates/backends", "crates/backends/redis/driver", "tools", ""] {
            let found = check(&[node("credenza-x", folder)]);
            assert!(matches!(found.as_slice(), [Breach::Homeless { .. }]), "{folder}: {found:?}");
        }
        let found = check(&[node("redis-credenza", "crates/backends/redis")]);
        assert_eq!(
            found.first().map(Breach::to_string).as_deref(),
            Some("redis-credenza: the crate at `crates/backends/redis` is called `credenza-redis`"),
        );
    }

    #[test]
    fn a_crate_that_cargo_does_not_know_is_found() {
        let folders = ["crates/core", "crates/backends/redis"].map(str::to_owned);
        let found = outsiders(&house(), &folders);
        assert_eq!(found, [Breach::Outside { folder: "crates/backends/redis".to_owned() }]);
    }
}
