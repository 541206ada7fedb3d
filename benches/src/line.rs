//! What a program that is measured in turns with others writes: a line for each thing it measured.

use std::time::Duration;

use crate::rounds::{Subject, is_quick};

/// One measurement, by a program that cannot be linked with the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was done.
    pub work: String,
    /// Who did it.
    pub subject: String,
    /// How long one took.
    pub nanoseconds: f64,
}

impl Line {
    /// Measures, and writes the line.
    pub fn measure(work: &str, subject: &str, operations: impl FnMut(u64)) {
        let slice = Duration::from_millis(if is_quick() { 150 } else { 500 });
        let mut subject = Subject::new(subject, operations);
        let count = subject.calibrate(slice);
        let nanoseconds = subject.measure(count);
        println!("{}", Line { work: work.to_owned(), subject: subject.name().to_owned(), nanoseconds });
    }

    /// Reads what [`Line::measure`] wrote.
    pub fn parse(line: &str) -> Option<Line> {
        let mut parts = line.split('\t');
        let (work, subject, nanoseconds) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
        Some(Line { work: work.to_owned(), subject: subject.to_owned(), nanoseconds })
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\t{}\t{}", self.work, self.subject, self.nanoseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back() {
        let line = Line { work: "put, 64 tasks".to_owned(), subject: "sqlx".to_owned(), nanoseconds: 1.5 };
        assert_eq!(Line::parse(&line.to_string()), Some(line));
        assert_eq!(Line::parse("a line of somebody else"), None);
    }
}
