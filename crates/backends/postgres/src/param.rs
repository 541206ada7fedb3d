//! Values of parameters, owned, with their types.

use bytes::{BufMut, Bytes, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type};

/// Bytes as a parameter, without copying.
#[derive(Clone, Debug)]
pub(crate) struct Blob(pub(crate) Bytes);

type Outcome = Result<IsNull, Box<dyn std::error::Error + Sync + Send>>;

impl ToSql for Blob {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Outcome {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }

    tokio_postgres::types::to_sql_checked!();
}

/// The value of a parameter.
#[derive(Debug)]
pub(crate) enum Param {
    Bytes(Blob),
    Text(String),
    Int(i64),
    Float(f64),
    AllBytes(Vec<Blob>),
    AllMaybeBytes(Vec<Option<Blob>>),
    Ints(Vec<i64>),
    MaybeInts(Vec<Option<i64>>),
    Floats(Vec<f64>),
    Smalls(Vec<i16>),
    Bools(Vec<bool>),
}

impl Param {
    pub(crate) fn bytes(bytes: &[u8]) -> Param {
        Param::Bytes(Blob(Bytes::copy_from_slice(bytes)))
    }

    pub(crate) fn keys<'a>(keys: impl IntoIterator<Item = &'a Bytes>) -> Param {
        Param::AllBytes(keys.into_iter().map(|key| Blob(key.clone())).collect())
    }

    /// A count, as the server counts.
    pub(crate) fn count(count: u64) -> Param {
        Param::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(crate) fn value(&self) -> &(dyn ToSql + Sync) {
        match self {
            Param::Bytes(value) => value,
            Param::Text(value) => value,
            Param::Int(value) => value,
            Param::Float(value) => value,
            Param::AllBytes(value) => value,
            Param::AllMaybeBytes(value) => value,
            Param::Ints(value) => value,
            Param::MaybeInts(value) => value,
            Param::Floats(value) => value,
            Param::Smalls(value) => value,
            Param::Bools(value) => value,
        }
    }

    pub(crate) fn of_type(&self) -> Type {
        match self {
            Param::Bytes(_) => Type::BYTEA,
            Param::Text(_) => Type::TEXT,
            Param::Int(_) => Type::INT8,
            Param::Float(_) => Type::FLOAT8,
            Param::AllBytes(_) | Param::AllMaybeBytes(_) => Type::BYTEA_ARRAY,
            Param::Ints(_) | Param::MaybeInts(_) => Type::INT8_ARRAY,
            Param::Floats(_) => Type::FLOAT8_ARRAY,
            Param::Smalls(_) => Type::INT2_ARRAY,
            Param::Bools(_) => Type::BOOL_ARRAY,
        }
    }
}
