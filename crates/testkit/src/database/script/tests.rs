//! What is written is what is read.

use credenza_core::db::{Params, Value};

use super::*;

fn action(line: &str) -> Action {
    Script::parse(line).unwrap().0.remove(0).action
}

#[test]
fn statements_with_their_values() {
    let Action::Run { sql, params, within } = action(
        r#"SELECT ' <- ', $1 <- 1, -2.5, "a, \"b\"", null, true, x"00ff", json "{}", vector [1, -2.5] => done"#,
    ) else {
        panic!("no statement");
    };
    assert_eq!((sql.as_str(), within), ("SELECT ' <- ', $1", None));
    let Params::Positional(values) = params else { panic!("names") };
    assert_eq!(
        values,
        [
            Value::Int(1),
            Value::Float(-2.5),
            Value::Text("a, \"b\"".into()),
            Value::Null,
            Value::Bool(true),
            Value::Bytes(vec![0, 255].into()),
            Value::Json("{}".into()),
            Value::Vector(vec![1.0, -2.5]),
        ]
    );
    let Action::Run { params, within, .. } = action("in a: SELECT :n <- n: 1, m: \"x\"") else {
        panic!("no statement");
    };
    assert_eq!(within.as_deref(), Some("a"));
    let named = vec![("n".to_owned(), Value::Int(1)), ("m".to_owned(), Value::Text("x".into()))];
    assert_eq!(params, Params::Named(named));
}

#[test]
fn transactions_and_dialects() {
    assert!(matches!(action("begin a read only"), Action::Begin { read_only: true, .. }));
    assert!(matches!(action("commit a"), Action::Commit(_)));
    let script = Script::parse("sqlite| PRAGMA x => !Denied 42501").unwrap();
    assert!(script.speaks(Dialect::Sqlite) && !script.speaks(Dialect::Postgres));
}

#[test]
fn expectations() {
    use expect::Expected;
    let rows = |text: &str, rows: &[Vec<Value>]| Expected::read(text).unwrap().fits_rows(true, rows, 0);
    assert!(rows(
        "[1, \"a\"] [2, null]",
        &[vec![Value::Int(1), Value::Text("a".into())], vec![Value::Int(2), Value::Null]]
    ));
    assert!(!rows("[1]", &[vec![Value::Float(1.0)]]));
    assert!(!rows("[0.0]", &[vec![Value::Float(-0.0)]]));
    assert!(rows("[true, _]", &[vec![Value::Int(1), Value::Null]]));
    assert!(rows("none", &[]) && !rows("none", &[vec![]]));
    assert!(rows("done", &[vec![]]));
    assert!(Expected::read("1 affected").unwrap().fits_rows(false, &[], 1));
    assert!(!Expected::read("1 affected").unwrap().fits_rows(true, &[], 1));
    assert!(
        Expected::read("!Constraint 23505")
            .unwrap()
            .fits_error(credenza_core::ErrorKind::Constraint, Some("23505"))
    );
    assert!(
        !Expected::read("!Constraint 23505").unwrap().fits_error(credenza_core::ErrorKind::Constraint, None)
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in ["SELECT 1 => maybe", "SELECT $1 <- 1, n: 2", "commit a b", "SELECT 1 => [1", "SELECT 1 <- ,"]
    {
        assert!(Script::parse(line).is_err(), "{line}");
    }
}
