//! The judges are judged: stores with planted bugs must be caught, honest ones must pass.

#![allow(clippy::unwrap_used)]

mod cancel;
mod faults;
mod linearizable;
mod model;
mod mutant;
mod sampler;
mod small;
mod suite;
