//! The servers that tests start: they are what they promise, and nothing of them stays.
#![allow(clippy::unwrap_used)]

mod judge;
mod leftovers;
mod postgres;
mod redis;
mod s3;
mod wire;
