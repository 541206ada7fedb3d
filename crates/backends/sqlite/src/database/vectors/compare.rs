//! Functions that compare two vectors.

use credenza_vectors::Metric;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

/// What is told when two vectors have nothing to do with each other; how the error is recognized.
pub(crate) const DIFFERENT: &str = "vectors of different dimensions, or what is no vector";

/// How they are compared, and whether the score is below zero where the function's result is above.
const COMPARISONS: [(&str, Metric, f64); 3] = [
    ("vector_cosine_similarity", Metric::Cosine, 1.0),
    ("vector_inner_product", Metric::InnerProduct, 1.0),
    ("vector_l2_distance", Metric::L2, -1.0),
];

pub(super) const PURE: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    for (name, metric, sign) in COMPARISONS {
        let compare = move |cx: &Context<'_>| {
            let (a, b) = (cx.get_raw(0), cx.get_raw(1));
            if a == ValueRef::Null || b == ValueRef::Null {
                return Ok(None);
            }
            Ok(metric.score_stored(numbers(a)?, numbers_like(b, a)?).map(|score| score * sign))
        };
        conn.create_scalar_function(name, 2, PURE, compare)?;
    }
    Ok(())
}

/// The numbers of a vector as they are stored.
pub(super) fn numbers(value: ValueRef<'_>) -> rusqlite::Result<&[[u8; 4]]> {
    match value {
        ValueRef::Blob(bytes) if !bytes.is_empty() => match bytes.as_chunks() {
            (numbers, []) => Ok(numbers),
            _ => Err(different()),
        },
        _ => Err(different()),
    }
}

fn numbers_like<'v>(value: ValueRef<'v>, other: ValueRef<'_>) -> rusqlite::Result<&'v [[u8; 4]]> {
    let found = numbers(value)?;
    if numbers(other)?.len() == found.len() { Ok(found) } else { Err(different()) }
}

#[cold]
pub(super) fn different() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(DIFFERENT.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conn() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        register(&conn).unwrap();
        conn
    }

    fn bytes(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn two_vectors_are_compared() {
        let conn = conn();
        let (a, b) = ([3.0, 4.0, 0.0], [3.0, 0.0, -4.0]);
        for ((function, ..), expected) in COMPARISONS.into_iter().zip([0.36, 9.0, 32.0_f64.sqrt()]) {
            let sql = format!("SELECT {function}(?, ?)");
            let found: f64 = conn.query_row(&sql, [bytes(&a), bytes(&b)], |row| row.get(0)).unwrap();
            assert!((found - expected).abs() < 1e-6, "{function}: {found} and {expected}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_null_or_an_error() {
        let conn = conn();
        let null = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, Option<f64>>(0));
        assert_eq!(null("SELECT vector_l2_distance(NULL, x'0000803f')").unwrap(), None);
        assert_eq!(null("SELECT vector_cosine_similarity(x'00000000', x'0000803f')").unwrap(), None);
        assert_eq!(null("SELECT vector_inner_product(x'0000c07f', x'0000803f')").unwrap(), None, "no number");
        for arguments in
            ["x'0000803f', x'0000803f0000803f'", "x'00', x'00'", "x'', x''", "'[1]', '[1]'", "1, 1"]
        {
            let error = null(&format!("SELECT vector_inner_product({arguments})")).unwrap_err();
            assert!(error.to_string().contains(DIFFERENT), "{arguments}: {error}");
        }
    }
}
