//! Filters, the same for all queries that have any.

/// The methods of a query whose `filters()` gives a list of conditions.
macro_rules! filters {
    () => {
        /// All of this must hold, besides what was said before.
        pub fn filter(mut self, filter: crate::filter::Filter) -> Self {
            self.filters().push(filter);
            self
        }

        /// The column equals a value, which is not null.
        pub fn eq(self, column: impl Into<String>, value: impl credenza_core::db::IntoValue) -> Self {
            self.filter(crate::filter::col(column).eq(value))
        }

        /// The column has another value, which is not null either.
        pub fn neq(self, column: impl Into<String>, value: impl credenza_core::db::IntoValue) -> Self {
            self.filter(crate::filter::col(column).neq(value))
        }

        /// The column is greater than a value.
        pub fn gt(self, column: impl Into<String>, value: impl credenza_core::db::IntoValue) -> Self {
            self.filter(crate::filter::col(column).gt(value))
        }

        /// The column is greater than a value or equals it.
        pub fn gte(self, column: impl Into<String>, value: impl credenza_core::db::IntoValue) -> Self {
            self.filter(crate::filter::col(column).gte(value))
        }

        /// The column is less than a value.
        pub fn lt(self, column: impl Into<String>, value: impl credenza_core::db::IntoValue) -> Self {
            self.filter(crate::filter::col(column).lt(value))
        }

        /// The column is less than a value or equals it.
        pub fn lte(self, column: impl Into<String>, value: impl credenza_core::db::IntoValue) -> Self {
            self.filter(crate::filter::col(column).lte(value))
        }

        /// The column is one of these values; of none, no row is.
        pub fn is_in<V: credenza_core::db::IntoValue>(
            self,
            column: impl Into<String>,
            values: impl IntoIterator<Item = V>,
        ) -> Self {
            self.filter(crate::filter::col(column).is_in(values))
        }

        /// The column is none of these values, and not null.
        pub fn not_in<V: credenza_core::db::IntoValue>(
            self,
            column: impl Into<String>,
            values: impl IntoIterator<Item = V>,
        ) -> Self {
            self.filter(crate::filter::col(column).is_in(values).not())
        }

        /// The column is null, true or false.
        pub fn is(self, column: impl Into<String>, what: crate::filter::Is) -> Self {
            self.filter(crate::filter::col(column).is(what))
        }

        /// The column has another value, where null is one like any other.
        pub fn is_distinct(
            self,
            column: impl Into<String>,
            value: impl credenza_core::db::IntoValue,
        ) -> Self {
            self.filter(crate::filter::col(column).is_distinct(value))
        }

        /// The column matches a pattern: `%` is any text, `_` any character, `\\` makes what follows stand for itself.
        pub fn like(self, column: impl Into<String>, pattern: impl Into<String>) -> Self {
            self.filter(crate::filter::col(column).like(pattern))
        }

        /// The column matches a pattern in small or capital letters.
        pub fn ilike(self, column: impl Into<String>, pattern: impl Into<String>) -> Self {
            self.filter(crate::filter::col(column).ilike(pattern))
        }

        /// The column has a part that matches a regular expression; see [`Operand::matches`](crate::filter::Operand::matches) for what one is.
        pub fn matches(self, column: impl Into<String>, pattern: impl Into<String>) -> Self {
            self.filter(crate::filter::col(column).matches(pattern))
        }

        /// The same in small or capital letters.
        pub fn imatches(self, column: impl Into<String>, pattern: impl Into<String>) -> Self {
            self.filter(crate::filter::col(column).imatches(pattern))
        }

        /// The document contains another.
        pub fn contains(self, column: impl Into<String>, document: serde_json::Value) -> Self {
            self.filter(crate::filter::col(column).contains(document))
        }

        /// The document is contained by another.
        pub fn contained_by(self, column: impl Into<String>, document: serde_json::Value) -> Self {
            self.filter(crate::filter::col(column).contained_by(document))
        }

        /// The list has a member in common with another.
        pub fn overlaps(self, column: impl Into<String>, list: serde_json::Value) -> Self {
            self.filter(crate::filter::col(column).overlaps(list))
        }

        /// One of these holds.
        pub fn or(self, filters: impl IntoIterator<Item = crate::filter::Filter>) -> Self {
            self.filter(crate::filter::Filter::Or(filters.into_iter().collect()))
        }

        /// This does not hold, and its opposite does.
        pub fn not(self, filter: crate::filter::Filter) -> Self {
            self.filter(filter.not())
        }
    };
}
pub(super) use filters;
