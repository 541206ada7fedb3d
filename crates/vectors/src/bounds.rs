//! Between what the nearness of a row lies.

use crate::level::leveled;
use crate::metric::product;
use crate::{Codes, Metric};

/// What is searched for, as far as bounds depend on it.
#[derive(Clone, Copy)]
pub(crate) struct Of {
    pub(crate) metric: Metric,
    /// The size of its steps, how far they are off, and the length of what is searched for; all from the centre.
    pub(crate) step: f32,
    pub(crate) error: f32,
    pub(crate) length: f32,
    /// Its product with the centre.
    pub(crate) centre: f32,
    /// What the product with a vector of length one can be off by, for numbers have so many digits; and that with the centre.
    pub(crate) slack: f32,
    pub(crate) slack_centre: f32,
}

/// What is known of rows, each in an array of its own.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) steps: &'a [f32],
    pub(crate) errors: &'a [f32],
    pub(crate) lengths: &'a [f32],
    pub(crate) bases: &'a [f32],
    pub(crate) norms: &'a [f32],
}

impl Of {
    pub(crate) fn new(codes: &Codes, metric: Metric, to: &[f32], [step, error, length]: [f32; 3]) -> Of {
        let of = |a: &[f32], b: &[f32]| product(codes.level, a, b);
        let (norm, of_centre) = (of(to, to).sqrt() as f32, of(&codes.centre, &codes.centre).sqrt() as f32);
        let slack = 1e-5 * (norm + of_centre);
        Of {
            metric,
            step,
            error,
            length,
            centre: of(to, &codes.centre) as f32,
            slack,
            slack_centre: slack * of_centre,
        }
    }

    /// By how much an estimate from the bits is off at most, as good as always: three times as much as is usual, which is the length of both vectors by the root of
    /// their dimension, and three quarters of it (the signs of a vector have four fifths of its length).
    pub(crate) fn off_by_bits(&self, dimension: usize, facts: Facts<'_>, at: usize) -> f32 {
        let off = 2.25 * self.length * facts.lengths[at] / (dimension as f32).sqrt();
        match self.metric {
            Metric::Cosine => off / facts.norms[at],
            Metric::InnerProduct => off,
            Metric::L2 => 2.0 * off,
        }
    }

    /// The least and the greatest that the nearness of a row can be, from the product of its steps. Not a number for what has no direction.
    #[inline(always)]
    pub(crate) fn bounds(&self, product: f32, facts: Facts<'_>, at: usize) -> [f32; 2] {
        let (error, length, norm) = (facts.errors[at], facts.lengths[at], facts.norms[at]);
        let product = product * (facts.steps[at] * self.step) + facts.bases[at] + self.centre;
        let known = if norm.is_nan() { 0.0 } else { norm };
        let off =
            self.length * error + self.error * (length + error) + self.slack * known + self.slack_centre;
        let (key, off) = match self.metric {
            Metric::Cosine => (product / norm, off / norm),
            Metric::InnerProduct => (product, off),
            Metric::L2 => (2.0 * product - known * known, 2.0 * off + 1e-5 * known * known),
        };
        [key - off, key + off]
    }
}

leveled! {
    /// The same for all rows of the arrays.
    pub(crate) fn bounds(of: Of, products: &[f32], facts: Facts<'_>, lower: &mut [f32], upper: &mut [f32]) {
        let rows = products.len();
        let facts = Facts {
            steps: &facts.steps[..rows],
            errors: &facts.errors[..rows],
            lengths: &facts.lengths[..rows],
            bases: &facts.bases[..rows],
            norms: &facts.norms[..rows],
        };
        let (lower, upper) = (&mut lower[..rows], &mut upper[..rows]);
        for at in 0..rows {
            [lower[at], upper[at]] = of.bounds(products[at], facts, at);
        }
    }
}
