//! The functions that compare vectors: 32-bit floats, little-endian, as [`Value::Vector`](credenza_core::db::Value) is stored.
//!
//! | function | returns |
//! |---|---|
//! | `vector_cosine_similarity(a, b)` | from -1 to 1; null if one of them has no direction |
//! | `vector_inner_product(a, b)` | the sum of the products |
//! | `vector_l2_distance(a, b)` | the Euclidean distance, from 0 |
//!
//! Null for null. An error for what is no vector, and for two of different dimensions.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

pub(super) const FUNCTIONS: [&str; 3] =
    ["vector_cosine_similarity", "vector_inner_product", "vector_l2_distance"];

/// What is told when two vectors have nothing to do with each other; how the error is recognized.
pub(super) const DIFFERENT: &str = "vectors of different dimensions, or what is no vector";

/// As many sums at a time as make use of the widest registers.
const LANES: usize = 16;

pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let pure =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let [cosine, inner, distance] = FUNCTIONS;
    conn.create_scalar_function(cosine, 2, pure, |cx| compare(cx, cosine_similarity))?;
    conn.create_scalar_function(inner, 2, pure, |cx| compare(cx, inner_product))?;
    conn.create_scalar_function(distance, 2, pure, |cx| compare(cx, l2_distance))
}

type Numbers<'a> = &'a [[u8; 4]];

fn compare(cx: &Context<'_>, how: fn(Numbers<'_>, Numbers<'_>) -> f64) -> rusqlite::Result<Option<f64>> {
    let (a, b) = match (cx.get_raw(0), cx.get_raw(1)) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => return Ok(None),
        (ValueRef::Blob(a), ValueRef::Blob(b)) if a.len() == b.len() && !a.is_empty() => (a, b),
        _ => return Err(different()),
    };
    match (a.as_chunks(), b.as_chunks()) {
        // What is not a number is null to the engine.
        ((a, []), (b, [])) => Ok(Some(how(a, b)).filter(|number| !number.is_nan())),
        _ => Err(different()),
    }
}

#[cold]
fn different() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(DIFFERENT.into())
}

/// Adds up what `of` gives for each pair of numbers.
#[inline(always)]
fn sum<const N: usize>(a: Numbers<'_>, b: Numbers<'_>, of: impl Fn(f32, f32) -> [f32; N]) -> [f64; N] {
    let mut lanes = [[0.0_f32; LANES]; N];
    let number = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            let terms = of(number(&a[lane]), number(&b[lane]));
            for (sums, term) in lanes.iter_mut().zip(terms) {
                sums[lane] += term;
            }
        }
    }
    let mut sums = lanes.map(|lanes| lanes.iter().map(|sum| f64::from(*sum)).sum());
    for (a, b) in a_rest.iter().zip(b_rest) {
        for (sum, term) in sums.iter_mut().zip(of(number(a), number(b))) {
            *sum += f64::from(term);
        }
    }
    sums
}

fn cosine_similarity(a: Numbers<'_>, b: Numbers<'_>) -> f64 {
    let [product, of_a, of_b] = sum(a, b, |a, b| [a * b, a * a, b * b]);
    (product / (of_a * of_b).sqrt()).clamp(-1.0, 1.0)
}

fn inner_product(a: Numbers<'_>, b: Numbers<'_>) -> f64 {
    let [product] = sum(a, b, |a, b| [a * b]);
    product
}

fn l2_distance(a: Numbers<'_>, b: Numbers<'_>) -> f64 {
    let [squares] = sum(a, b, |a, b| [(a - b) * (a - b)]);
    squares.sqrt()
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
    fn vectors_of_every_length_are_compared_as_one_number_after_the_other_would_be() {
        let conn = conn();
        for length in (1..70).chain([384, 1536, 1537]) {
            let make = |seed: usize| -> Vec<f32> {
                (0..length).map(|n| ((n * 7919 + seed * 104_729) % 2003) as f32 / 1000.0 - 1.0).collect()
            };
            let (a, b) = (make(1), make(2));
            let pairs = || a.iter().zip(&b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
            let product: f64 = pairs().map(|(a, b)| a * b).sum();
            let norm = |vector: &[f32]| vector.iter().map(|n| f64::from(*n).powi(2)).sum::<f64>().sqrt();
            let distance = pairs().map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            for (function, expected) in
                FUNCTIONS.into_iter().zip([product / norm(&a) / norm(&b), product, distance])
            {
                let sql = format!("SELECT {function}(?, ?)");
                let found: f64 = conn.query_row(&sql, [bytes(&a), bytes(&b)], |row| row.get(0)).unwrap();
                assert!((found - expected).abs() < 1e-4, "{function} of {length}: {found} and {expected}");
            }
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
