//! The server over real connections.

#![allow(clippy::unwrap_used, reason = "tests say what they mean")]
#![allow(clippy::disallowed_methods, reason = "what is measured here is real time")]

mod agreement;
mod bad_input;
mod bounds;
mod client;
mod conditions;
mod faulty;
mod fuse;
mod health;
mod lists;
mod names;
mod objects;
mod registry;
mod server;
mod shapes;
mod shutdown;
mod tables;
