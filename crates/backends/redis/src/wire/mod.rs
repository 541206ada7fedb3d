//! The way to the servers: connections that many tasks share, that come back by themselves, and that know of each
//! request whether it was sent. Nothing here knows what a command means.

mod cluster;
mod conn;
mod connect;
mod exclusive;
mod failure;
mod frame;
mod node;
mod pump;
mod sentinel;
mod slot;
mod socket;
#[cfg(feature = "tls")]
mod tls;

pub(crate) use cluster::{Cluster, Master, Routed};
pub(crate) use connect::{Connector, Server};
pub(crate) use exclusive::Exclusive;
pub(crate) use failure::Failure;
pub(crate) use frame::{Frame, Packet};
pub(crate) use node::{Node, Target, open};
pub(crate) use sentinel::Sentinels;
pub(crate) use slot::slot;
#[cfg(feature = "tls")]
pub(crate) use tls::Tls;
