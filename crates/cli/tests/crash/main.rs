//! What was acknowledged is there: after `kill -9`, and after the power was cut.

#![allow(clippy::unwrap_used, reason = "tests say what they mean")]
#![allow(clippy::disallowed_methods, reason = "what happens here happens in real time")]

mod agreement;
mod child;
mod content;
mod http;
mod kill;
mod load;
mod mixed;
mod outages;
mod power;
mod server;
mod stores;
mod trial;

/// Whether to take the time that it takes.
fn thorough() -> bool {
    std::env::var("CREDENZA_TEST").as_deref() == Ok("thorough")
}
