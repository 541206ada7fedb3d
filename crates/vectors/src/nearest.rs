//! The search.

use std::collections::HashSet;

use crate::bits::{Planes, Terms};
use crate::bounds::{Facts, Of, bounds};
use crate::bytes::{Bytes, Steps};
use crate::metric::product;
use crate::{Best, Codes, Metric};

/// The bits are asked where there are more rows than this, and vectors of more numbers: otherwise the bytes are as quick.
const FEW_ROWS: usize = 10_000;
const SHORT: usize = 96;
/// Of so many rows one estimate is looked at closely; but of so many at least, so many for each row that is wanted, so many at most, and so many bytes.
const A_CANDIDATE_OF: usize = 25;
const CANDIDATES: usize = 500;
const CANDIDATES_A_ROW: usize = 20;
const MOST_CANDIDATES: usize = 6_000;
const CANDIDATE_BYTES: usize = 5 << 20;
/// As many rows are compared at a time.
const CHUNK: usize = 512;

/// What is searched for.
#[derive(Clone, Copy, Debug)]
pub struct Nearest<'a> {
    /// How vectors are compared.
    pub metric: Metric,
    /// With what.
    pub to: &'a [f32],
    /// How many rows at most.
    pub limit: usize,
    /// No row may be missed.
    pub exact: bool,
}

/// Among which rows.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// All that there are.
    All,
    /// These, each once; those that are not there are passed over.
    These(&'a [i64]),
}

impl Rows<'_> {
    fn count(&self, of: usize) -> usize {
        match self {
            Rows::All => of,
            Rows::These(rows) => rows.len(),
        }
    }
}

/// A row that may be one of the nearest: the best that it can be.
struct Candidate {
    upper: f32,
    lower: f32,
    row: i64,
}

impl Codes {
    /// Whether a search could miss one of the nearest.
    pub fn is_approximate(&self, nearest: &Nearest<'_>, rows: Rows<'_>) -> bool {
        let many = || rows.count(self.len()) > FEW_ROWS.max(self.candidates(nearest.limit).saturating_mul(2));
        !nearest.exact && self.dimension >= SHORT && many()
    }

    /// How many of the best estimates are looked at closely: more where there are many rows, as many as that is quick for.
    fn candidates(&self, limit: usize) -> usize {
        let most = (CANDIDATE_BYTES / self.dimension).clamp(CANDIDATES, MOST_CANDIDATES);
        (self.len() / A_CANDIDATE_OF).clamp(CANDIDATES, most).max(limit.saturating_mul(CANDIDATES_A_ROW))
    }

    /// The nearest rows with their scores, the nearest first. `changed` rows are those whose codes may be wrong or missing. `score` compares the vector of a
    /// row; `None` if it has none any more.
    ///
    /// # Errors
    /// Those of `score`.
    pub fn nearest<E>(
        &self,
        nearest: &Nearest<'_>,
        rows: Rows<'_>,
        changed: &[i64],
        mut score: impl FnMut(i64) -> Result<Option<f64>, E>,
    ) -> Result<Vec<(i64, f64)>, E> {
        if nearest.limit == 0 || nearest.to.is_empty() || nearest.to.len() != self.dimension {
            return Ok(Vec::new());
        }
        let mut changed: HashSet<i64, foldhash::fast::RandomState> = changed.iter().copied().collect();
        let mut best = Best::new(nearest.limit);
        let known: Vec<i64> = match rows {
            Rows::All => changed.iter().copied().collect(),
            Rows::These(rows) => rows.iter().filter(|row| changed.contains(row)).copied().collect(),
        };
        for row in known {
            if let Some(score) = score(row)? {
                best.add(row, score);
            }
        }
        let of_changed = best.clone();
        let mut spare = 0;
        loop {
            let limit = nearest.limit.saturating_add(spare);
            let wider = Nearest { limit, ..*nearest };
            let asked = Asked::new(self, &wider);
            let gone = changed.len();
            for candidate in asked.candidates(rows, &changed) {
                if best.least().is_some_and(|least| f64::from(candidate.upper) < asked.key(least)) {
                    break;
                }
                match score(candidate.row)? {
                    Some(score) => best.add(candidate.row, score),
                    None => drop(changed.insert(candidate.row)),
                }
            }
            if changed.len() == gone {
                return Ok(best.into_sorted());
            }
            // Rows that are gone have codes still, and may have taken the places of others: once more without them, and with room for more of their kind.
            spare = (spare * 2).max(changed.len() - gone);
            best.clone_from(&of_changed);
        }
    }
}

/// A search, with what is searched for in the forms that rows are compared with.
struct Asked<'a> {
    codes: &'a Codes,
    nearest: &'a Nearest<'a>,
    turned: Vec<f32>,
    steps: Steps,
    of: Of,
    /// The length of what is searched for.
    norm: f64,
}

impl<'a> Asked<'a> {
    fn new(codes: &'a Codes, nearest: &'a Nearest<'a>) -> Asked<'a> {
        let mut turned: Vec<f32> =
            nearest.to.iter().zip(&codes.centre).map(|(to, centre)| to - centre).collect();
        codes.rotation.turn(codes.level, &mut turned);
        let steps = Steps::new(codes.level, &turned);
        let of = Of::new(codes, nearest.metric, nearest.to, steps.facts);
        let norm = product(codes.level, nearest.to, nearest.to).sqrt();
        Asked { codes, nearest, turned, steps, of, norm }
    }

    /// A score as rows are compared here: what does not depend on the row is left out.
    fn key(&self, score: f64) -> f64 {
        match self.nearest.metric {
            Metric::Cosine => score * self.norm,
            Metric::InnerProduct => score,
            Metric::L2 => self.norm * self.norm - score * score,
        }
    }

    /// The rows that can be among the nearest, those first that can be the nearest.
    fn candidates(
        &self,
        rows: Rows<'_>,
        changed: &HashSet<i64, foldhash::fast::RandomState>,
    ) -> Vec<Candidate> {
        let (codes, all) = (self.codes, &self.codes.slots.rows);
        let mut best = Bounded::new(self.nearest.limit);
        let may = |slot: usize| changed.is_empty() || !changed.contains(&all[slot]);
        match rows {
            _ if codes.is_approximate(self.nearest, rows) => {
                let mask = Mask::of(codes, rows);
                let planes = Planes::new(&self.turned);
                let (metric, centre) = (self.nearest.metric, self.of.centre);
                let terms = Terms { metric, centre, bases: &codes.bases, norms: &codes.norms };
                let most = codes.candidates(self.nearest.limit);
                let found =
                    codes.bits.best(codes.level, &planes, &terms, most, |slot| mask.has(slot) && may(slot));
                let mut slots = self.likely(found);
                // One after the other, memory is quicker.
                slots.sort_unstable();
                slots.into_iter().for_each(|slot| best.add(self.candidate(slot)));
            }
            Rows::All => self.all(&mut best, may),
            Rows::These(rows) => {
                let slots = rows.iter().filter_map(|row| codes.slots.find(*row));
                slots.filter(|slot| may(*slot)).for_each(|slot| best.add(self.candidate(slot)));
            }
        }
        best.into_sorted()
    }

    /// Those of the best estimates that can well be among the nearest, by how far estimates are off.
    fn likely(&self, mut found: Vec<(f32, usize)>) -> Vec<usize> {
        let limit = self.nearest.limit.min(found.len());
        if limit == 0 {
            return Vec::new();
        }
        let facts = self.facts();
        let off = |slot: usize| self.of.off_by_bits(self.codes.dimension, facts, slot);
        let (_, last, _) = found.select_nth_unstable_by(limit - 1, |a, b| b.0.total_cmp(&a.0));
        let least = last.0 - off(last.1);
        found.into_iter().filter(|(key, slot)| key + off(*slot) >= least).map(|(_, slot)| slot).collect()
    }

    fn facts(&self) -> Facts<'_> {
        let Bytes { step, error, length, .. } = &self.codes.bytes;
        Facts {
            steps: step,
            errors: error,
            lengths: length,
            bases: &self.codes.bases,
            norms: &self.codes.norms,
        }
    }

    fn candidate(&self, slot: usize) -> Candidate {
        let product = self.codes.bytes.product(self.codes.level, &self.steps, slot);
        let [lower, upper] = self.of.bounds(product, self.facts(), slot);
        Candidate { upper, lower, row: self.codes.slots.rows[slot] }
    }

    /// Every row, many at a time.
    fn all(&self, best: &mut Bounded, may: impl Fn(usize) -> bool) {
        let (codes, facts) = (self.codes, self.facts());
        let (mut products, mut lower, mut upper) = ([0.0; CHUNK], [0.0; CHUNK], [0.0; CHUNK]);
        for from in (0..codes.len()).step_by(CHUNK) {
            let rows = from..(from + CHUNK).min(codes.len());
            let products = &mut products[..rows.len()];
            codes.bytes.products(codes.level, &self.steps, from, products);
            let facts = Facts {
                steps: &facts.steps[rows.clone()],
                errors: &facts.errors[rows.clone()],
                lengths: &facts.lengths[rows.clone()],
                bases: &facts.bases[rows.clone()],
                norms: &facts.norms[rows.clone()],
            };
            bounds(codes.level, self.of, products, facts, &mut lower, &mut upper);
            for (slot, (lower, upper)) in rows.zip(lower.into_iter().zip(upper)) {
                if upper >= best.least && may(slot) {
                    best.add(Candidate { upper, lower, row: codes.slots.rows[slot] });
                }
            }
        }
    }
}

/// Those slots among which is searched.
enum Mask {
    All,
    These(Vec<u64>),
}

impl Mask {
    fn of(codes: &Codes, rows: Rows<'_>) -> Mask {
        let Rows::These(rows) = rows else { return Mask::All };
        let mut bits = vec![0; codes.len().div_ceil(64)];
        for slot in rows.iter().filter_map(|row| codes.slots.find(*row)) {
            bits[slot / 64] |= 1 << (slot % 64);
        }
        Mask::These(bits)
    }

    fn has(&self, slot: usize) -> bool {
        match self {
            Mask::All => true,
            Mask::These(bits) => bits[slot / 64] & (1 << (slot % 64)) != 0,
        }
    }
}

/// Candidates, without those that so many others are better than for certain.
struct Bounded {
    kept: Vec<Candidate>,
    lowers: Best,
    /// None that is below this at best is among the nearest.
    least: f32,
}

impl Bounded {
    fn new(limit: usize) -> Bounded {
        Bounded { kept: Vec::new(), lowers: Best::new(limit), least: f32::NEG_INFINITY }
    }

    fn add(&mut self, candidate: Candidate) {
        if candidate.upper >= self.least {
            self.lowers.add(candidate.row, candidate.lower.into());
            self.least = self.lowers.least().map_or(f32::NEG_INFINITY, |least| least as f32);
            self.kept.push(candidate);
        }
    }

    fn into_sorted(mut self) -> Vec<Candidate> {
        self.kept.retain(|candidate| candidate.upper >= self.least);
        self.kept.sort_unstable_by(|a, b| b.upper.total_cmp(&a.upper).then(a.row.cmp(&b.row)));
        self.kept
    }
}
