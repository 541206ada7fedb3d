/// A set of small numbers that fills from the bottom: the words that are full are only counted.
///
/// Equal sets have equal representations: the first word kept is never full, the last never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bits {
    full: usize,
    words: Vec<u64>,
}

const WIDTH: usize = u64::BITS as usize;

impl Bits {
    pub(super) fn contains(&self, index: usize) -> bool {
        match (index / WIDTH).checked_sub(self.full) {
            None => true,
            Some(word) => self.words.get(word).is_some_and(|bits| bits >> (index % WIDTH) & 1 == 1),
        }
    }

    pub(super) fn insert(&mut self, index: usize) {
        if let Some(word) = (index / WIDTH).checked_sub(self.full) {
            self.words.resize(self.words.len().max(word + 1), 0);
            self.words[word] |= 1 << (index % WIDTH);
            let full = self.words.iter().take_while(|bits| **bits == u64::MAX).count();
            self.words.drain(..full);
            self.full += full;
        }
    }

    /// The set with `index` added.
    pub(super) fn with(&self, index: usize) -> Self {
        let mut set = self.clone();
        set.insert(index);
        set
    }

    /// The smallest number that is not in the set.
    pub(super) fn first_gap(&self) -> usize {
        self.full * WIDTH + self.words.first().map_or(0, |bits| bits.trailing_ones() as usize)
    }

    pub(super) fn is_subset(&self, other: &Self) -> bool {
        // A first word that is not full lies above the other's: it cannot hold what is full here.
        let Some(shift) = other.full.checked_sub(self.full) else {
            return false;
        };
        let theirs = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter().skip(shift).zip(theirs).all(|(ours, theirs)| ours & !theirs == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use std::collections::BTreeSet;

    #[test]
    fn agrees_with_a_plain_set() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..200 {
            let limit = rng.random_range(1..300);
            let (mut sets, mut plain) =
                ([Bits::default(), Bits::default()], [BTreeSet::new(), BTreeSet::new()]);
            for _ in 0..rng.random_range(0..1500) {
                let (side, index) = (rng.random_range(0..2), rng.random_range(0..limit));
                sets[side] = sets[side].with(index);
                plain[side].insert(index);
            }
            for (set, plain) in sets.iter().zip(&plain) {
                assert!((0..400).all(|i| set.contains(i) == plain.contains(&i)));
                assert_eq!(Some(set.first_gap()), (0..).find(|i| !plain.contains(i)));
            }
            assert_eq!(sets[0].is_subset(&sets[1]), plain[0].is_subset(&plain[1]));
            assert_eq!(sets[0] == sets[1], plain[0] == plain[1]);
        }
    }
}
