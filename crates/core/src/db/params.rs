//! The values of a statement's parameters.

use super::convert::IntoValue;
use super::value::Value;

/// The values of a statement's parameters, by position (`?`, `?3`, `$1`) or by name (`:name`).
#[derive(Clone, Debug, PartialEq)]
pub enum Params {
    /// In order.
    Positional(Vec<Value>),
    /// By name, without the colon.
    Named(Vec<(String, Value)>),
}

impl Default for Params {
    fn default() -> Params {
        Params::Positional(Vec::new())
    }
}

impl Params {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Params::Positional(values) => values.len(),
            Params::Named(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values, without their names.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let (positional, named): (&[Value], &[(String, Value)]) = match self {
            Params::Positional(values) => (values, &[]),
            Params::Named(values) => (&[], values),
        };
        positional.iter().chain(named.iter().map(|(_, value)| value))
    }
}

/// What can be given as parameters: `()`, a tuple of values of several types, a list of values of one type, a list of
/// pairs of name and value, or [`Params`].
///
/// ```
/// use credenza_core::db::{IntoParams, Params, Value};
///
/// assert!(().into_params().is_empty());
/// assert_eq!((7, "Bob").into_params(), Params::Positional(vec![Value::Int(7), Value::Text("Bob".into())]));
/// assert_eq!([1, 2, 3].into_params().len(), 3);
/// assert!(matches!([("name", "Bob")].into_params(), Params::Named(_)));
/// ```
pub trait IntoParams {
    /// The parameters.
    fn into_params(self) -> Params;
}

impl IntoParams for Params {
    fn into_params(self) -> Params {
        self
    }
}

impl IntoParams for () {
    fn into_params(self) -> Params {
        Params::default()
    }
}

impl<T: IntoValue> IntoParams for Vec<T> {
    fn into_params(self) -> Params {
        Params::Positional(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: IntoValue, const N: usize> IntoParams for [T; N] {
    fn into_params(self) -> Params {
        Params::Positional(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: IntoValue, const N: usize> IntoParams for [(&str, T); N] {
    fn into_params(self) -> Params {
        Params::Named(self.into_iter().map(|(name, value)| (name.to_owned(), value.into_value())).collect())
    }
}

macro_rules! tuples {
    ($(($($type:ident $at:tt),+))*) => {$(
        impl<$($type: IntoValue),+> IntoParams for ($($type,)+) {
            fn into_params(self) -> Params {
                Params::Positional(vec![$(self.$at.into_value()),+])
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
}
