//! Pages of the guide, whose examples are compiled and run.

#[doc = include_str!("../../../docs/src/compressed.md")]
mod compressed {}
#[doc = include_str!("../../../docs/src/decorators.md")]
mod decorators {}
#[doc = include_str!("../../../docs/src/encrypted.md")]
mod encrypted {}
#[doc = include_str!("../../../docs/src/fallback.md")]
mod fallback {}
#[doc = include_str!("../../../docs/src/graceful.md")]
mod graceful {}
#[doc = include_str!("../../../docs/src/monitored.md")]
mod monitored {}
#[doc = include_str!("../../../docs/src/namespaced.md")]
mod namespaced {}
#[doc = include_str!("../../../docs/src/postgres.md")]
mod postgres {}
#[doc = include_str!("../../../docs/src/query.md")]
mod query {}
#[doc = include_str!("../../../docs/src/redis.md")]
mod redis {}
#[doc = include_str!("../../../docs/src/resilient.md")]
mod resilient {}
