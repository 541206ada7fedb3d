//! Randomness, handed in, so that tests repeat.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives random numbers. Not for secrets.
pub trait Random: Debug + Send + Sync + 'static {
    /// The next number.
    fn next_u64(&self) -> u64;

    /// A number below `bound`, each as likely as the others; 0 if `bound` is 0.
    fn below(&self, bound: u64) -> u64 {
        // Lemire's multiplication, without the rejection: the bias is below 2^-32 for any bound of use here.
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }
}

/// The thread's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadRandom;

impl Random for ThreadRandom {
    #[allow(clippy::disallowed_methods, reason = "this is where randomness comes from")]
    fn next_u64(&self) -> u64 {
        rand::random()
    }
}

/// The same numbers for the same seed (SplitMix64).
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// Starts at a seed.
    pub fn new(seed: u64) -> SeededRandom {
        SeededRandom(AtomicU64::new(seed))
    }
}

impl Random for SeededRandom {
    fn next_u64(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    }
}
