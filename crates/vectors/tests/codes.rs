//! Codes against a comparison of every vector.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};

use credenza_vectors::{Codes, Level, Metric, Nearest, Rows};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// About normal, by the sum of twelve.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| (self.next() >> 40) as f32 / (1 << 24) as f32).sum::<f32>() - 6.0
    }

    fn vector(&mut self, kind: Kind, dimension: usize) -> Vec<f32> {
        match kind {
            Kind::Uniform => (0..dimension).map(|_| (self.next() >> 40) as f32 / (1 << 24) as f32).collect(),
            Kind::Clustered => {
                let mut centre = Random(self.below(40) + 1_000);
                (0..dimension).map(|_| centre.normal() + 0.3 * self.normal()).collect()
            }
            Kind::Skewed => {
                (0..dimension).map(|n| 5.0 + self.normal() * if n % 50 == 0 { 20.0 } else { 0.1 }).collect()
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Uniform,
    Clustered,
    Skewed,
}

type Vectors = BTreeMap<i64, Vec<f32>>;

fn right(vectors: &Vectors, nearest: &Nearest<'_>, among: impl Fn(i64) -> bool) -> Vec<(i64, f64)> {
    let scored = vectors.iter().filter(|(row, _)| among(**row));
    let scored = scored.filter_map(|(row, vector)| Some((*row, nearest.metric.score(nearest.to, vector)?)));
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored.truncate(nearest.limit);
    scored
}

fn found(
    codes: &Codes,
    vectors: &Vectors,
    nearest: &Nearest<'_>,
    rows: Rows<'_>,
    changed: &[i64],
) -> Vec<(i64, f64)> {
    let score =
        |row: i64| Ok::<_, ()>(vectors.get(&row).and_then(|vector| nearest.metric.score(nearest.to, vector)));
    codes.nearest(nearest, rows, changed, score).unwrap()
}

fn filled(kind: Kind, dimension: usize, rows: i64, random: &mut Random) -> (Codes, Vectors) {
    let vectors: Vectors = (1..=rows).map(|row| (row, random.vector(kind, dimension))).collect();
    let mut centre = vec![0.0; dimension];
    for vector in vectors.values() {
        centre.iter_mut().zip(vector).for_each(|(sum, number)| *sum += number / rows as f32);
    }
    let mut codes = Codes::new(dimension, centre);
    vectors.iter().for_each(|(row, vector)| assert!(codes.insert(*row, vector)));
    (codes, vectors)
}

const METRICS: [Metric; 3] = [Metric::Cosine, Metric::InnerProduct, Metric::L2];
const KINDS: [Kind; 3] = [Kind::Uniform, Kind::Clustered, Kind::Skewed];

#[test]
fn an_exact_search_finds_what_a_comparison_of_all_finds_on_every_processor() {
    let mut random = Random(1);
    for kind in KINDS {
        for dimension in [1, 3, 48, 65, 300] {
            let (codes, vectors) = filled(kind, dimension, 700, &mut random);
            for level in Level::all() {
                let codes = codes.clone().on(*level);
                for metric in METRICS {
                    for limit in [1, 10, 699, 2_000] {
                        let to = random.vector(kind, dimension);
                        let nearest = Nearest { metric, to: &to, limit, exact: true };
                        let right = right(&vectors, &nearest, |_| true);
                        assert_eq!(
                            found(&codes, &vectors, &nearest, Rows::All, &[]),
                            right,
                            "{kind:?} {dimension} {level:?} {metric:?}"
                        );
                        assert!(!codes.is_approximate(&nearest, Rows::All));
                    }
                }
            }
        }
    }
}

#[test]
fn few_vectors_are_looked_at() {
    let mut random = Random(2);
    for kind in KINDS {
        let (codes, vectors) = filled(kind, 256, 5_000, &mut random);
        for metric in METRICS {
            let to = random.vector(kind, 256);
            let nearest = Nearest { metric, to: &to, limit: 10, exact: true };
            let mut looked = 0;
            let score = |row: i64| {
                looked += 1;
                Ok::<_, ()>(metric.score(&to, &vectors[&row]))
            };
            codes.nearest(&nearest, Rows::All, &[], score).unwrap();
            assert!(looked <= 250, "{kind:?} {metric:?}: {looked}");
        }
    }
}

#[test]
fn bits_find_nearly_all_of_the_nearest_on_every_processor() {
    let mut random = Random(3);
    for kind in KINDS {
        let (codes, vectors) = filled(kind, 200, 20_011, &mut random);
        for metric in METRICS {
            let mut hits = [0; 3];
            for _ in 0..10 {
                let to = random.vector(kind, 200);
                let nearest = Nearest { metric, to: &to, limit: 10, exact: false };
                assert!(codes.is_approximate(&nearest, Rows::All));
                let right: HashSet<i64> =
                    right(&vectors, &nearest, |_| true).into_iter().map(|it| it.0).collect();
                for (level, hits) in Level::all().iter().zip(&mut hits) {
                    let found = found(&codes.clone().on(*level), &vectors, &nearest, Rows::All, &[]);
                    assert!(found.len() == 10 && found.is_sorted_by(|a, b| a.1 >= b.1));
                    *hits += found.iter().filter(|(row, _)| right.contains(row)).count();
                }
            }
            for (level, hits) in Level::all().iter().zip(hits) {
                // Where nothing is near to anything, signs tell least.
                let enough = if matches!(kind, Kind::Uniform) { 92 } else { 98 };
                assert!(hits >= enough, "{kind:?} {metric:?} {level:?}: {hits} of 100");
            }
        }
    }
}

#[test]
fn some_rows_are_searched_and_no_others() {
    let mut random = Random(4);
    let (codes, vectors) = filled(Kind::Clustered, 128, 30_000, &mut random);
    for keep in [0, 1, 7, 300, 15_000, 29_999] {
        let mut rows: Vec<i64> = (1..=30_010).collect();
        (0..rows.len()).for_each(|at| rows.swap(at, random.below(30_010) as usize));
        rows.truncate(keep);
        let kept: HashSet<i64> = rows.iter().copied().collect();
        for exact in [true, false] {
            let to = random.vector(Kind::Clustered, 128);
            let nearest = Nearest { metric: Metric::Cosine, to: &to, limit: 20, exact };
            let right = right(&vectors, &nearest, |row| kept.contains(&row));
            let found = found(&codes, &vectors, &nearest, Rows::These(&rows), &[]);
            if codes.is_approximate(&nearest, Rows::These(&rows)) {
                let hits = found.iter().filter(|it| right.contains(it)).count();
                assert!(
                    keep > 10_000 && hits >= 19 && found.iter().all(|(row, _)| kept.contains(row)),
                    "{keep}: {hits}"
                );
            } else {
                assert_eq!(found, right, "{keep}");
            }
        }
    }
}

#[test]
fn rows_come_and_go_in_any_order() {
    let mut random = Random(5);
    let (mut codes, mut vectors) = filled(Kind::Uniform, 70, 50, &mut random);
    for step in 0..3_000 {
        let row = random.below(120) as i64 - 10;
        if random.below(3) == 0 {
            assert_eq!(codes.remove(row), vectors.remove(&row).is_some());
        } else {
            let vector = random.vector(Kind::Uniform, 70);
            assert!(codes.insert(row, &vector));
            vectors.insert(row, vector);
        }
        assert_eq!((codes.len(), codes.contains(row)), (vectors.len(), vectors.contains_key(&row)));
        if step % 20 == 0 {
            let to = random.vector(Kind::Uniform, 70);
            let nearest = Nearest { metric: METRICS[step % 3], to: &to, limit: 9, exact: true };
            assert_eq!(
                found(&codes, &vectors, &nearest, Rows::All, &[]),
                right(&vectors, &nearest, |_| true),
                "{step}"
            );
        }
    }
    let all: Vec<i64> = vectors.keys().copied().collect();
    all.into_iter().for_each(|row| assert!(codes.remove(row)));
    assert!(codes.is_empty());
}

#[test]
fn changed_rows_are_taken_as_they_are_now() {
    let mut random = Random(6);
    for approximate in [false, true] {
        let (codes, mut vectors) = filled(Kind::Clustered, 100, 12_000, &mut random);
        let mut changed = Vec::new();
        for n in 0..200 {
            let row = random.below(12_100) as i64;
            changed.push(row);
            if n % 3 == 0 {
                vectors.remove(&row);
            } else {
                vectors.insert(row, random.vector(Kind::Clustered, 100));
            }
        }
        for n in 0..20 {
            let to = vectors.get(&changed[n]).cloned().unwrap_or_else(|| random.vector(Kind::Clustered, 100));
            let nearest = Nearest { metric: METRICS[n % 3], to: &to, limit: 5, exact: !approximate };
            assert_eq!(codes.is_approximate(&nearest, Rows::All), approximate);
            let right = right(&vectors, &nearest, |_| true);
            let found = found(&codes, &vectors, &nearest, Rows::All, &changed);
            let hits = found.iter().filter(|it| right.contains(it)).count();
            assert!(hits >= if approximate { 4 } else { 5 }, "{n}: {found:?}, not {right:?}");
            let some = [&changed[..50], &[5, 6, 7]].concat();
            let among = |row| some.contains(&row);
            let some: Vec<i64> = some.iter().copied().collect::<HashSet<_>>().into_iter().collect();
            assert_eq!(
                self::found(&codes, &vectors, &nearest, Rows::These(&some), &changed),
                self::right(&vectors, &nearest, among)
            );
        }
    }
}

#[test]
fn what_is_no_vector_has_no_codes_and_zeros_have_no_direction() {
    let mut codes = Codes::new(2, vec![0.0; 2]);
    assert!(codes.insert(1, &[1.0, 0.0]) && codes.insert(2, &[0.0, 0.0]) && codes.insert(3, &[-1.0, 0.5]));
    for bad in [&[1.0][..], &[1.0, 2.0, 3.0], &[f32::NAN, 0.0], &[f32::INFINITY, 0.0]] {
        assert!(!codes.insert(3, bad) && !codes.contains(3), "{bad:?}");
        assert!(codes.insert(3, &[-1.0, 0.5]));
    }
    let vectors: Vectors = [(1, vec![1.0, 0.0]), (2, vec![0.0, 0.0]), (3, vec![-1.0, 0.5])].into();
    for (metric, expected) in [(Metric::Cosine, 2), (Metric::InnerProduct, 3), (Metric::L2, 3)] {
        let nearest = Nearest { metric, to: &[1.0, 1.0], limit: 5, exact: true };
        let found = found(&codes, &vectors, &nearest, Rows::All, &[]);
        assert_eq!((found.len(), &found), (expected, &right(&vectors, &nearest, |_| true)), "{metric:?}");
    }
}

#[test]
fn what_has_no_numbers_or_wants_too_many_rows_is_no_trouble() {
    let mut none = Codes::new(0, Vec::new());
    assert!(none.insert(1, &[]));
    let nearest = Nearest { metric: Metric::L2, to: &[], limit: 1, exact: false };
    assert_eq!(none.nearest(&nearest, Rows::All, &[], |_| Ok::<_, ()>(None)), Ok(Vec::new()));
    let mut random = Random(9);
    let (codes, vectors) = filled(Kind::Uniform, 100, 12_000, &mut random);
    let to = random.vector(Kind::Uniform, 100);
    for limit in [12_000, usize::MAX] {
        let nearest = Nearest { metric: Metric::L2, to: &to, limit, exact: false };
        assert!(!codes.is_approximate(&nearest, Rows::All));
        assert_eq!(found(&codes, &vectors, &nearest, Rows::All, &[]), right(&vectors, &nearest, |_| true));
    }
}

#[test]
fn codes_of_rows_that_are_gone_hide_no_others() {
    let mut random = Random(10);
    for (rows, exact) in [(600, true), (12_000, false)] {
        let (codes, mut vectors) = filled(Kind::Clustered, 100, rows, &mut random);
        for metric in METRICS {
            let to = random.vector(Kind::Clustered, 100);
            let nearest = Nearest { metric, to: &to, limit: 10, exact };
            // Nobody says that they are gone: as when a statement replaces rows without a trigger.
            for (row, _) in right(&vectors, &nearest, |_| true).into_iter().take(9) {
                vectors.remove(&row);
            }
            assert_eq!(
                found(&codes, &vectors, &nearest, Rows::All, &[]),
                right(&vectors, &nearest, |_| true)
            );
        }
    }
}

#[test]
fn an_error_of_the_one_who_looks_is_handed_on() {
    let mut codes = Codes::new(1, vec![0.0]);
    assert!(codes.insert(1, &[1.0]));
    let nearest = Nearest { metric: Metric::L2, to: &[1.0], limit: 1, exact: true };
    assert_eq!(codes.nearest(&nearest, Rows::All, &[], |_| Err("no")), Err("no"));
}
