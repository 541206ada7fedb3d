//! A rotation at random, the same for every search: no direction of the data stands out after it.

use crate::level::{Checked, leveled};

/// A window of the numbers is rotated, then another, so often.
const ROUNDS: usize = 3;

/// Signs flipped at random and Hadamard's transform, in turns, on the largest power of two of the first numbers and of the last.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    window: usize,
    /// 1 or -1 for each number, for each round.
    signs: Vec<f32>,
}

impl Rotation {
    pub(crate) fn new(dimension: usize) -> Rotation {
        // SplitMix64. It need not be unpredictable, and is the same everywhere.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut sign = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            if (mixed ^ (mixed >> 31)) & 1 == 0 { 1.0 } else { -1.0 }
        };
        let window = dimension.checked_ilog2().map_or(0, |log| 1 << log);
        Rotation { window, signs: (0..dimension * ROUNDS).map(|_| sign()).collect() }
    }

    pub(crate) fn turn(&self, level: Checked, numbers: &mut [f32]) {
        if numbers.len() < 2 {
            return;
        }
        let last = numbers.len() - self.window;
        for (round, signs) in self.signs.chunks_exact(numbers.len()).enumerate() {
            let from = if round % 2 == 0 { 0 } else { last };
            turn(level, numbers, signs, from, self.window);
        }
    }
}

leveled! {
    pub(crate) fn turn(numbers: &mut [f32], signs: &[f32], from: usize, window: usize) {
        let scale = 1.0 / (window as f32).sqrt();
        for (number, sign) in numbers.iter_mut().zip(signs) {
            *number *= sign;
        }
        let numbers = &mut numbers[from..from + window];
        let mut step = 1;
        // The steps within sixteen numbers, which stay in registers.
        if window >= 16 {
            for block in numbers.as_chunks_mut::<16>().0 {
                let mut step = 1;
                while step < 16 {
                    let mut out = [0.0; 16];
                    for (at, out) in out.iter_mut().enumerate() {
                        let other = block[at ^ step];
                        *out = if at & step == 0 { block[at] + other } else { other - block[at] };
                    }
                    *block = out;
                    step *= 2;
                }
            }
            step = 16;
        }
        while step < window {
            for pair in numbers.chunks_exact_mut(step * 2) {
                let (low, high) = pair.split_at_mut(step);
                for (low, high) in low.iter_mut().zip(high) {
                    (*low, *high) = (*low + *high, *low - *high);
                }
            }
            step *= 2;
        }
        for number in numbers {
            *number *= scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn it_keeps_products_and_spreads_what_stands_in_one_place() {
        for dimension in [1, 2, 3, 5, 16, 48, 100, 128, 300, 768, 1536] {
            let rotation = Rotation::new(dimension);
            let mut first: Option<Vec<f32>> = None;
            for level in Level::all() {
                let level = level.checked();
                let mut a: Vec<f32> = (0..dimension).map(|n| ((n * 37) % 11) as f32 - 5.0).collect();
                let mut b: Vec<f32> = (0..dimension).map(|n| ((n * 53) % 7) as f32).collect();
                let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
                let before = product(&a, &b);
                rotation.turn(level, &mut a);
                rotation.turn(level, &mut b);
                let after = product(&a, &b);
                assert!(
                    (before - after).abs() <= 1e-3 * (1.0 + before.abs()),
                    "{dimension}: {before} {after}"
                );
                let mut one = vec![0.0; dimension];
                one[0] = 1.0;
                rotation.turn(level, &mut one);
                let greatest = one.iter().fold(0.0_f32, |greatest, number| greatest.max(number.abs()));
                assert!(
                    dimension < 64 || greatest < 8.0 / (dimension as f32).sqrt(),
                    "{dimension}: {greatest}"
                );
                let same = first.get_or_insert_with(|| a.clone());
                assert!(same.iter().zip(&a).all(|(one, other)| (one - other).abs() < 1e-4));
            }
        }
    }
}
