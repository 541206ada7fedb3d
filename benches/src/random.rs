//! Keys in an order that no cache foresees.

/// Indexes below a bound, scattered, the same in every run.
#[derive(Clone, Debug)]
pub struct Keys {
    state: u64,
    bound: u64,
}

impl Keys {
    /// Indexes below `bound`; different seeds give different orders.
    pub fn new(seed: u64, bound: usize) -> Keys {
        Keys { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), bound: bound as u64 }
    }

    /// The next index.
    #[inline]
    pub fn next_index(&mut self) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.state;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        ((u128::from(x) * u128::from(self.bound)) >> 64) as usize
    }
}
