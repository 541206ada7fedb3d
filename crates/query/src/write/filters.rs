//! Conditions.

use credenza_core::db::{Dialect, Value};
use credenza_core::{Error, ErrorKind, Result};

use super::writer::Writer;
use crate::filter::{Comparison, DocumentComparison, Filter, Is};
use crate::{columns, pattern};

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
            Filter::Matches { column, pattern, any_case } => self.matches(column, pattern, *any_case),
            Filter::Document { column, comparison, document } => self.document(column, *comparison, document),
            Filter::Exists { table, columns } => self.exists(table, columns),
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

    fn exists(&mut self, table: &str, columns: &[(String, String)]) -> Result<()> {
        self.text("EXISTS (SELECT 1 FROM ");
        self.name(columns::checked_name(table)?);
        self.text(" AS credenza_other");
        if columns.is_empty() {
            return Err(Error::invalid("a row of another table has a column in common"));
        }
        for (index, (other, own)) in columns.iter().enumerate() {
            self.text(if index == 0 { " WHERE credenza_other." } else { " AND credenza_other." });
            self.name(columns::checked_name(other)?);
            self.text(" = ");
            self.qualified(columns::checked_name(own)?);
        }
        self.text(")");
        Ok(())
    }

    fn matches(&mut self, column: &str, pattern: &str, any_case: bool) -> Result<()> {
        let pattern = pattern::portable(pattern)?;
        self.operand(column)?;
        match self.dialect() {
            Dialect::Postgres => {
                self.text(if any_case { " ~* " } else { " ~ " });
                self.bind(Value::Text(pattern))
            }
            _ => {
                self.text(" REGEXP ");
                self.bind(Value::Text(if any_case { format!("(?i){pattern}") } else { pattern }))
            }
        }
    }

    fn document(&mut self, text: &str, comparison: DocumentComparison, document: &Value) -> Result<()> {
        use DocumentComparison::{ContainedBy, Contains, Overlaps};
        let column = columns::column(text)?;
        if !column.is_document() && !column.is_plain() {
            return Err(Error::invalid(
                "a text is no document: documents are compared, or parts of them (->)",
            ));
        }
        let Value::Json(json) = document else {
            return Err(Error::invalid("a document compares with a document"));
        };
        match serde_json::from_str::<serde_json::Value>(json) {
            Ok(serde_json::Value::Array(_)) => {}
            Ok(_) if comparison != Overlaps => {}
            Ok(_) => return Err(Error::invalid("what overlaps a list is a list")),
            Err(_) => return Err(Error::invalid("a document compares with a document")),
        }
        match (self.dialect(), comparison) {
            (Dialect::Postgres, Contains | ContainedBy) => {
                self.text("(");
                self.column(&column);
                self.text(if comparison == Contains { ")::jsonb @> " } else { ")::jsonb <@ " });
                self.bind(document.clone())?;
                self.text("::jsonb");
            }
            (Dialect::Postgres, Overlaps) => {
                // Null for null, and false for what is no list.
                self.text("CASE WHEN ");
                self.column(&column);
                self.text(" IS NOT NULL THEN EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof((");
                self.column(&column);
                self.text(")::jsonb) WHEN 'array' THEN (");
                self.column(&column);
                self.text(")::jsonb ELSE '[]' END) AS one JOIN jsonb_array_elements(");
                self.bind(document.clone())?;
                self.text("::jsonb) AS other ON one.value = other.value) END");
            }
            (_, comparison) => {
                self.text(if comparison == Overlaps { "json_overlaps(" } else { "json_contains(" });
                if comparison == ContainedBy {
                    self.bind(document.clone())?;
                    self.text(", ");
                    self.column(&column);
                } else {
                    self.column(&column);
                    self.text(", ");
                    self.bind(document.clone())?;
                }
                self.text(")");
            }
        }
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
