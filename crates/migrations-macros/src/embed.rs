//! A folder as code.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use credenza_core::db::Dialect;
use credenza_migrations::{MigrationSet, Step};

/// The code that makes the set again.
pub(crate) fn code(module: &str, folder: &str) -> Result<String, String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("Cargo does not say where the crate is")?;
    of_folder(module, &PathBuf::from(root).join(folder))
}

fn of_folder(module: &str, folder: &Path) -> Result<String, String> {
    let shown = folder.display();
    let set = MigrationSet::from_folder(module, folder).map_err(|error| format!("{shown}: {error}"))?;
    let mut code = String::from("{ const _: &[&str] = &[");
    // So that the compiler knows that it depends on them.
    for file in files(folder).map_err(|error| format!("{shown}: {error}"))? {
        let _ = write!(code, "include_str!({file:?}), ");
    }
    let _ = write!(code, "]; ::credenza::migrations::MigrationSet::new({module:?}, [");
    set.steps().iter().for_each(|step| add(&mut code, step));
    code.push_str("]) }");
    Ok(code)
}

fn add(code: &mut String, step: &Step) {
    let _ = write!(code, "::credenza::migrations::Step::new({}, {:?})", step.version(), step.name());
    let (sqlite, postgres) = (step.text(Dialect::Sqlite), step.text(Dialect::Postgres));
    if let Some(text) = sqlite.filter(|_| sqlite == postgres) {
        let _ = write!(code, ".sql({text:?})");
    } else {
        for (dialect, text) in [("Sqlite", sqlite), ("Postgres", postgres)] {
            if let Some(text) = text {
                let _ = write!(code, ".sql_for(::credenza::db::Dialect::{dialect}, {text:?})");
            }
        }
    }
    code.push_str(", ");
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_folder_of_steps_is_an_error_that_says_why() {
        let error = of_folder("app", Path::new("/no/such/folder")).unwrap_err();
        assert!(error.starts_with("/no/such/folder: "), "{error}");
        // This folder has other files.
        let error = of_folder("app", Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
        assert!(error.contains("NNN_name.sql"), "{error}");
    }

    #[test]
    fn literals_are_read_and_nothing_else() {
        assert_eq!(crate::text("\"migrations\"").as_deref(), Some("migrations"));
        for other in ["7", "b\"x\"", "r\"x\"", "\"a\\n\"", "'a'"] {
            assert_eq!(crate::text(other), None, "{other}");
        }
    }
}
