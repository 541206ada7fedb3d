//! The source files of the house: where the crates are, how long a file may be, and where the compiler has to be believed.

use std::fs;
use std::path::{Path, PathBuf};

/// A crate's `lib.rs` is a table of contents.
const LIB_RS: usize = 59;
const ANY_RS: usize = 800;
/// Where `unsafe` may stand: each file says why, and has nothing else in it.
const UNSAFE: [&str; 3] = [
    "crates/backends/sqlite/src/database/vectors/handle.rs",
    "crates/vectors/src/level.rs",
    "crates/vectors/src/wide.rs",
];
/// What lets it stand, in two parts, for this file is read too.
const LETS: [&str; 2] = ["(unsafe", "_code"];
/// The folders of the root that hold Rust.
const ROOTS: [&str; 4] = ["crates", "benches", "examples", "xtask"];

/// What stands in the folders, whatever cargo knows of it.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The folders of crates below the root, without those that are a workspace of their own.
    pub(crate) crates: Vec<String>,
    /// Each Rust file below the root, with its number of lines.
    files: Vec<(PathBuf, usize)>,
    /// Those of them that let `unsafe` stand.
    lenient: Vec<String>,
}

impl Sources {
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut sources = Self::default();
        let mut pending: Vec<PathBuf> =
            ROOTS.iter().map(|it| root.join(it)).filter(|it| it.exists()).collect();
        while let Some(folder) = pending.pop() {
            let failed = |error| format!("cannot read {}: {error}", folder.display());
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let kind = entry.file_type().map_err(failed)?;
                if kind.is_dir() && entry.file_name() != "target" {
                    pending.push(entry.path());
                } else if kind.is_file() {
                    sources.file(root, &entry.path())?;
                }
            }
        }
        sources.crates.sort();
        sources.files.sort();
        Ok(sources)
    }

    fn file(&mut self, root: &Path, path: &Path) -> Result<(), String> {
        let read =
            || fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()));
        let below = path.strip_prefix(root).unwrap_or(path);
        if path.ends_with("Cargo.toml") {
            if !read()?.lines().any(|line| line.trim() == "[workspace]") {
                self.crates.extend(below.parent().map(slashed));
            }
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = read()?;
            if text.contains(&LETS.concat()) {
                self.lenient.push(slashed(below));
            }
            self.files.push((below.to_owned(), text.lines().count()));
        }
        Ok(())
    }

    /// Describes every Rust file that lets `unsafe` stand and is not listed.
    pub(crate) fn lenient(&self) -> Vec<String> {
        let unlisted = self.lenient.iter().filter(|file| !UNSAFE.contains(&file.as_str()));
        unlisted
            .map(|file| {
                format!(
                    "{file}: `unsafe` stands in the files that xtask/src/sources.rs lists, and nowhere else"
                )
            })
            .collect()
    }

    /// Describes every Rust file that is too long.
    pub(crate) fn too_long(&self) -> Vec<String> {
        self.files.iter().filter_map(|(path, lines)| judge(path, *lines)).collect()
    }
}

/// A path with forward slashes.
pub(crate) fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn judge(path: &Path, lines: usize) -> Option<String> {
    let most = if path.ends_with("src/lib.rs") { LIB_RS } else { ANY_RS };
    (lines > most).then(|| format!("{}: {lines} lines, at most {most}", slashed(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_crate_is_found() {
        let sources = Sources::read(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
        assert!(sources.crates.contains(&"xtask".to_owned()), "{:?}", sources.crates);
        assert!(
            sources.files.iter().any(|(path, lines)| path.ends_with("xtask/src/sources.rs") && *lines > 50)
        );
    }

    #[test]
    fn unsafe_stands_where_it_is_listed() {
        let mut sources = Sources::read(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
        assert_eq!(sources.lenient.len(), UNSAFE.len(), "{:?}", sources.lenient);
        assert!(sources.lenient().is_empty());
        sources.lenient.push("crates/core/src/kv.rs".to_owned());
        assert_eq!(sources.lenient().len(), 1);
    }

    #[test]
    fn the_limits_are_inclusive() {
        for (path, lines, breaks) in [
            ("crates/core/src/lib.rs", 59, false),
            ("crates/core/src/lib.rs", 60, true),
            ("crates/core/src/kv.rs", 800, false),
            ("crates/core/src/kv.rs", 801, true),
            ("crates/core/src/mylib.rs", 60, false),
        ] {
            assert_eq!(judge(Path::new(path), lines).is_some(), breaks, "{path} with {lines}");
        }
    }

    #[test]
    fn the_breach_names_the_file() {
        let breach = judge(Path::new("benches/src/load.rs"), 900);
        assert_eq!(breach.as_deref(), Some("benches/src/load.rs: 900 lines, at most 800"));
    }
}
