//! How two vectors are compared.

use crate::level::{Level, leveled};

/// How two vectors are compared. A greater score is nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The cosine of their angle, from -1 to 1.
    Cosine,
    /// Their inner product.
    InnerProduct,
    /// Their Euclidean distance, below zero.
    L2,
}

/// As many sums at a time as make use of the widest registers.
const LANES: usize = 16;

impl Metric {
    /// The score of two vectors of the same dimension; `None` where there is none: a vector of zeros has no direction, and what is not a number
    /// compares with nothing. What one has more than the other counts for nothing.
    pub fn score(self, a: &[f32], b: &[f32]) -> Option<f64> {
        let level = Level::best().checked();
        self.of(match self {
            Metric::Cosine => products(level, a, b),
            Metric::InnerProduct => [product(level, a, b), 0.0, 0.0],
            Metric::L2 => [squares(level, a, b), 0.0, 0.0],
        })
    }

    /// The same for two vectors as they are stored: 32-bit floats, little-endian.
    pub fn score_stored(self, a: &[[u8; 4]], b: &[[u8; 4]]) -> Option<f64> {
        let level = Level::best().checked();
        self.of(match self {
            Metric::Cosine => stored_products(level, a, b),
            Metric::InnerProduct => [stored_product(level, a, b), 0.0, 0.0],
            Metric::L2 => [stored_squares(level, a, b), 0.0, 0.0],
        })
    }

    fn of(self, [sum, of_a, of_b]: [f64; 3]) -> Option<f64> {
        let score = match self {
            Metric::Cosine => (sum / (of_a * of_b).sqrt()).clamp(-1.0, 1.0),
            Metric::InnerProduct => sum,
            Metric::L2 => -sum.sqrt(),
        };
        (!score.is_nan()).then_some(score)
    }
}

trait Number: Copy {
    fn number(self) -> f32;
}

impl Number for f32 {
    #[inline(always)]
    fn number(self) -> f32 {
        self
    }
}

impl Number for [u8; 4] {
    #[inline(always)]
    fn number(self) -> f32 {
        f32::from_le_bytes(self)
    }
}

/// Adds up what `of` gives for each pair of numbers.
#[inline(always)]
fn sum<const N: usize, T: Number>(a: &[T], b: &[T], of: impl Fn(f32, f32) -> [f32; N]) -> [f64; N] {
    let mut lanes = [[0.0_f32; LANES]; N];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            let terms = of(a[lane].number(), b[lane].number());
            for (sums, term) in lanes.iter_mut().zip(terms) {
                sums[lane] += term;
            }
        }
    }
    let mut sums = lanes.map(|lanes| lanes.iter().map(|sum| f64::from(*sum)).sum());
    for (a, b) in a_rest.iter().zip(b_rest) {
        for (sum, term) in sums.iter_mut().zip(of(a.number(), b.number())) {
            *sum += f64::from(term);
        }
    }
    sums
}

macro_rules! kernels {
    ($of:ty: $product:ident, $products:ident, $squares:ident) => {
        leveled! {
            pub(crate) fn $product(a: &[$of], b: &[$of]) -> f64 {
                let [product] = sum(a, b, |a, b| [a * b]);
                product
            }
        }
        leveled! {
            /// The product, and the squares of both.
            pub(crate) fn $products(a: &[$of], b: &[$of]) -> [f64; 3] {
                sum(a, b, |a, b| [a * b, a * a, b * b])
            }
        }
        leveled! {
            /// The square of the distance.
            pub(crate) fn $squares(a: &[$of], b: &[$of]) -> f64 {
                let [squares] = sum(a, b, |a, b| [(a - b) * (a - b)]);
                squares
            }
        }
    };
}

kernels!(f32: product, products, squares);
kernels!([u8; 4]: stored_product, stored_products, stored_squares);

leveled! {
    /// The sum of the numbers without their signs.
    pub(crate) fn absolute(a: &[f32]) -> f64 {
        let [absolute] = sum(a, a, |a, _| [a.abs()]);
        absolute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_every_length_are_compared_as_one_number_after_the_other_would_be() {
        for length in (1..70).chain([384, 1536, 1537]) {
            let make = |seed: usize| -> Vec<f32> {
                (0..length).map(|n| ((n * 7919 + seed * 104_729) % 2003) as f32 / 1000.0 - 1.0).collect()
            };
            let (a, b) = (make(1), make(2));
            let pairs = || a.iter().zip(&b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
            let product: f64 = pairs().map(|(a, b)| a * b).sum();
            let norm = |vector: &[f32]| vector.iter().map(|n| f64::from(*n).powi(2)).sum::<f64>().sqrt();
            let distance = pairs().map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            let expected = [product / norm(&a) / norm(&b), product, -distance];
            let stored = |vector: &[f32]| vector.iter().map(|n| n.to_le_bytes()).collect::<Vec<_>>();
            for (metric, expected) in
                [Metric::Cosine, Metric::InnerProduct, Metric::L2].into_iter().zip(expected)
            {
                let found = metric.score(&a, &b).unwrap();
                assert!((found - expected).abs() < 1e-4, "{metric:?} of {length}: {found} and {expected}");
                assert_eq!(metric.score_stored(&stored(&a), &stored(&b)), Some(found));
            }
            for level in Level::all() {
                let level = level.checked();
                assert!((super::product(level, &a, &b) - product).abs() < 1e-3, "{level:?}");
                assert!((squares(level, &a, &b) - distance.powi(2)).abs() < 1e-2, "{level:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_compared_has_no_score() {
        assert_eq!(Metric::Cosine.score(&[0.0, 0.0], &[1.0, 0.0]), None);
        assert_eq!(Metric::InnerProduct.score(&[f32::NAN], &[1.0]), None);
        assert_eq!(Metric::L2.score(&[f32::INFINITY], &[f32::INFINITY]), None);
    }
}
