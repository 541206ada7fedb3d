//! Where statements end, judged by SQLite itself: it prepares the first statement of a text and says where the rest
//! begins.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use credenza_migrations::statements;
use proptest::prelude::*;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection};

fn connection() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE n (a, b); CREATE VIEW v AS SELECT a FROM n").unwrap();
    conn
}

/// The statements that SQLite finds, with the text around them, up to the first that it refuses; whether it refused.
fn judged(conn: &Connection, sql: &str) -> (Vec<String>, Option<rusqlite::Error>) {
    let (mut batch, mut found) = (Batch::new(conn, sql), Vec::new());
    loop {
        match FallibleIterator::next(&mut batch) {
            Ok(Some(statement)) => found.push(statement.expanded_sql().unwrap()),
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error)),
        }
    }
}

/// SQLite expands parameters in the text that it gives back; so both sides are given back by it.
fn expanded(conn: &Connection, statement: &str) -> String {
    conn.prepare(statement).unwrap().expanded_sql().unwrap()
}

/// Strings and names in quotes hold what could be mistaken for an end.
fn inside() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        ";", "'", "\"", "`", "[", "]", "--", "/*", "*/", "\n", " ", "a", "END", "; END;", "BEGIN", "$", "(",
        ")", "é", "\u{feff}", ":", "@", "\\",
    ]);
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["a", "b", "end", "begin", "x$y", "кот", "_", "trigger_end", "explain"])
            .prop_map(str::to_owned),
        inside().prop_map(|text| format!("\"{}\"", text.replace('"', "\"\""))),
        inside().prop_map(|text| format!("`{}`", text.replace('`', "``"))),
        inside().prop_map(|text| format!("[{}]", text.replace(']', ""))),
    ]
}

fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(" ".to_owned()),
        1 => prop::sample::select(vec!["\n", "\t\r\n", " \u{feff}", " \x0c "]).prop_map(str::to_owned),
        1 => inside().prop_map(|text| format!("/*{}*/", text.replace(['*', '/'], ""))),
        1 => inside().prop_map(|text| format!("--{}\n", text.replace('\n', ""))),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        inside().prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        prop::sample::select(vec![
            "1",
            "1.5e3",
            ".5",
            "x'3b27'",
            "0x3B",
            "NULL",
            "?",
            "?2",
            ":end",
            "@x",
            "$x",
            "$x(;)",
            "$x::y('\";)",
            "#",
            "1 - -1",
            "4 / 2 * 1",
            "'{}'->'$.a'",
            "'{}'->>'a;b'",
            "CURRENT_TIMESTAMP",
        ])
        .prop_map(|text| text.replace('#', "@a::b(--;)")),
    ];
    leaf.prop_recursive(3, 12, 3, |value| {
        prop_oneof![
            (value.clone(), value.clone(), gap())
                .prop_map(|(a, b, g)| format!("CASE{g}WHEN {a} THEN{g}{b}{g}END")),
            (value.clone(), gap()).prop_map(|(a, g)| format!("(SELECT{g}{a})")),
            (value.clone(), value, gap()).prop_map(|(a, b, g)| format!("{a}{g}||{g}{b}")),
        ]
    })
}

fn change() -> impl Strategy<Value = String> {
    prop_oneof![
        (value(), name(), gap()).prop_map(|(value, name, g)| format!("SELECT{g}{value}{g}AS{g}{name}")),
        (value(), value(), gap()).prop_map(|(a, b, g)| format!("INSERT INTO n{g}VALUES{g}({a},{g}{b})")),
        (value(), gap()).prop_map(|(value, g)| format!("UPDATE n SET a{g}={g}{value}{g}WHERE b IS NULL")),
        (value(), gap()).prop_map(|(value, g)| format!("DELETE{g}FROM n WHERE a ={g}{value}")),
        (value(), gap()).prop_map(|(value, g)| format!("VALUES{g}({value})")),
        (value(), gap()).prop_map(|(value, g)| format!("REPLACE{g}INTO n{g}SELECT {value}, 2")),
    ]
}

/// Parameters are not allowed in what stays.
fn without_parameters(sql: &str) -> bool {
    let conn = connection();
    conn.prepare(sql).is_ok_and(|statement| statement.parameter_count() == 0)
}

fn trigger() -> impl Strategy<Value = String> {
    let constant = change().prop_filter("no parameters", |sql| without_parameters(sql));
    let body = prop::collection::vec((constant, gap(), gap()), 1..4);
    let kind =
        prop::sample::select(vec!["TRIGGER", "TEMP TRIGGER", "temporary trigger", "Trigger IF NOT EXISTS"]);
    let when = prop::sample::select(vec!["", "WHEN new.a = ';'", "FOR EACH ROW WHEN CASE WHEN 1 THEN 1 END"]);
    (kind, name(), when, body, gap(), prop::sample::select(vec!["END", "end"])).prop_map(
        |(kind, name, when, body, g, end)| {
            let body: String = body.into_iter().map(|(sql, g, h)| format!("{g}{sql}{g};{h}")).collect();
            format!("CREATE{g}{kind}{g}{name} AFTER INSERT ON n {when} BEGIN{body}{end}")
        },
    )
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => change(),
        3 => trigger(),
        1 => (name(), name(), gap()).prop_map(|(t, c, g)| format!("CREATE TABLE{g}IF NOT EXISTS{g}{t}{g}({c} TEXT{g}DEFAULT ';')")),
        1 => (name(), gap()).prop_map(|(t, g)| format!("CREATE{g}TEMP{g}VIEW{g}{t} AS SELECT CASE 1 WHEN 1 THEN 2 END")),
        1 => (trigger(), gap()).prop_map(|(sql, g)| format!("EXPLAIN{g}{sql}")),
        1 => (change(), gap()).prop_map(|(sql, g)| format!("explain{g}query{g}plan {sql}")),
        1 => prop::sample::select(vec!["BEGIN", "END", "COMMIT", "DROP TRIGGER IF EXISTS t", "PRAGMA user_version", "SAVEPOINT end", "RELEASE end"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn it_ends_where_sqlite_ends_it(
        parts in prop::collection::vec((gap(), statement(), gap(), prop::sample::select(vec![";", ";;", "; ;"])), 1..5),
        open in any::<bool>(),
    ) {
        let conn = connection();
        // What SQLite refuses (an empty name, a name that is taken) says nothing about ends.
        prop_assume!(parts.iter().all(|(_, statement, ..)| conn.prepare(statement).is_ok()));
        let mut sql: String = parts.iter().map(|(g, statement, h, end)| format!("{g}{statement}{h}{end}")).collect();
        if open {
            sql.truncate(sql.trim_end_matches([';', ' ']).len());
        }
        let found = statements(&sql).unwrap();
        let (judged, refused) = judged(&conn, &sql);
        prop_assert!(refused.is_none(), "{refused:?}: {sql}");
        prop_assert_eq!(found.len(), judged.len(), "{}", sql);
        prop_assert_eq!(found.len(), parts.len());
        for ((found, judged), (_, written, ..)) in found.iter().zip(&judged).zip(&parts) {
            prop_assert_eq!(found, written);
            let found = expanded(&conn, found);
            prop_assert!(judged.contains(&found), "{}\n---\n{}", found, judged);
        }
    }

    #[test]
    fn on_any_text_it_finds_what_sqlite_finds_up_to_its_first_error(
        pieces in prop::collection::vec(prop_oneof![
            3 => inside(),
            2 => Just("SELECT 1".to_owned()),
            2 => Just(";".to_owned()),
            1 => gap(),
            1 => value(),
            1 => Just("CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1; END".to_owned()),
            1 => Just("CREATE TEMP".to_owned()),
        ], 0..12),
    ) {
        let sql = pieces.concat();
        let conn = connection();
        let (judged, refused) = judged(&conn, &sql);
        match statements(&sql) {
            // A comment that does not end is none to SQLite's liking or to ours; SQLite lets it pass.
            Err(error) => prop_assert!(refused.is_some() || error.message().contains("comment"), "{error}: {sql}"),
            Ok(found) => {
                prop_assert!(refused.is_some() || found.len() == judged.len(), "{} of {}: {}", found.len(), judged.len(), sql);
                prop_assert!(found.len() >= judged.len());
                for (found, judged) in found.iter().zip(&judged) {
                    let found = expanded(&conn, found);
                    prop_assert!(judged.contains(&found), "{}\n---\n{}", found, judged);
                }
            }
        }
    }
}
