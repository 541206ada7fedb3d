//! Conditions.

use credenza_core::db::{Dialect, Value};
use credenza_core::{Error, ErrorKind, Result};

use super::writer::Writer;
use crate::columns;
use crate::filter::{Comparison, Filter, Is};

/// As deep as conditions stand in each other.
const DEEPEST: usize = 64;

impl Writer<'_> {
    /// What must hold of a row; nothing if there are no conditions.
    pub(super) fn filters(&mut self, filters: &[Filter]) -> Result<()> {
        for (index, filter) in filters.iter().enumerate() {
            self.text(if index == 0 { " WHERE " } else { " AND " });
            self.filter(filter, 0)?;
        }
        Ok(())
    }

    fn filter(&mut self, filter: &Filter, depth: usize) -> Result<()> {
        if depth == DEEPEST {
            let message = "conditions stand in each other at most 64 deep";
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        match filter {
            Filter::Compare { column, comparison, value } => {
                self.operand(column)?;
                self.text(match comparison {
                    Comparison::Equal => " = ",
                    Comparison::NotEqual => " <> ",
                    Comparison::Greater => " > ",
                    Comparison::GreaterOrEqual => " >= ",
                    Comparison::Less => " < ",
                    Comparison::LessOrEqual => " <= ",
                });
                self.bind(not_null(value)?)
            }
            Filter::In { values, .. } if values.is_empty() => {
                self.text("FALSE");
                Ok(())
            }
            Filter::In { column, values } => {
                self.operand(column)?;
                for (index, value) in values.iter().enumerate() {
                    self.text(if index == 0 { " IN (" } else { ", " });
                    self.bind(not_null(value)?)?;
                }
                self.text(")");
                Ok(())
            }
            Filter::Is { column, what } => {
                self.operand(column)?;
                self.text(match what {
                    Is::Null => " IS NULL",
                    Is::True => " IS TRUE",
                    Is::False => " IS FALSE",
                });
                Ok(())
            }
            Filter::Distinct { column, value } => {
                self.operand(column)?;
                self.text(" IS DISTINCT FROM ");
                self.bind(value.clone())
            }
            Filter::Like { column, pattern, any_case } => self.like(column, pattern, *any_case),
            Filter::And(all) => self.joined(all, " AND ", "TRUE", depth),
            Filter::Or(all) => self.joined(all, " OR ", "FALSE", depth),
            Filter::Not(filter) => {
                self.text("NOT (");
                self.filter(filter, depth + 1)?;
                self.text(")");
                Ok(())
            }
        }
    }

    fn joined(&mut self, filters: &[Filter], between: &str, of_none: &str, depth: usize) -> Result<()> {
        if filters.is_empty() {
            self.text(of_none);
            return Ok(());
        }
        self.text("(");
        for (index, filter) in filters.iter().enumerate() {
            if index > 0 {
                self.text(between);
            }
            self.filter(filter, depth + 1)?;
        }
        self.text(")");
        Ok(())
    }

    fn operand(&mut self, text: &str) -> Result<()> {
        let column = columns::column(text)?;
        if column.is_document() {
            return Err(Error::invalid(
                "a part of a document is compared as text (->>), or turned into something (::int)",
            ));
        }
        self.column(&column);
        Ok(())
    }

    fn like(&mut self, column: &str, pattern: &str, any_case: bool) -> Result<()> {
        if pattern.chars().rev().take_while(|char| *char == '\\').count() % 2 == 1 {
            return Err(Error::invalid("a pattern ends with a backslash, and nothing after it"));
        }
        self.operand(column)?;
        match (self.dialect(), any_case) {
            (Dialect::Postgres, false) => {
                self.text(" LIKE ");
                self.bind(Value::Text(pattern.to_owned()))
            }
            (Dialect::Postgres, true) => {
                self.text(" ILIKE ");
                self.bind(Value::Text(pattern.to_owned()))
            }
            // Its `LIKE` is never particular about capitals; `GLOB` is.
            (_, false) => {
                self.text(" GLOB ");
                self.bind(Value::Text(glob(pattern)))
            }
            (_, true) => {
                self.text(" LIKE ");
                self.bind(Value::Text(pattern.to_owned()))?;
                self.text(" ESCAPE '\\'");
                Ok(())
            }
        }
    }
}

/// The same pattern for `GLOB`.
fn glob(pattern: &str) -> String {
    let mut glob = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '%' => glob.push('*'),
            '_' => glob.push('?'),
            char => match if char == '\\' { chars.next().unwrap_or('\\') } else { char } {
                special @ ('*' | '?' | '[') => {
                    glob.push('[');
                    glob.push(special);
                    glob.push(']');
                }
                plain => glob.push(plain),
            },
        }
    }
    glob
}

fn not_null(value: &Value) -> Result<Value> {
    match value {
        Value::Null => Err(Error::invalid("nothing compares with null: use is(column, Null) or is_distinct")),
        value => Ok(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn patterns_become_globs() {
        for (pattern, expected) in [
            ("a%b_c", "a*b?c"),
            (r"100\%", "100%"),
            (r"a\_b", "a_b"),
            ("a*b?[c]", "a[*]b[?][[]c]"),
            (r"\\", r"\"),
            (r"\*", "[*]"),
        ] {
            assert_eq!(glob(pattern), expected, "{pattern}");
        }
    }
}
