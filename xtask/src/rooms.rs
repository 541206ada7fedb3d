//! The rooms of the house, and who may know whom.

/// A kind of crate, and what its crates may import: names of rooms, or of single crates.
pub(crate) struct Room {
    pub(crate) name: &'static str,
    /// The folder of the one crate, or the folder of many followed by `/*`.
    pub(crate) at: &'static str,
    pub(crate) imports: &'static [&'static str],
    /// What its tests may import besides.
    pub(crate) tests_import: &'static [&'static str],
    pub(crate) rule: &'static str,
}

/// What every crate below the facade may use to test itself.
const JUDGES: &[&str] = &["testkit", "credenza-memory", "credenza-sqlite", "credenza-blob"];
/// What the query builder may use to test itself.
const JUDGES_OF_SQL: &[&str] = &["testkit", "credenza-sqlite", "credenza-postgres"];
const BELOW_FACADE: &[&str] =
    &["core", "shared", "macros", "query", "backends", "decorators", "services", "testkit"];
const BELOW_SERVER: &[&str] =
    &["core", "shared", "macros", "query", "backends", "decorators", "services", "testkit", "facade"];
const BELOW_CLI: &[&str] = &[
    "core",
    "shared",
    "macros",
    "query",
    "backends",
    "decorators",
    "services",
    "testkit",
    "facade",
    "server",
];

/// The whole rule. A crate that stands in no room is an error.
const ROOMS: &[Room] = &[
    Room {
        name: "core",
        at: "crates/core",
        imports: &[],
        tests_import: JUDGES,
        rule: "core is the vocabulary: it imports none of the house",
    },
    Room {
        name: "shared",
        at: "crates/embedded",
        imports: &["core"],
        tests_import: JUDGES,
        rule: "what backends share imports core alone",
    },
    Room {
        name: "shared",
        at: "crates/migrations",
        imports: &["core"],
        tests_import: JUDGES,
        rule: "what backends share imports core alone",
    },
    Room {
        name: "shared",
        at: "crates/vectors",
        imports: &[],
        tests_import: JUDGES,
        rule: "the kernels of vectors know numbers alone",
    },
    Room {
        name: "macros",
        at: "crates/migrations-macros",
        imports: &["core", "shared"],
        tests_import: JUDGES,
        rule: "a macro imports what it writes code for",
    },
    Room {
        name: "query",
        at: "crates/query",
        imports: &["core"],
        tests_import: JUDGES_OF_SQL,
        rule: "the query builder imports core alone, so that it runs on any database",
    },
    Room {
        name: "backends",
        at: "crates/backends/*",
        imports: &["core", "shared"],
        tests_import: JUDGES,
        rule: "a backend imports core and what backends share, never a decorator, a service or another backend",
    },
    Room {
        name: "decorators",
        at: "crates/decorators/*",
        imports: &["core"],
        tests_import: JUDGES,
        rule: "a decorator imports core alone, so that it wraps any store",
    },
    Room {
        name: "services",
        at: "crates/services/*",
        imports: &["core"],
        tests_import: JUDGES,
        rule: "a service imports core alone, so that it runs on any store",
    },
    Room {
        name: "testkit",
        at: "crates/testkit",
        imports: &["core"],
        tests_import: JUDGES,
        rule: "the testkit judges stores, so it imports core and none of them",
    },
    Room {
        name: "facade",
        at: "crates/credenza",
        imports: BELOW_FACADE,
        tests_import: &[],
        rule: "the facade stands on the libraries and below the server",
    },
    Room {
        name: "server",
        at: "crates/server",
        imports: BELOW_SERVER,
        tests_import: &[],
        rule: "the server stands on the facade and below the command line",
    },
    Room {
        name: "cli",
        at: "crates/cli",
        imports: BELOW_CLI,
        tests_import: &[],
        rule: "the command line stands on top: nothing but the libraries and the server is below it",
    },
    Room {
        name: "examples",
        at: "examples/*",
        imports: BELOW_SERVER,
        tests_import: &[],
        rule: "an example shows what applications do: it imports the libraries",
    },
    Room {
        name: "benches",
        at: "benches",
        imports: BELOW_CLI,
        tests_import: &[],
        rule: "benches measure the libraries and the server",
    },
    Room {
        name: "xtask",
        at: "xtask",
        imports: &[],
        tests_import: &[],
        rule: "xtask judges the others, so it must build when they do not",
    },
];

/// The room a folder below the root is in.
pub(crate) fn room(folder: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| match room.at.strip_suffix("/*") {
        Some(parent) => folder
            .strip_prefix(parent)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|it| !it.contains('/')),
        None => folder == room.at,
    })
}

/// Names follow folders: `crates/backends/redis` is `credenza-redis`. Examples are called what they show.
pub(crate) fn expected_name(folder: &str) -> Option<String> {
    match folder.strip_prefix("crates/")?.rsplit('/').next()? {
        "credenza" => Some("credenza".to_owned()),
        last => Some(format!("credenza-{last}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_mentions_only_rooms_that_exist() {
        for room in ROOMS {
            for name in room.imports.iter().chain(room.tests_import) {
                let is_crate =
                    (JUDGES.contains(name) || JUDGES_OF_SQL.contains(name)) && name.starts_with("credenza-");
                assert!(is_crate || ROOMS.iter().any(|it| it.name == *name), "{name}");
            }
        }
    }
}
