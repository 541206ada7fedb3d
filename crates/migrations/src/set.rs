//! The steps of a program.

use std::borrow::Cow;

use credenza_core::db::Dialect;
use credenza_core::{Error, Result};

use crate::checksum::Checksum;
use crate::split::statements;
use crate::split_postgres;

/// The most bytes that the text of a step may have.
pub(crate) const MAX_TEXT: usize = 16 << 20;

/// The steps of one module, in order. Modules with sets of their own stand side by side in one database.
#[derive(Clone, Debug)]
pub struct MigrationSet {
    module: Cow<'static, str>,
    /// By rising number.
    steps: Vec<Step>,
}

impl MigrationSet {
    /// A set: the name of its module, and its steps.
    ///
    /// # Errors
    /// `InvalidArgument` for a name other than 1 to 64 letters, digits, `_`, `-` and `.`, two steps of one number, a number
    /// out of range, a step without a text, and a text above 16 MiB.
    pub fn new(
        module: impl Into<Cow<'static, str>>,
        steps: impl IntoIterator<Item = Step>,
    ) -> Result<MigrationSet> {
        let set = MigrationSet { module: module.into(), steps: sorted(steps) };
        if !is_name(&set.module) {
            let rule = "a module is named by 1 to 64 ASCII letters, digits, `_`, `-` and `.`";
            return Err(Error::invalid(rule));
        }
        for step in &set.steps {
            step.check_shape().map_err(|reason| step.invalid(&set.module, &reason))?;
        }
        for (one, other) in set.steps.iter().zip(set.steps.iter().skip(1)) {
            if one.version == other.version {
                let reason = format!("step `{}` has the same number", other.name);
                return Err(one.invalid(&set.module, &reason));
            }
        }
        Ok(set)
    }

    /// The name of its module.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Its steps, by rising number.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Checks that each step can be applied in a dialect, as far as that is known without a database. What applies
    /// a set checks it too; a test of the program finds it earlier.
    ///
    /// # Errors
    /// `InvalidArgument`, naming the step: it has no text for this dialect, or no statement; a string, a quoted name or
    /// a comment does not end; it begins or ends a transaction; it sets `foreign_keys`, which has no effect in one.
    pub fn check(&self, dialect: Dialect) -> Result<()> {
        self.prepare(dialect).map(drop)
    }

    /// The steps in a dialect.
    pub(crate) fn prepare(&self, dialect: Dialect) -> Result<Vec<Prepared<'_>>> {
        let prepare = |step| {
            Prepared::of(step, dialect).map_err(|reason: String| Step::invalid(step, &self.module, &reason))
        };
        self.steps.iter().map(prepare).collect()
    }
}

/// A step in a dialect.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) step: &'a Step,
    pub(crate) checksum: Checksum,
    /// At least one.
    pub(crate) statements: Vec<&'a str>,
    /// They run by themselves, and not in a transaction.
    pub(crate) alone: bool,
}

/// The first line of a step that is not to run in a transaction.
const ALONE: &str = "-- no-transaction";

impl Prepared<'_> {
    fn of(step: &Step, dialect: Dialect) -> Result<Prepared<'_>, String> {
        let missing = || format!("it has no text for {}", dialect.name());
        let text = step.text(dialect).ok_or_else(missing)?;
        let statements = match dialect {
            Dialect::Postgres => split_postgres::statements(text),
            _ => statements(text),
        }
        .map_err(|error| error.message().to_owned())?;
        if statements.is_empty() {
            return Err("it has no statement".to_owned());
        }
        match statements.iter().find_map(|statement| forbidden(statement)) {
            Some(reason) => Err(reason.to_owned()),
            None => {
                let alone = text.trim_start().lines().next().is_some_and(|line| line.trim_end() == ALONE);
                Ok(Prepared { step, checksum: Checksum::of(text), statements, alone })
            }
        }
    }
}

/// A step: its number, its name, and its SQL, one text for all dialects or one for each.
///
/// A text whose first line is `-- no-transaction` is not run in a transaction on Postgres, which refuses some statements in one, as `CREATE INDEX CONCURRENTLY`. Its
/// statements commit one by one, and are run again if the runner ends before it has recorded the step: they have to bear that (`IF NOT EXISTS`). On
/// SQLite, which has no such statements, it runs as any other step.
///
/// ```
/// use credenza_core::db::Dialect;
/// use credenza_migrations::Step;
///
/// let step = Step::new(3, "done")
///     .sql("ALTER TABLE notes ADD COLUMN done BOOLEAN NOT NULL DEFAULT 0")
///     .sql_for(Dialect::Postgres, "ALTER TABLE notes ADD COLUMN done boolean NOT NULL DEFAULT false");
/// assert!(step.text(Dialect::Sqlite).is_some_and(|text| text.ends_with("0")));
/// ```
#[derive(Clone, Debug)]
pub struct Step {
    version: u64,
    name: Cow<'static, str>,
    /// The text for all dialects that have none of their own, and those.
    texts: Vec<(Option<Dialect>, Cow<'static, str>)>,
}

impl Step {
    /// A step without a text. Numbers run from 1 to 18 digits and may have gaps.
    pub fn new(version: u64, name: impl Into<Cow<'static, str>>) -> Step {
        Step { version, name: name.into(), texts: Vec::new() }
    }

    /// The same with a text for all dialects that have none of their own.
    #[must_use]
    pub fn sql(mut self, text: impl Into<Cow<'static, str>>) -> Step {
        self.texts.push((None, text.into()));
        self
    }

    /// The same with a text for one dialect.
    #[must_use]
    pub fn sql_for(mut self, dialect: Dialect, text: impl Into<Cow<'static, str>>) -> Step {
        self.texts.push((Some(dialect), text.into()));
        self
    }

    /// Its number.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text in a dialect.
    pub fn text(&self, dialect: Dialect) -> Option<&str> {
        let of = |wanted| self.texts.iter().find(|(of, _)| *of == wanted).map(|(_, text)| &**text);
        of(Some(dialect)).or_else(|| of(None))
    }

    /// The checksum of its text in a dialect.
    pub fn checksum(&self, dialect: Dialect) -> Option<Checksum> {
        self.text(dialect).map(Checksum::of)
    }

    fn check_shape(&self) -> Result<(), String> {
        let twice = |(at, (of, _)): (usize, &(Option<Dialect>, _))| {
            self.texts.iter().skip(at + 1).any(|(other, _)| of == other)
        };
        if !is_name(&self.name) {
            return Err("a step is named by 1 to 64 ASCII letters, digits, `_`, `-` and `.`".to_owned());
        }
        if !(1..1_000_000_000_000_000_000).contains(&self.version) {
            return Err("numbers of steps run from 1 to 18 digits".to_owned());
        }
        if self.texts.is_empty() {
            return Err("it has no text".to_owned());
        }
        if self.texts.iter().enumerate().any(twice) {
            return Err("it has two texts for one dialect".to_owned());
        }
        if self.texts.iter().any(|(_, text)| text.len() > MAX_TEXT) {
            return Err(format!("its text is longer than {MAX_TEXT} bytes"));
        }
        Ok(())
    }

    fn invalid(&self, module: &str, reason: &str) -> Error {
        let name = if is_name(&self.name) { &*self.name } else { "?" };
        Error::invalid(format!("step {} `{name}` of `{module}`: {reason}", self.version))
    }
}

fn sorted(steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
    let mut steps: Vec<Step> = steps.into_iter().collect();
    steps.sort_by_key(|step| step.version);
    steps
}

/// Names are shown in messages and stand in file names.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    matches!(name.len(), 1..=64) && name.bytes().all(plain)
}

/// Why a statement cannot stand in a step, which runs in a transaction together with its record.
fn forbidden(statement: &str) -> Option<&'static str> {
    let mut words = statement.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let first = words.next().unwrap_or_default().to_ascii_uppercase();
    match first.as_str() {
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
            Some("it begins or ends a transaction; each step runs in one of its own")
        }
        "PRAGMA" if words.any(|word| word.eq_ignore_ascii_case("foreign_keys")) => {
            Some("it sets foreign_keys, which has no effect in a transaction, and each step runs in one")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(steps: impl IntoIterator<Item = Step>) -> String {
        let checked = MigrationSet::new("app", steps).and_then(|set| set.check(Dialect::Sqlite));
        checked.unwrap_err().message().to_owned()
    }

    #[test]
    fn steps_are_in_order_and_may_have_gaps() {
        let steps = [30, 1, 20_260_101_120_000].map(|n| Step::new(n, "a").sql("SELECT 1"));
        let set = MigrationSet::new("app", steps).unwrap();
        let numbers: Vec<u64> = set.steps().iter().map(Step::version).collect();
        assert_eq!(numbers, [1, 30, 20_260_101_120_000]);
        set.check(Dialect::Sqlite).unwrap();
    }

    #[test]
    fn sets_that_cannot_be_applied_are_refused_by_name() {
        let step = |sql: &'static str| [Step::new(7, "notes").sql(sql)];
        for (sql, reason) in [
            ("", "it has no statement"),
            ("-- later;", "it has no statement"),
            ("SELECT 'open", "the string that begins in line 1 does not end"),
            (
                "SELECT 1; commit; SELECT 2",
                "it begins or ends a transaction; each step runs in one of its own",
            ),
            ("/* x */ BEGIN", "it begins or ends a transaction; each step runs in one of its own"),
            ("END;", "it begins or ends a transaction; each step runs in one of its own"),
            (
                "pragma main . foreign_keys=off",
                "it sets foreign_keys, which has no effect in a transaction, and each step runs in one",
            ),
        ] {
            assert_eq!(refused(step(sql)), format!("step 7 `notes` of `app`: {reason}"), "{sql}");
        }
        let sql = |version, name| Step::new(version, name).sql("SELECT 1");
        assert_eq!(refused([sql(1, "a"), sql(1, "b")]), "step 1 `a` of `app`: step `b` has the same number");
        assert_eq!(refused([Step::new(1, "a")]), "step 1 `a` of `app`: it has no text");
        let twice = Step::new(1, "a").sql("SELECT 1").sql("SELECT 2");
        assert_eq!(refused([twice]), "step 1 `a` of `app`: it has two texts for one dialect");
        let other = Step::new(1, "a").sql_for(Dialect::Postgres, "SELECT 1");
        assert_eq!(refused([other]), "step 1 `a` of `app`: it has no text for sqlite");
        for version in [0, 1_000_000_000_000_000_000, u64::MAX] {
            assert!(refused([sql(version, "a")]).ends_with("numbers of steps run from 1 to 18 digits"));
        }
        for name in ["", "a b", "é", "a\u{1b}[31m", &"a".repeat(65)] {
            assert!(refused([sql(1, "a").sql("").named(name)]).contains("is named by"), "{name:?}");
            assert!(MigrationSet::new(name.to_owned(), []).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_statement_that_only_mentions_them_is_none_of_them() {
        for sql in [
            "CREATE TABLE begins (commit_at)",
            "SELECT 'COMMIT'",
            "REPLACE INTO t VALUES ('PRAGMA foreign_keys')",
            "PRAGMA foreign_key_check",
            "PRAGMA defer_foreign_keys = on",
            "CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1; END;",
        ] {
            MigrationSet::new("app", [Step::new(1, "a").sql(sql)]).unwrap().check(Dialect::Sqlite).unwrap();
        }
    }

    #[test]
    fn a_dialect_has_its_own_text_or_the_common_one() {
        let step = Step::new(1, "a").sql_for(Dialect::Postgres, "theirs").sql("common");
        assert_eq!(step.text(Dialect::Sqlite), Some("common"));
        assert_eq!(step.text(Dialect::Postgres), Some("theirs"));
        assert_ne!(step.checksum(Dialect::Sqlite), step.checksum(Dialect::Postgres));
    }

    impl Step {
        fn named(mut self, name: &str) -> Step {
            self.name = name.to_owned().into();
            self
        }
    }
}
