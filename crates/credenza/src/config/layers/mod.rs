//! The settings of each layer. What a configuration leaves out stays as it is.

mod compressed;
mod encrypted;
mod fallback;
mod graceful;
mod monitored;
mod namespaced;
mod resilient;

pub(super) use compressed::Compressed;
pub(super) use encrypted::Encrypted;
pub(super) use fallback::{Cache, FallbackReads, FallbackWrites, WriteAll};
pub(super) use graceful::Graceful;
pub(super) use monitored::Monitored;
pub(super) use namespaced::Namespaced;
pub(super) use resilient::Resilient;

/// Puts what was said in the place of what holds otherwise.
macro_rules! said {
    ($config:expr; $($field:ident = $value:expr),* $(,)?) => {
        $( if let Some(value) = $value { $config.$field = value; } )*
    };
}
use said;
