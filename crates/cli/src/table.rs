//! Tables for people.

use crate::text::plain;

/// Columns are at most so wide; what is longer pushes the rest of its line.
const WIDEST: usize = 60;

/// A table that is printed a part at a time: columns are as wide as the widest cell so far.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Until it is printed.
    header: Option<Vec<String>>,
    widths: Vec<usize>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Table {
        Table { header: Some(header.into_iter().map(Into::into).collect()), widths: Vec::new() }
    }

    /// The next lines; the header is above the first row.
    pub(crate) fn rows(&mut self, rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let rows = rows.into_iter().map(|row| row.iter().map(|cell| plain(cell)).collect());
        let mut lines: Vec<Vec<String>> = rows.collect();
        if lines.is_empty() {
            return String::new();
        }
        if let Some(header) = self.header.take() {
            lines.insert(0, header.iter().map(|name| plain(name)).collect());
        }
        for line in &lines {
            self.widths.resize(self.widths.len().max(line.len()), 0);
            for (width, cell) in self.widths.iter_mut().zip(line) {
                *width = cell.chars().count().min(WIDEST).max(*width);
            }
        }
        lines.iter().map(|line| self.line(line)).collect()
    }

    fn line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for (at, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
            // The last column needs no padding.
            let width = if at + 1 == cells.len() { 0 } else { *width };
            line.push_str(&format!("{}{cell:width$}", if at == 0 { "" } else { "  " }));
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 3]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn parts_of_a_table() {
        let mut table = Table::new(["NAME", "EXPIRES", "METADATA"]);
        assert_eq!(table.rows([]), "");
        let expected = "\
NAME            EXPIRES     METADATA
user:1          -           {\"version\": 1}
a\\u{1b}[31m\\nb  1800000000  -
";
        let first = [row(["user:1", "-", "{\"version\": 1}"]), row(["a\u{1b}[31m\nb", "1800000000", "-"])];
        assert_eq!(table.rows(first), expected);
        assert_eq!(table.rows([row(["x", "-", "y"])]), "x               -           y\n");
        let long = "x".repeat(99);
        assert_eq!(table.rows([row([&long, "-", "y"])]), format!("{long}  -           y\n"));
    }
}
