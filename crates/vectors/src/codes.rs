//! The codes of a table's vectors.

use crate::bits::Bits;
use crate::bytes::Bytes;
use crate::level::{Checked, Level};
use crate::metric::{absolute, product};
use crate::rotation::Rotation;
use crate::slots::Slots;

/// The vectors of a table in two small forms; a row is known by its number.
#[derive(Clone, Debug)]
pub struct Codes {
    pub(crate) level: Checked,
    pub(crate) dimension: usize,
    pub(crate) centre: Vec<f32>,
    pub(crate) rotation: Rotation,
    pub(crate) slots: Slots,
    pub(crate) bits: Bits,
    pub(crate) bytes: Bytes,
    /// How long the vectors are; not a number for one of zeros, which has no direction.
    pub(crate) norms: Vec<f32>,
    /// Their products with the centre, but for that of the centre with itself.
    pub(crate) bases: Vec<f32>,
    turned: Vec<f32>,
}

impl Codes {
    /// None yet, of vectors with so many numbers; about where they are, which makes the codes better: a mean of some of them.
    ///
    /// # Panics
    /// If the centre has another dimension.
    pub fn new(dimension: usize, centre: Vec<f32>) -> Codes {
        assert_eq!(centre.len(), dimension, "the centre is one of them");
        Codes {
            level: Level::best().checked(),
            dimension,
            centre,
            rotation: Rotation::new(dimension),
            slots: Slots::default(),
            bits: Bits::new(dimension),
            bytes: Bytes::new(dimension),
            norms: Vec::new(),
            bases: Vec::new(),
            turned: vec![0.0; dimension],
        }
    }

    /// The same on lesser instructions, to see that they give the same.
    #[must_use]
    pub fn on(mut self, level: Level) -> Codes {
        self.level = level.checked();
        self
    }

    /// How many numbers a vector has.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.slots.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.rows.is_empty()
    }

    /// Whether a row is there.
    pub fn contains(&self, row: i64) -> bool {
        self.slots.find(row).is_some()
    }

    /// About how many bytes of memory so many rows take. There is room for a quarter more at most.
    pub fn size(dimension: usize, rows: usize) -> usize {
        // A byte and a bit for each number; seven numbers of four bytes, the row and its place.
        rows * (dimension + dimension.div_ceil(64) * 8 + 28 + 8 + 24)
    }

    /// Adds a row or changes it. A vector of another dimension, or one that is not of finite numbers, has no codes: the answer is false then, and the row
    /// is not there.
    pub fn insert(&mut self, row: i64, vector: &[f32]) -> bool {
        if vector.len() != self.dimension || !absolute(self.level, vector).is_finite() {
            self.remove(row);
            return false;
        }
        if self.norms.len() == self.norms.capacity() {
            self.grow();
        }
        let (slot, new) = self.slots.take(row);
        for ((turned, number), centre) in self.turned.iter_mut().zip(vector).zip(&self.centre) {
            *turned = number - centre;
        }
        let base = product(self.level, &self.turned, &self.centre) as f32;
        self.rotation.turn(self.level, &mut self.turned);
        self.bits.set(self.level, slot, &self.turned);
        self.bytes.set(self.level, slot, &self.turned);
        let norm = product(self.level, vector, vector).sqrt() as f32;
        let norm = if norm > 0.0 { norm } else { f32::NAN };
        if new {
            self.norms.push(norm);
            self.bases.push(base);
        } else {
            (self.norms[slot], self.bases[slot]) = (norm, base);
        }
        true
    }

    /// Makes room for a quarter more: twice as much, as lists do it by themselves, would be much for nothing.
    fn grow(&mut self) {
        let more = self.len() / 4 + 1_024;
        self.slots.rows.reserve_exact(more);
        self.bits.reserve(more);
        self.bytes.reserve(more);
        self.norms.reserve_exact(more);
        self.bases.reserve_exact(more);
    }

    /// Removes a row; says whether it was there.
    pub fn remove(&mut self, row: i64) -> bool {
        let Some((slot, last)) = self.slots.free(row) else { return false };
        self.bits.move_last(last, slot);
        self.bytes.move_last(last, slot);
        self.norms.swap_remove(slot);
        self.bases.swap_remove(slot);
        true
    }
}
