//! Vectors of several kinds, the same in every run.

use benches::Keys;

/// How the vectors lie.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Around one of 500 places.
    Clustered,
    /// Every number by itself: nothing is near to anything.
    Uniform,
    /// In a space of fewer dimensions, and a little beside it.
    Correlated,
}

/// Where they come from.
pub(crate) struct Source {
    kind: Kind,
    dimension: usize,
    random: Keys,
    /// The places, or what spans the space.
    basis: Vec<Vec<f32>>,
}

const PLACES: usize = 500;

impl Source {
    pub(crate) fn new(kind: Kind, dimension: usize) -> Source {
        let mut source = Source { kind, dimension, random: Keys::new(7, 1 << 24), basis: Vec::new() };
        let vectors = match kind {
            Kind::Clustered => PLACES,
            Kind::Uniform => 0,
            Kind::Correlated => (dimension / 4).min(64),
        };
        source.basis = (0..vectors).map(|_| (0..dimension).map(|_| source.normal()).collect()).collect();
        source
    }

    fn uniform(&mut self) -> f32 {
        self.random.next_index() as f32 / (1 << 24) as f32
    }

    /// About normal.
    fn normal(&mut self) -> f32 {
        ((0..4).map(|_| self.uniform()).sum::<f32>() - 2.0) * 1.7
    }

    pub(crate) fn vector(&mut self) -> Vec<f32> {
        match self.kind {
            Kind::Uniform => (0..self.dimension).map(|_| self.uniform()).collect(),
            Kind::Clustered => {
                let place = self.random.next_index() % PLACES;
                (0..self.dimension).map(|n| self.basis[place][n] + 0.5 * self.normal()).collect()
            }
            Kind::Correlated => {
                let mut vector: Vec<f32> = (0..self.dimension).map(|_| 0.3 * self.normal()).collect();
                for at in 0..self.basis.len() {
                    let part = self.normal();
                    vector.iter_mut().zip(&self.basis[at]).for_each(|(sum, number)| *sum += part * number);
                }
                vector
            }
        }
    }
}
