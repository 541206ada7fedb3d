//! How long to wait.

use std::time::Duration;

use credenza_core::Random;

use crate::config::Backoff;

impl Backoff {
    /// How long to wait before the repetition of this number, from 0.
    pub(crate) fn draw(&self, repetition: u32, random: &dyn Random) -> Duration {
        let most =
            self.first.saturating_mul(1_u32.checked_shl(repetition).unwrap_or(u32::MAX)).min(self.most);
        let nanos = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(random.below(nanos.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use credenza_core::SeededRandom;

    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_differ() {
        let backoff = Backoff { first: Duration::from_millis(50), most: Duration::from_millis(300) };
        let random = SeededRandom::new(7);
        let longest = |repetition| {
            let draws = (0..1000).map(|_| backoff.draw(repetition, &random));
            draws.max().expect("there are some").as_millis()
        };
        assert!((45..=50).contains(&longest(0)));
        assert!((90..=100).contains(&longest(1)));
        assert!((180..=200).contains(&longest(2)));
        for repetition in [3, 31, 32, 33, u32::MAX] {
            assert!((270..=300).contains(&longest(repetition)), "{repetition}");
        }
    }
}
