//! Columns as they are written in text.
//!
//! ```text
//! items:  item , item …        item:  * | [alias :] column | [alias :] embed
//! embed:  table [! column] [!inner] ( items )
//! column: name step … [:: cast]
//! step:   -> key | ->> key     key: name, or a number from 0 in a list
//! name:   letters, digits and _ (no digit first), or anything in double quotes, with "" for one
//! ```

use credenza_core::{Error, Result};

/// As long as a name of Postgres can be.
const LONGEST_NAME: usize = 63;
/// As deep as anybody needs to go into a document.
const MOST_STEPS: usize = 32;

/// As deep as tables are embedded in each other.
const MOST_EMBEDDED: usize = 4;

/// An item of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    All,
    Column { alias: Option<String>, column: Column },
    Embed(Embed),
}

/// Rows of another table, which belong to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Embed {
    pub(crate) alias: Option<String>,
    pub(crate) table: String,
    /// Which foreign key, by its column.
    pub(crate) hint: Option<String>,
    /// A row to which none belongs is left out.
    pub(crate) inner: bool,
    pub(crate) items: Vec<Item>,
}

/// A column, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) cast: Option<Cast>,
}

/// A step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) key: Key,
    /// Whether what is there is taken as text. Only the last step can be.
    pub(crate) text: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Name(String),
    Index(u32),
}

/// What a column is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    Text,
    Int,
    Float,
}

impl Column {
    /// The name it has in a result, if it has no other.
    pub(crate) fn label(&self) -> String {
        let named = |step: &Step| match &step.key {
            Key::Name(name) => Some(name.clone()),
            Key::Index(_) => None,
        };
        self.steps.iter().rev().find_map(named).unwrap_or_else(|| self.name.clone())
    }

    /// Whether it is a part of a document, as a document.
    pub(crate) fn is_document(&self) -> bool {
        self.cast.is_none() && self.steps.last().is_some_and(|step| !step.text)
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.steps.is_empty() && self.cast.is_none()
    }
}

/// A name that a table or a column can have on every database.
pub(crate) fn checked_name(name: &str) -> Result<&str> {
    match name.len() {
        1..=LONGEST_NAME if !name.contains('\0') => Ok(name),
        _ => Err(Error::invalid("a name has 1 to 63 bytes, and no NUL")),
    }
}

pub(crate) fn column(text: &str) -> Result<Column> {
    let mut parser = Parser { rest: text };
    let column = parser.column()?;
    parser.end()?;
    Ok(column)
}

pub(crate) fn items(text: &str) -> Result<Vec<Item>> {
    if text.trim().is_empty() {
        return Ok(vec![Item::All]);
    }
    let mut parser = Parser { rest: text };
    let items = parser.items(0)?;
    parser.end()?;
    Ok(items)
}

/// A name in quotes, as it is read.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Items as text, which is read as the same items again. Without those that are embedded.
pub(crate) fn text(items: &[Item]) -> String {
    let column = |column: &Column| {
        let mut text = quoted(&column.name);
        for Step { key, text: as_text } in &column.steps {
            text.push_str(if *as_text { "->>" } else { "->" });
            match key {
                Key::Name(name) => text.push_str(&quoted(name)),
                Key::Index(index) => text.push_str(&index.to_string()),
            }
        }
        text + match column.cast {
            None => "",
            Some(Cast::Text) => "::text",
            Some(Cast::Int) => "::int",
            Some(Cast::Float) => "::float",
        }
    };
    let item = |item: &Item| match item {
        Item::All => Some("*".to_owned()),
        Item::Column { alias: None, column: of } => Some(column(of)),
        Item::Column { alias: Some(alias), column: of } => Some(format!("{}:{}", quoted(alias), column(of))),
        Item::Embed(_) => None,
    };
    items.iter().filter_map(item).collect::<Vec<_>>().join(", ")
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn end(&mut self) -> Result<()> {
        if self.rest.trim().is_empty() { Ok(()) } else { Err(malformed()) }
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        loop {
            items.push(self.item(depth)?);
            if !self.take(",") {
                return Ok(items);
            }
        }
    }

    fn item(&mut self, depth: usize) -> Result<Item> {
        if self.take("*") {
            return Ok(Item::All);
        }
        let before = self.rest;
        let name = self.name()?;
        if !self.rest.trim_start().starts_with("::") && self.take(":") {
            let before = self.rest;
            let other = self.name()?;
            if self.rest.trim_start().starts_with(['!', '(']) {
                return self.embed(Some(name), other, depth);
            }
            self.rest = before;
            return Ok(Item::Column { alias: Some(name), column: self.column()? });
        }
        if self.rest.trim_start().starts_with(['!', '(']) {
            return self.embed(None, name, depth);
        }
        self.rest = before;
        Ok(Item::Column { alias: None, column: self.column()? })
    }

    fn embed(&mut self, alias: Option<String>, table: String, depth: usize) -> Result<Item> {
        let (mut hint, mut inner) = (None, false);
        while self.take("!") {
            let name = self.name()?;
            match &*name {
                "inner" if !inner => inner = true,
                _ if hint.is_none() => hint = Some(name),
                _ => return Err(malformed()),
            }
        }
        if depth == MOST_EMBEDDED {
            return Err(Error::invalid("tables are embedded in each other at most four deep"));
        }
        if !self.take("(") {
            return Err(malformed());
        }
        let items = self.items(depth + 1)?;
        if !self.take(")") {
            return Err(malformed());
        }
        Ok(Item::Embed(Embed { alias, table, hint, inner, items }))
    }

    fn column(&mut self) -> Result<Column> {
        let name = self.name()?;
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let text = if self.take("->>") {
                true
            } else if self.take("->") {
                false
            } else {
                break;
            };
            if steps.last().is_some_and(|step| step.text) || steps.len() == MOST_STEPS {
                return Err(Error::invalid("a path goes on after ->>, which gives text, or is too long"));
            }
            steps.push(Step { key: self.key()?, text });
        }
        let cast = match self.take("::") {
            true => Some(self.cast()?),
            false => None,
        };
        Ok(Column { name, steps, cast })
    }

    fn key(&mut self) -> Result<Key> {
        self.rest = self.rest.trim_start();
        let digits = self.rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(self.rest.len());
        if digits > 0 {
            let (number, rest) = self.rest.split_at(digits);
            self.rest = rest;
            return number.parse().map(Key::Index).map_err(|_| malformed());
        }
        let name = self.name()?;
        // What would be a path of its own to SQLite, or could not be one.
        if name.starts_with('$') || name.contains(['"', '\\']) {
            return Err(Error::invalid(
                "a key of a document begins with $, or has a quote or a backslash in it",
            ));
        }
        Ok(Key::Name(name))
    }

    fn cast(&mut self) -> Result<Cast> {
        Ok(match &*self.name()?.to_ascii_lowercase() {
            "text" => Cast::Text,
            "int" | "int8" | "bigint" | "integer" => Cast::Int,
            "float" | "float8" => Cast::Float,
            _ => return Err(Error::invalid("a column is turned into text, int or float")),
        })
    }

    fn name(&mut self) -> Result<String> {
        self.rest = self.rest.trim_start();
        let name = match self.rest.strip_prefix('"') {
            Some(rest) => {
                self.rest = rest;
                self.quoted()?
            }
            None => {
                let word = |char: char| char.is_alphanumeric() || char == '_';
                let end = self.rest.find(|char| !word(char)).unwrap_or(self.rest.len());
                let (name, rest) = self.rest.split_at(end);
                if name.starts_with(|char: char| char.is_ascii_digit()) {
                    return Err(malformed());
                }
                self.rest = rest;
                name.to_owned()
            }
        };
        checked_name(&name).map_err(|_| malformed())?;
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String> {
        let mut name = String::new();
        loop {
            let end = self.rest.find('"').ok_or_else(malformed)?;
            name.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            match self.rest.strip_prefix('"') {
                Some(rest) => {
                    name.push('"');
                    self.rest = rest;
                }
                None => return Ok(name),
            }
        }
    }
}

#[cold]
fn malformed() -> Error {
    Error::invalid(
        "not a column as in: name, \"a name\", alias:name, name->key->>key, name::text, table(name)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> Column {
        Column { name: name.into(), steps: Vec::new(), cast: None }
    }

    #[test]
    fn items_are_read() {
        let of = |alias: Option<&str>, column| Item::Column { alias: alias.map(str::to_owned), column };
        assert_eq!(items(" ").unwrap(), [Item::All]);
        assert_eq!(items("*").unwrap(), [Item::All]);
        let step = |key: &str, text| Step { key: Key::Name(key.into()), text };
        let path = Column {
            name: "a b".into(),
            steps: vec![step("x", false), Step { key: Key::Index(0), text: false }, step("y\u{e9}", true)],
            cast: Some(Cast::Int),
        };
        let read = items("id , n:name,\"a b\"->x->0->>y\u{e9}::int,*, größe").unwrap();
        let expected = [
            of(None, plain("id")),
            of(Some("n"), plain("name")),
            of(None, path),
            Item::All,
            of(None, plain("größe")),
        ];
        assert_eq!(read, expected);
        assert_eq!(column("\"say \"\"hi\"\"\"").unwrap(), plain("say \"hi\""));
        assert_eq!(column("a->0->>b").unwrap().label(), "b");
        assert_eq!(column("a->0").unwrap().label(), "a");
    }

    #[test]
    fn what_is_embedded_is_read_and_the_rest_is_written_again() {
        let read = items("id, o:orders!user_id!inner(id, lines(*)), \"a\"\"b\"->0->>x::int, n:name").unwrap();
        let lines =
            Embed { alias: None, table: "lines".into(), hint: None, inner: false, items: vec![Item::All] };
        let orders = Embed {
            alias: Some("o".into()),
            table: "orders".into(),
            hint: Some("user_id".into()),
            inner: true,
            items: vec![Item::Column { alias: None, column: plain("id") }, Item::Embed(lines)],
        };
        assert_eq!(read[1], Item::Embed(orders));
        let written = text(&read);
        assert_eq!(written, "\"id\", \"a\"\"b\"->0->>\"x\"::int, \"n\":\"name\"");
        assert_eq!(items(&written).unwrap(), [read[0].clone(), read[2].clone(), read[3].clone()]);
    }

    #[test]
    fn nothing_else_is_an_item() {
        for text in [
            ",",
            "a,",
            "a b",
            "1a",
            "a->",
            "a->>b->c",
            "a::",
            "a::evil",
            "(select 1)",
            "a;b",
            "a--b",
            "\"a",
            "\"\"",
            "a->\"$.x\"",
            "a->\"b\"\"c\"",
            "a->\"b\\\"",
            "a:b:c",
            "count()",
            "orders(",
            "orders(id",
            "orders(id))",
            "orders!a!b(id)",
            "orders!(id)",
            "a(b(c(d(e(f)))))",
            "'a'",
            "a->-1",
            "a/**/",
            "a.b",
            "\"a\0b\"",
            &"x".repeat(64),
            &format!("a{}", "->b".repeat(33)),
        ] {
            assert!(items(text).is_err(), "{text}");
        }
    }
}
