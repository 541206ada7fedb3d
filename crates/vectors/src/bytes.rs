//! A byte for each number, and between what bounds a product lies.

use crate::level::{Checked, leveled};

/// Added to a small number it leaves no place for a fraction: the number is rounded, and its last bytes stand in those of the sum.
const WHOLE: f32 = 12_582_912.0;

/// Centred and rotated vectors, in steps of their own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bytes {
    dimension: usize,
    bytes: Vec<i8>,
    /// How large a step is.
    pub(crate) step: Vec<f32>,
    /// The length of what the steps are off by.
    pub(crate) error: Vec<f32>,
    /// The length of the vector.
    pub(crate) length: Vec<f32>,
}

/// What rows are compared with, in steps that are as small as a sum of products in 32 bits allows.
pub(crate) struct Steps {
    steps: Vec<i16>,
    /// The size of a step, how far all are off, and the length of the vector.
    pub(crate) facts: [f32; 3],
}

impl Steps {
    pub(crate) fn new(level: Checked, turned: &[f32]) -> Steps {
        let most = (i32::MAX as f32 / (127.0 * turned.len() as f32) - 1.0).clamp(1.0, 32_000.0).floor();
        let mut steps = vec![0; turned.len()];
        let facts = round_wide(level, turned, most, &mut steps);
        Steps { steps, facts }
    }
}

impl Bytes {
    pub(crate) fn new(dimension: usize) -> Bytes {
        Bytes { dimension, ..Bytes::default() }
    }

    pub(crate) fn reserve(&mut self, rows: usize) {
        self.bytes.reserve_exact(rows * self.dimension);
        for of_slots in [&mut self.step, &mut self.error, &mut self.length] {
            of_slots.reserve_exact(rows);
        }
    }

    /// Keeps a vector that was centred and rotated in a slot, which may be one behind the last.
    pub(crate) fn set(&mut self, level: Checked, slot: usize, turned: &[f32]) {
        if slot == self.step.len() {
            self.step.push(0.0);
            self.error.push(0.0);
            self.length.push(0.0);
            self.bytes.resize(self.bytes.len() + self.dimension, 0);
        }
        let bytes = &mut self.bytes[slot * self.dimension..][..self.dimension];
        [self.step[slot], self.error[slot], self.length[slot]] = round(level, turned, bytes);
    }

    /// Moves the last slot to another, and forgets it.
    pub(crate) fn move_last(&mut self, last: usize, to: usize) {
        self.bytes.copy_within(last * self.dimension.., to * self.dimension);
        self.bytes.truncate(last * self.dimension);
        for of_slots in [&mut self.step, &mut self.error, &mut self.length] {
            of_slots.swap_remove(to);
        }
    }

    /// The product of the steps of the row in a slot.
    pub(crate) fn product(&self, level: Checked, with: &Steps, slot: usize) -> f32 {
        let mut product = [0.0];
        self.products(level, with, slot, &mut product);
        product[0]
    }

    /// The same for the slots from one on, as many as there is room for.
    pub(crate) fn products(&self, level: Checked, with: &Steps, from: usize, products: &mut [f32]) {
        dots(level, &with.steps, &self.bytes[from * self.dimension..], products);
    }
}

leveled! {
    /// Rounds to 127 steps in both directions; how large they are, how far the whole is off, and how long it is.
    pub(crate) fn round(turned: &[f32], bytes: &mut [i8]) -> [f32; 3] {
        stepped(turned, 127.0, bytes, |bits| bits as i8)
    }
}

leveled! {
    /// The same to so many steps, 32,000 at most.
    pub(crate) fn round_wide(turned: &[f32], most: f32, steps: &mut [i16]) -> [f32; 3] {
        stepped(turned, most, steps, |bits| bits as i16)
    }
}

#[inline(always)]
fn stepped<T>(turned: &[f32], most: f32, out: &mut [T], of_bits: impl Fn(u32) -> T) -> [f32; 3] {
    let (blocks, rest) = turned.as_chunks::<16>();
    let (of_blocks, of_rest) = out.as_chunks_mut::<16>();
    let mut greatest = [0.0_f32; 16];
    for block in blocks {
        for (greatest, number) in greatest.iter_mut().zip(block) {
            *greatest = greatest.max(number.abs());
        }
    }
    let greatest = greatest.iter().chain(rest).fold(0.0_f32, |a, b| a.max(b.abs()));
    let step = (greatest / most).max(f32::MIN_POSITIVE);
    let inverse = 1.0 / step;
    let (mut error, mut square) = ([0.0_f32; 16], [0.0_f32; 16]);
    for (numbers, out) in blocks.iter().zip(of_blocks) {
        for lane in 0..16 {
            let shifted = numbers[lane] * inverse + WHOLE;
            out[lane] = of_bits(shifted.to_bits());
            let off = numbers[lane] - (shifted - WHOLE) * step;
            error[lane] += off * off;
            square[lane] += numbers[lane] * numbers[lane];
        }
    }
    for (number, out) in rest.iter().zip(of_rest) {
        let shifted = number * inverse + WHOLE;
        *out = of_bits(shifted.to_bits());
        let off = number - (shifted - WHOLE) * step;
        error[0] += off * off;
        square[0] += number * number;
    }
    // A little more than they are: they are bounds.
    let root = |sums: [f32; 16]| sums.iter().sum::<f32>().sqrt() * 1.000_01;
    [step, root(error), root(square)]
}

leveled! {
    pub(crate) fn dots(steps: &[i16], bytes: &[i8], products: &mut [f32]) {
        for (row, product) in bytes.chunks_exact(steps.len()).zip(products) {
            let sum: i32 = steps.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
            *product = sum as f32;
        }
    }
}
