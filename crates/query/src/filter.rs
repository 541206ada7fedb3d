//! Conditions on rows.

use credenza_core::db::{IntoValue, Value};

/// A condition on a row. Null is never equal to anything, nor different, greater or less: a comparison with it holds for no row,
/// and neither does its opposite. [`Is`] and [`Filter::Distinct`] look at null.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Filter {
    /// The column compares so with a value, which is not null.
    Compare {
        /// The column.
        column: String,
        /// How.
        comparison: Comparison,
        /// With what.
        value: Value,
    },
    /// The column is one of these values.
    In {
        /// The column.
        column: String,
        /// None of them null. Of no values, none is one.
        values: Vec<Value>,
    },
    /// The column is null, true or false.
    Is {
        /// The column.
        column: String,
        /// Which.
        what: Is,
    },
    /// The column has another value than this, where null is a value like any other.
    Distinct {
        /// The column.
        column: String,
        /// The value.
        value: Value,
    },
    /// The column, a text, matches a pattern: `%` stands for any text, `_` for any character, `\` makes what follows stand for itself.
    Like {
        /// The column.
        column: String,
        /// The pattern.
        pattern: String,
        /// Whether `A` and `a` are the same (ASCII; on Postgres, as the database's locale has it).
        any_case: bool,
    },
    /// The column, a text, has a part that matches a regular expression.
    Matches {
        /// The column.
        column: String,
        /// The expression: what all databases have in common, see [`Operand::matches`].
        pattern: String,
        /// Whether `A` and `a` are the same, as in [`Filter::Like`].
        any_case: bool,
    },
    /// The column, a document, compares so with another.
    Document {
        /// The column.
        column: String,
        /// How.
        comparison: DocumentComparison,
        /// With what: a [`Value::Json`].
        document: Value,
    },
    /// There is a row in another table whose columns equal columns of this one.
    Exists {
        /// The other table.
        table: String,
        /// Columns of the other table, each with the column of this one.
        columns: Vec<(String, String)>,
    },
    /// All of these hold.
    And(Vec<Filter>),
    /// One of these holds.
    Or(Vec<Filter>),
    /// It does not hold, and its opposite does.
    Not(Box<Filter>),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

/// How two documents compare. Numbers are equal by their values, the order of the entries of an object does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentComparison {
    /// All that is in the other is in the column too, as Postgres has it (`@>`): an object has its entries, and what they contain; a list its members, in
    /// whatever order and number, and what they contain; a list contains a text, a number, true, false or null that is one of its members.
    Contains,
    /// All that is in the column is in the other too (`<@`).
    ContainedBy,
    /// Both are lists, and have a member in common.
    Overlaps,
}

/// What a column can be besides a value that compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Is {
    /// Null.
    Null,
    /// True.
    True,
    /// False.
    False,
}

impl Filter {
    /// The opposite.
    #[must_use]
    #[allow(
        clippy::should_implement_trait,
        reason = "the opposite of a condition in SQL has null, and is no `!`"
    )]
    pub fn not(self) -> Filter {
        Filter::Not(Box::new(self))
    }
}

/// A column, to build a condition of: `col("age").gt(17)`.
pub fn col(column: impl Into<String>) -> Operand {
    Operand(column.into())
}

/// A column, to build a condition of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand(String);

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident => $comparison:ident;)*) => {
        impl Operand {
            $(
                $(#[$doc])*
                pub fn $name(self, value: impl IntoValue) -> Filter {
                    Filter::Compare { column: self.0, comparison: Comparison::$comparison, value: value.into_value() }
                }
            )*
        }
    };
}

comparisons! {
    /// Equal.
    eq => Equal;
    /// Not equal.
    neq => NotEqual;
    /// Greater.
    gt => Greater;
    /// Greater or equal.
    gte => GreaterOrEqual;
    /// Less.
    lt => Less;
    /// Less or equal.
    lte => LessOrEqual;
}

impl Operand {
    /// One of these.
    pub fn is_in<V: IntoValue>(self, values: impl IntoIterator<Item = V>) -> Filter {
        Filter::In { column: self.0, values: values.into_iter().map(V::into_value).collect() }
    }

    /// Null, true or false.
    pub fn is(self, what: Is) -> Filter {
        Filter::Is { column: self.0, what }
    }

    /// Another value, where null is one like any other.
    pub fn is_distinct(self, value: impl IntoValue) -> Filter {
        Filter::Distinct { column: self.0, value: value.into_value() }
    }

    /// Matches a pattern.
    pub fn like(self, pattern: impl Into<String>) -> Filter {
        Filter::Like { column: self.0, pattern: pattern.into(), any_case: false }
    }

    /// Matches a pattern in small or capital letters.
    pub fn ilike(self, pattern: impl Into<String>) -> Filter {
        Filter::Like { column: self.0, pattern: pattern.into(), any_case: true }
    }

    /// Has a part that matches a regular expression. An expression has groups, `|`, `.` for any character, `^` and `$` for the beginning and the end of the text,
    /// classes in brackets, `\d`, `\w`, `\s` and their opposites (of ASCII), and repetition by `*`, `+`, `?` and `{2,5}`. What not all databases have, or not
    /// the same, is an error: looking around, references, flags.
    pub fn matches(self, pattern: impl Into<String>) -> Filter {
        Filter::Matches { column: self.0, pattern: pattern.into(), any_case: false }
    }

    /// The same in small or capital letters.
    pub fn imatches(self, pattern: impl Into<String>) -> Filter {
        Filter::Matches { column: self.0, pattern: pattern.into(), any_case: true }
    }

    /// The document contains another; see [`DocumentComparison::Contains`].
    pub fn contains(self, document: serde_json::Value) -> Filter {
        self.document(DocumentComparison::Contains, document)
    }

    /// The document is contained by another; see [`DocumentComparison::ContainedBy`].
    pub fn contained_by(self, document: serde_json::Value) -> Filter {
        self.document(DocumentComparison::ContainedBy, document)
    }

    /// The list has a member in common with another; see [`DocumentComparison::Overlaps`].
    pub fn overlaps(self, list: serde_json::Value) -> Filter {
        self.document(DocumentComparison::Overlaps, list)
    }

    fn document(self, comparison: DocumentComparison, document: serde_json::Value) -> Filter {
        Filter::Document { column: self.0, comparison, document: Value::Json(document.to_string()) }
    }
}
