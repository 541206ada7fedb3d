//! One bit for each number: which rows are worth a closer look.

use crate::Metric;
use crate::level::{Checked, leveled};
use crate::metric::{absolute, product};

/// Rows whose bits stand beside each other, a word of the first, of the second, and so on: as many as a wide register has.
pub(crate) const LANES: usize = 8;
/// Bits of a number of the vector that is searched for.
pub(crate) const PLANES: usize = 4;
/// So many blocks of rows are estimated at a time.
const CHUNK: usize = 64;

/// The signs of centred and rotated vectors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits {
    words: usize,
    blocks: Vec<u64>,
    /// What the signs' product with another vector is multiplied by, to be an estimate of the vector's.
    factor: Vec<f32>,
}

/// What rows are compared with: four bits for each number.
pub(crate) struct Planes {
    words: Vec<[u64; PLANES]>,
    /// A number is so many times this as its bits say, less seven and a half.
    step: f32,
    sum: f32,
}

/// What turns the estimate of a product into one of nearness.
pub(crate) struct Terms<'a> {
    pub(crate) metric: Metric,
    /// The product of what is searched for with the centre.
    pub(crate) centre: f32,
    /// The products of the vectors with the centre.
    pub(crate) bases: &'a [f32],
    /// Their lengths.
    pub(crate) norms: &'a [f32],
}

impl Planes {
    pub(crate) fn new(turned: &[f32]) -> Planes {
        let greatest = turned.iter().fold(0.0_f32, |greatest, number| greatest.max(number.abs()));
        let step = (greatest / 7.5).max(f32::MIN_POSITIVE);
        let mut words = vec![[0; PLANES]; turned.len().div_ceil(64)];
        for (at, number) in turned.iter().enumerate() {
            let steps = (number / step + 7.5).round() as u64;
            for (plane, word) in words[at / 64].iter_mut().enumerate() {
                *word |= ((steps >> plane) & 1) << (at % 64);
            }
        }
        Planes { words, step, sum: turned.iter().sum() }
    }
}

impl Bits {
    pub(crate) fn new(dimension: usize) -> Bits {
        Bits { words: dimension.div_ceil(64), ..Bits::default() }
    }

    pub(crate) fn reserve(&mut self, rows: usize) {
        self.blocks.reserve_exact(rows * self.words + LANES * self.words);
        self.factor.reserve_exact(rows);
    }

    /// Keeps a vector that was centred and rotated in a slot, which may be one behind the last.
    pub(crate) fn set(&mut self, level: Checked, slot: usize, turned: &[f32]) {
        if slot == self.factor.len() {
            self.factor.push(0.0);
            if slot.is_multiple_of(LANES) {
                self.blocks.resize(self.blocks.len() + self.words * LANES, 0);
            }
        }
        for (index, numbers) in turned.chunks(64).enumerate() {
            *self.word(slot, index) = signs(level, numbers);
        }
        let absolute = absolute(level, turned);
        self.factor[slot] =
            if absolute > 0.0 { (product(level, turned, turned) / absolute) as f32 } else { 0.0 };
    }

    fn word(&mut self, slot: usize, index: usize) -> &mut u64 {
        &mut self.blocks[(slot / LANES * self.words + index) * LANES + slot % LANES]
    }

    /// Moves the last slot to another, and forgets it.
    pub(crate) fn move_last(&mut self, last: usize, to: usize) {
        for index in 0..self.words {
            let word = std::mem::take(self.word(last, index));
            if last != to {
                *self.word(to, index) = word;
            }
        }
        self.factor.swap_remove(to);
        self.blocks.truncate(self.factor.len().div_ceil(LANES) * self.words * LANES);
    }

    /// So many slots with the best estimates, of those that `may` be, and the estimates; in no order.
    pub(crate) fn best(
        &self,
        level: Checked,
        planes: &Planes,
        terms: &Terms<'_>,
        most: usize,
        may: impl Fn(usize) -> bool,
    ) -> Vec<(f32, usize)> {
        let mut best = Candidates::new(most);
        let mut sums = [[0_i32; LANES]; CHUNK];
        let mut keys = [0.0_f32; CHUNK * LANES];
        let at_once = CHUNK * LANES;
        for (chunk, blocks) in self.blocks.chunks(CHUNK * LANES * self.words).enumerate() {
            let first = chunk * at_once;
            let rows = first..(first + at_once).min(self.factor.len());
            weigh(level, &planes.words, blocks, &mut sums);
            let keys = &mut keys[..rows.len()];
            let factors = [planes.step, -planes.sum, terms.centre];
            estimate(
                level,
                terms.metric,
                factors,
                sums.as_flattened(),
                [&self.factor, terms.bases, terms.norms].map(|of_rows| &of_rows[rows.clone()]),
                keys,
            );
            best.add(first, keys, &may);
        }
        let kept = best.cut();
        best.kept.truncate(kept);
        best.kept.into_iter().map(|(key, slot)| (key, slot as usize)).collect()
    }
}

leveled! {
    /// A bit for each number above zero, the first in the last place.
    pub(crate) fn signs(numbers: &[f32]) -> u64 {
        let mut word = 0;
        if let Some(numbers) = numbers.first_chunk::<64>() {
            // The compiler knows what to do with as many as there mostly are.
            for (at, number) in numbers.iter().enumerate() {
                word |= u64::from(*number > 0.0) << at;
            }
        } else {
            for (at, number) in numbers.iter().enumerate() {
                word |= u64::from(*number > 0.0) << at;
            }
        }
        word
    }
}

leveled! {
    avx512 = crate::wide::weigh;
    /// Twice the products of the bits with the numbers of the planes, of eight rows at a time.
    pub(crate) fn weigh(planes: &[[u64; PLANES]], blocks: &[u64], sums: &mut [[i32; LANES]]) {
        for (block, sums) in blocks.chunks_exact(planes.len() * LANES).zip(sums) {
            let (mut counts, mut ones) = ([[0_u64; LANES]; PLANES], [0_u64; LANES]);
            for (lanes, planes) in block.as_chunks::<LANES>().0.iter().zip(planes) {
                for (counts, plane) in counts.iter_mut().zip(planes) {
                    for (count, bits) in counts.iter_mut().zip(lanes) {
                        *count += u64::from((bits & plane).count_ones());
                    }
                }
                for (ones, bits) in ones.iter_mut().zip(lanes) {
                    *ones += u64::from(bits.count_ones());
                }
            }
            for (lane, sum) in sums.iter_mut().enumerate() {
                let steps = counts[0][lane] + 2 * counts[1][lane] + 4 * counts[2][lane] + 8 * counts[3][lane];
                *sum = 2 * steps as i32 - 15 * ones[lane] as i32;
            }
        }
    }
}

leveled! {
    pub(crate) fn estimate(
        metric: Metric,
        factors: [f32; 3],
        sums: &[i32],
        of_rows: [&[f32]; 3],
        keys: &mut [f32],
    ) {
        let [factor, bases, norms] = of_rows;
        let [of_sum, constant, centre] = factors;
        let rows = sums.iter().zip(factor).zip(bases).zip(norms).zip(keys);
        match metric {
            Metric::Cosine => for ((((sum, factor), base), norm), key) in rows {
                let product = factor * (of_sum * *sum as f32 + constant) + base + centre;
                *key = product / norm;
            },
            Metric::InnerProduct => for ((((sum, factor), base), _), key) in rows {
                *key = factor * (of_sum * *sum as f32 + constant) + base + centre;
            },
            Metric::L2 => for ((((sum, factor), base), norm), key) in rows {
                let product = factor * (of_sum * *sum as f32 + constant) + base + centre;
                *key = 2.0 * product - norm * norm;
            },
        }
    }
}

/// The best so far, and at most as many again that are not known to be.
struct Candidates {
    most: usize,
    kept: Vec<(f32, u32)>,
    /// None below this is among the best.
    least: f32,
}

impl Candidates {
    fn new(most: usize) -> Candidates {
        Candidates { most, kept: Vec::with_capacity(most * 2), least: f32::NEG_INFINITY }
    }

    fn add(&mut self, first: usize, keys: &[f32], may: &impl Fn(usize) -> bool) {
        for (block, keys) in keys.chunks(16).enumerate() {
            // Mostly none is, and the processor sees that for all of them at once.
            if !keys.iter().fold(false, |any, key| any | (*key > self.least)) {
                continue;
            }
            for (at, key) in keys.iter().enumerate() {
                let slot = first + block * 16 + at;
                if *key > self.least && may(slot) {
                    self.kept.push((*key, slot as u32));
                    if self.kept.len() >= self.most * 2 {
                        let kept = self.cut();
                        self.kept.truncate(kept);
                    }
                }
            }
        }
    }

    /// Moves the best to the front, and says how many those are.
    fn cut(&mut self) -> usize {
        if self.kept.len() > self.most {
            let (_, last, _) = self.kept.select_nth_unstable_by(self.most - 1, |a, b| b.0.total_cmp(&a.0));
            self.least = last.0;
        }
        self.most.min(self.kept.len())
    }
}
