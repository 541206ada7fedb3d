//! Lists of keys, for people and for programs.

use crate::kv::Entry;

/// Columns are at most so wide; what is longer pushes the rest of its line.
const WIDEST: usize = 60;

/// One JSON object a line.
pub(crate) fn lines(entries: &[Entry]) -> String {
    let objects = entries.iter().filter_map(|entry| serde_json::to_string(entry).ok());
    objects.map(|object| one_line(&object) + "\n").collect()
}

/// JSON without line breaks. Metadata is passed on as it was written, and may have some between its parts; inside
/// of strings they are escaped already.
fn one_line(json: &str) -> String {
    json.replace(['\r', '\n'], " ")
}

/// A table with the name, when it expires (in seconds since the epoch) and the metadata; `header` on the first page.
pub(crate) fn table(entries: &[Entry], header: bool) -> String {
    let mut rows: Vec<[String; 3]> = Vec::new();
    if header && !entries.is_empty() {
        rows.push(["NAME".into(), "EXPIRES".into(), "METADATA".into()]);
    }
    rows.extend(entries.iter().map(|entry| {
        let expires = entry.expiration.map_or("-".to_owned(), |at| at.to_string());
        let metadata = entry.metadata.as_ref().map_or("-".to_owned(), |raw| plain(&one_line(raw.get())));
        [plain(&entry.name), expires, metadata]
    }));
    let width = |column: usize| {
        let lengths = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        lengths.max().unwrap_or_default().min(WIDEST)
    };
    let (name_width, expires_width) = (width(0), width(1));
    let line = |[name, expires, metadata]: &[String; 3]| {
        format!("{name:name_width$}  {expires:expires_width$}  {metadata}\n")
    };
    rows.iter().map(line).collect()
}

/// The text with control characters escaped: a key must not steer somebody's terminal.
fn plain(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        serde_json::from_str(
            "[{\"name\": \"user:1\", \"metadata\": {\"version\":\n1}},
              {\"name\": \"a\\u001b[31m\\nb\", \"expiration\": 1800000000, \"metadata\": null}]",
        )
        .unwrap()
    }

    #[test]
    fn for_people() {
        let expected = "\
NAME            EXPIRES     METADATA
user:1          -           {\"version\": 1}
a\\u{1b}[31m\\nb  1800000000  -
";
        assert_eq!(table(&entries(), true), expected);
        assert_eq!(table(&entries(), false).lines().count(), 2);
        assert_eq!(table(&[], true), "");
    }

    #[test]
    fn for_programs() {
        let expected = "\
{\"name\":\"user:1\",\"metadata\":{\"version\": 1}}
{\"name\":\"a\\u001b[31m\\nb\",\"expiration\":1800000000,\"metadata\":null}
";
        assert_eq!(lines(&entries()), expected);
    }
}
