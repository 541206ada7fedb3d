//! Values, parameters and rows.

use bytes::Bytes;
use credenza_core::db::{
    Chunk, Column, Columns, FromValue, IntoParams, IntoValue, Outcome, Params, Row, Rows, Timestamp, Uuid,
    Value,
};
use credenza_core::{Error, ErrorKind, Result};
use futures_core::Stream;
use proptest::prelude::*;

fn columns(names: &[&str]) -> Columns {
    names.iter().map(|name| Column { name: (*name).to_owned(), declared: None }).collect()
}

fn decode<T: FromValue>(value: impl IntoValue) -> Result<T, ErrorKind> {
    T::from_value(value.into_value()).map_err(|error| error.kind())
}

#[test]
fn numbers_fit_or_fail() {
    assert_eq!(decode::<i64>(i64::MIN), Ok(i64::MIN));
    assert_eq!(decode::<i32>(i64::from(i32::MAX)), Ok(i32::MAX));
    assert_eq!(decode::<i32>(i64::from(i32::MAX) + 1), Err(ErrorKind::Decode));
    assert_eq!(decode::<u64>(-1_i64), Err(ErrorKind::Decode));
    assert_eq!(decode::<u8>(256_i64), Err(ErrorKind::Decode));
    assert_eq!(decode::<f64>(1_i64 << 53), Ok(9_007_199_254_740_992.0));
    assert_eq!(decode::<f64>((1_i64 << 53) + 1), Err(ErrorKind::Decode), "a float would lose the last bit");
    assert_eq!(decode::<i64>(1.0), Err(ErrorKind::Decode));
    assert_eq!(decode::<bool>(1_i64), Ok(true));
    assert_eq!(decode::<bool>(2_i64), Err(ErrorKind::Decode));
}

#[test]
fn null_is_read_as_an_option_only() {
    assert_eq!(decode::<Option<i64>>(Value::Null), Ok(None));
    assert_eq!(decode::<Option<i64>>(7_i64), Ok(Some(7)));
    assert_eq!(decode::<i64>(Value::Null), Err(ErrorKind::Decode));
    assert_eq!(decode::<String>(Value::Null), Err(ErrorKind::Decode));
    assert_eq!(None::<i64>.into_value(), Value::Null);
}

#[test]
fn what_a_database_keeps_as_text_or_bytes_is_read_back() {
    let id: Uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
    assert_eq!(decode::<Uuid>(id.to_string()), Ok(id));
    assert_eq!(decode::<Uuid>(&id.as_bytes()[..]), Ok(id));
    assert_eq!(decode::<Uuid>(&b"short"[..]), Err(ErrorKind::Decode));
    let time = Timestamp::from_micros(-1);
    assert_eq!(decode::<Timestamp>(time.to_string()), Ok(time));
    assert_eq!(decode::<Timestamp>("yesterday"), Err(ErrorKind::Decode));
    let vector = vec![1.5_f32, -0.0, f32::MIN_POSITIVE];
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    assert_eq!(decode::<Vec<f32>>(bytes), Ok(vector));
    assert_eq!(decode::<Vec<f32>>(&b"odd"[..]), Err(ErrorKind::Decode));
}

#[test]
fn neither_values_nor_errors_show_what_they_hold() {
    let values = [
        Value::Text("secret".into()),
        Value::Json("\"secret\"".into()),
        Value::Bytes(Bytes::from_static(b"secret")),
    ];
    let row = Row::new(columns(&["a", "b", "c"]), values.to_vec());
    let errors: Vec<_> = values.into_iter().map(|value| i64::from_value(value).unwrap_err()).collect();
    let text = format!("{row:?} {errors:?} {:?}", ("secret",).into_params());
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn times_are_read_in_every_form() {
    let time = Timestamp::from_micros(1_761_388_200_000_000);
    for text in [
        "2025-10-25T10:30:00Z",
        "2025-10-25t10:30:00z",
        "2025-10-25 10:30:00",
        "2025-10-25T10:30:00.000Z",
        "2025-10-25T12:30:00+02:00",
        "2025-10-25T05:00:00-0530",
        "2025-10-25 12:30:00+02",
    ] {
        assert_eq!(text.parse::<Timestamp>().unwrap(), time, "{text}");
    }
    for text in [
        "",
        "2025-10-25",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z",
        "2025-10-25T24:00:00Z",
        "2025-10-25T10:60:00Z",
        "2025-10-25T10:30:00.Z0",
        "2025-10-25T10:30Z",
        "2025-10-25T10:30:00+2",
        "2025-10-25T10:30:00X",
        "25-10-25T10:30:00Z",
        "2025-10-25T10:30:00.0000000000Z",
        "２０２５-10-25T10:30:00Z",
        "2025-10-25T+1:30:00Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
    assert_eq!(
        "2024-02-29T00:00:00Z".parse::<Timestamp>().unwrap().to_string(),
        "2024-02-29T00:00:00.000000Z"
    );
    assert_eq!(Timestamp::from_millis(i64::MAX).micros(), i64::MAX);
}

proptest! {
    #[test]
    fn a_time_is_read_back_and_texts_sort_as_times(
        a in -62_167_219_200_000_000_i64..253_402_300_800_000_000,
        b in -62_167_219_200_000_000_i64..253_402_300_800_000_000,
    ) {
        let (a, b) = (Timestamp::from_micros(a), Timestamp::from_micros(b));
        prop_assert_eq!(a.to_string().parse::<Timestamp>().unwrap(), a);
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn any_text_is_a_time_a_uuid_or_an_error(text in "\\PC{0,40}|[0-9T:. +Z-]{0,40}|[0-9a-f-]{30,40}") {
        let _ = text.parse::<Timestamp>();
        if let Ok(id) = text.parse::<Uuid>() {
            prop_assert_eq!(id.to_string().replace('-', ""), text.replace('-', "").to_lowercase());
        }
    }
}

#[test]
fn parameters_come_in_every_form() {
    let positional = |values: Vec<Value>| Params::Positional(values);
    assert_eq!(
        (1_i64, "a", true).into_params(),
        positional(vec![1_i64.into_value(), "a".into_value(), Value::Bool(true)])
    );
    assert_eq!(vec!["a", "b"].into_params().len(), 2);
    assert_eq!([("n", 1_i64)].into_params(), Params::Named(vec![("n".into(), Value::Int(1))]));
    assert_eq!([("n", 1_i64)].into_params().values().count(), 1);
}

#[test]
fn a_row_is_read_by_position_and_by_name() {
    let row =
        Row::new(columns(&["id", "name", "id"]), vec![Value::Int(1), Value::Text("a".into()), Value::Int(2)]);
    assert_eq!(row.get::<i64>(0).unwrap(), 1);
    assert_eq!(row.get::<i64>("id").unwrap(), 1, "the first of two");
    assert_eq!(row.get::<String>("name").unwrap(), "a");
    for missing in [row.get::<i64>(3).unwrap_err(), row.get::<i64>("ID").unwrap_err()] {
        assert_eq!(missing.kind(), ErrorKind::InvalidArgument);
    }
}

/// A stream of what it is given, which is pending before each.
struct Slow(Vec<Result<Chunk>>, bool);

impl Stream for Slow {
    type Item = Result<Chunk>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Chunk>>> {
        self.1 = !self.1;
        if self.1 {
            cx.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        let next = if self.0.is_empty() { None } else { Some(self.0.remove(0)) };
        std::task::Poll::Ready(next)
    }
}

fn chunks(chunks: Vec<Result<Chunk>>) -> Rows {
    Rows::streamed(columns(&["n"]), Slow(chunks, false))
}

fn part(numbers: &[i64]) -> Result<Chunk> {
    Ok(Chunk::Rows(numbers.iter().map(|number| vec![Value::Int(*number)]).collect()))
}

fn end(rows_affected: u64) -> Result<Chunk> {
    let mut outcome = Outcome::default();
    outcome.rows_affected = rows_affected;
    Ok(Chunk::End(outcome))
}

#[tokio::test]
async fn rows_come_in_order_and_then_the_outcome() {
    let rows = chunks(vec![part(&[1, 2]), part(&[]), part(&[3]), end(7)]);
    let numbers: Vec<i64> =
        rows.collect().await.unwrap().iter().map(|row| row.get(0)).collect::<Result<_>>().unwrap();
    assert_eq!(numbers, [1, 2, 3]);
    let mut rows = chunks(vec![part(&[1]), end(7)]);
    assert_eq!(rows.outcome_so_far(), None);
    assert!(rows.next().await.unwrap().is_some());
    assert_eq!(rows.outcome_so_far(), None, "the end was not seen yet");
    assert!(rows.next().await.unwrap().is_none() && rows.next().await.unwrap().is_none());
    assert_eq!(rows.outcome_so_far().unwrap().rows_affected, 7);
    assert_eq!(chunks(vec![part(&[1]), end(8)]).outcome().await.unwrap().rows_affected, 8);
    assert_eq!(
        Rows::ready(Columns::default(), vec![], Outcome::default()).outcome().await.unwrap().rows_affected,
        0
    );
}

#[tokio::test]
async fn a_result_that_breaks_off_is_an_error_not_an_end() {
    let failing = vec![part(&[1]), Err(Error::new(ErrorKind::Timeout, "too late"))];
    assert_eq!(chunks(failing).collect().await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(chunks(vec![part(&[1])]).collect().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(chunks(vec![]).outcome().await.unwrap_err().kind(), ErrorKind::Unavailable);
}
