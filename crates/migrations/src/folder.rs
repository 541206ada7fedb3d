//! Steps from the files of a folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use credenza_core::db::Dialect;
use credenza_core::{Error, ErrorKind, Result};

use crate::set::{MAX_TEXT, MigrationSet, Step, is_name};

/// The most files, and the most bytes of all of them.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: usize = 64 << 20;

const RULE: &str = "it must be called NNN_name.sql, NNN_name.sqlite.sql or NNN_name.postgres.sql";

impl MigrationSet {
    /// The steps in the files of a folder: `001_notes.sql` for all dialects, `001_notes.sqlite.sql` and
    /// `001_notes.postgres.sql` for one. The number may have leading zeros, and numbers may have gaps.
    ///
    /// Every file must fit the rule, and there must be no folder below: what is passed over in silence is not missed
    /// before it is too late. Only names that begin with a dot are left alone.
    ///
    /// # Errors
    /// `InvalidArgument` naming the file that does not fit, or two files of one number; `Unavailable` if the folder
    /// cannot be read; `LimitExceeded`; and as [`MigrationSet::new`].
    pub fn from_folder(module: impl Into<String>, folder: impl AsRef<Path>) -> Result<MigrationSet> {
        let mut steps: BTreeMap<u64, (Step, String)> = BTreeMap::new();
        let mut left = MAX_BYTES;
        for file in files(folder.as_ref())? {
            let invalid =
                |reason: &str| Error::invalid(format!("the file `{}`: {reason}", file.escape_debug()));
            let (version, name, dialect) = parse(&file).ok_or_else(|| invalid(RULE))?;
            let text = read(&folder.as_ref().join(&file), &file, left.min(MAX_TEXT))?;
            left -= text.len();
            let step = match steps.remove(&version) {
                None => Step::new(version, name.to_owned()),
                Some((step, _)) if step.name() == name => step,
                Some((_, other)) => {
                    return Err(invalid(&format!("the file `{other}` has the same number")));
                }
            };
            let step = match dialect {
                None => step.sql(text),
                Some(dialect) => step.sql_for(dialect, text),
            };
            steps.insert(version, (step, file));
        }
        MigrationSet::new(module.into(), steps.into_values().map(|(step, _)| step))
    }
}

/// The names in the folder, sorted.
fn files(folder: &Path) -> Result<Vec<String>> {
    let unreadable = |error| unavailable("the folder of the steps cannot be read", error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let shown = name.to_string_lossy();
            return Err(Error::invalid(format!("the file `{}`: {RULE}", shown.escape_debug())));
        };
        if name.starts_with('.') {
            continue;
        }
        if names.len() == MAX_FILES {
            let message = format!("the folder of the steps has more than {MAX_FILES} files");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        names.push(name.to_owned());
    }
    names.sort();
    Ok(names)
}

/// The number, the name and the dialect in the name of a file.
fn parse(file: &str) -> Option<(u64, &str, Option<Dialect>)> {
    let stem = file.strip_suffix(".sql")?;
    let (stem, dialect) = match stem.rsplit_once('.') {
        None => (stem, None),
        Some((stem, "sqlite")) => (stem, Some(Dialect::Sqlite)),
        Some((stem, "postgres")) => (stem, Some(Dialect::Postgres)),
        Some(_) => return None,
    };
    let (number, name) = stem.split_once('_')?;
    let digits = matches!(number.len(), 1..=18) && number.bytes().all(|byte| byte.is_ascii_digit());
    // A dot would be taken for the dialect.
    if !digits || !is_name(name) || name.contains('.') {
        return None;
    }
    Some((number.parse().ok()?, name, dialect))
}

fn read(path: &Path, name: &str, limit: usize) -> Result<String> {
    let unreadable = |error| unavailable(format!("the file `{name}` cannot be read"), error);
    let file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(Error::invalid(format!("`{name}` is no file")));
    }
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit {
        let message =
            format!("the file `{name}`: a step has at most {MAX_TEXT} bytes, all together {MAX_BYTES}");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    String::from_utf8(bytes).map_err(|_| Error::invalid(format!("the file `{name}` is not UTF-8 text")))
}

fn unavailable(message: impl Into<std::borrow::Cow<'static, str>>, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn names_of_files() {
        for (file, parsed) in [
            ("001_notes.sql", Some((1, "notes", None))),
            ("1_a.sqlite.sql", Some((1, "a", Some(Dialect::Sqlite)))),
            (
                "20260101120000_Add-index_2.postgres.sql",
                Some((20_260_101_120_000, "Add-index_2", Some(Dialect::Postgres))),
            ),
            ("001_a_b_c.sql", Some((1, "a_b_c", None))),
            ("001notes.sql", None),
            ("001_.sql", None),
            ("_notes.sql", None),
            ("notes.sql", None),
            ("-1_notes.sql", None),
            ("+1_notes.sql", None),
            ("1e3_notes.sql", None),
            ("001_notes.SQL", None),
            ("001_notes.sql~", None),
            ("001_notes.sql.orig", None),
            ("001_notes.mysql.sql", None),
            ("001_notes.v2.sqlite.sql", None),
            ("001_no tes.sql", None),
            ("001_é.sql", None),
            ("1234567890123456789_a.sql", None),
            ("README.md", None),
        ] {
            assert_eq!(parse(file), parsed, "{file}");
        }
    }

    #[test]
    fn steps_with_variants_and_gaps() {
        let folder = folder(&[
            ("010_late.sql", "SELECT 10"),
            ("002_b.sqlite.sql", "SELECT 'sqlite'"),
            ("002_b.postgres.sql", "SELECT 'postgres'"),
            ("001_a.sql", "SELECT 1"),
            (".gitkeep", ""),
        ]);
        let set = MigrationSet::from_folder("app", folder.path()).unwrap();
        let seen: Vec<_> = set.steps().iter().map(|step| (step.version(), step.name())).collect();
        assert_eq!(seen, [(1, "a"), (2, "b"), (10, "late")]);
        assert_eq!(set.steps()[1].text(Dialect::Postgres), Some("SELECT 'postgres'"));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (files, message) in [
            (&[("001_a.sql", ""), ("README.md", "")][..], format!("the file `README.md`: {RULE}")),
            (
                &[("001_a.sql", ""), ("1_b.sql", "")],
                "the file `1_b.sql`: the file `001_a.sql` has the same number".into(),
            ),
            (
                &[("001_a.sql", ""), ("001_b.sqlite.sql", "")],
                "the file `001_b.sqlite.sql`: the file `001_a.sql` has the same number".into(),
            ),
            (
                &[("001_a.sql", ""), ("01_a.sql", "")],
                "step 1 `a` of `app`: it has two texts for one dialect".into(),
            ),
            (&[("000_a.sql", "")], "step 0 `a` of `app`: numbers of steps run from 1 to 18 digits".into()),
            (&[("a\nb.sql", "")], format!("the file `a\\nb.sql`: {RULE}")),
        ] {
            let folder = folder(files);
            let error = MigrationSet::from_folder("app", folder.path()).unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidArgument, &*message));
        }
        let folder = folder(&[]);
        fs::create_dir(folder.path().join("001_a.sql")).unwrap();
        let error = MigrationSet::from_folder("app", folder.path()).unwrap_err();
        assert_eq!(error.message(), "`001_a.sql` is no file");
        fs::remove_dir(folder.path().join("001_a.sql")).unwrap();
        fs::write(folder.path().join("001_a.sql"), b"SELECT '\xff'").unwrap();
        let error = MigrationSet::from_folder("app", folder.path()).unwrap_err();
        assert_eq!(error.message(), "the file `001_a.sql` is not UTF-8 text");
        let error = MigrationSet::from_folder("app", folder.path().join("none")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        fs::write(folder.path().join("001_a.sql"), vec![b' '; MAX_TEXT + 1]).unwrap();
        let error = MigrationSet::from_folder("app", folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}
