//! Rounds of subjects.

use std::time::{Duration, Instant};

/// Something that is measured: a name, and what does a number of operations and says how long they took.
pub struct Subject<'a> {
    name: String,
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl<'a> Subject<'a> {
    /// Measures what `operations` does as often as it is told.
    #[allow(clippy::disallowed_methods, reason = "this is what measures")]
    pub fn new(name: impl Into<String>, mut operations: impl FnMut(u64) + 'a) -> Subject<'a> {
        let run = move |count| {
            let start = Instant::now();
            operations(count);
            start.elapsed()
        };
        Subject { name: name.into(), run: Box::new(run) }
    }
}

/// Runs subjects in rounds and prints medians and ratios.
#[derive(Debug)]
pub struct Rounds {
    title: String,
    operations: u64,
    rounds: usize,
}

impl Rounds {
    /// So many operations of each subject in each round.
    pub fn new(title: impl Into<String>, operations: u64) -> Rounds {
        let quick = std::env::args().any(|argument| argument == "--quick");
        Rounds { title: title.into(), operations, rounds: if quick { 3 } else { 9 } }
    }

    /// Measures, prints a table, and returns the median nanoseconds of each subject.
    pub fn run(&self, subjects: &mut [Subject<'_>]) -> Vec<f64> {
        let mut samples = vec![Vec::new(); subjects.len()];
        for round in 0..=self.rounds {
            for (subject, samples) in subjects.iter_mut().zip(&mut samples) {
                let took = (subject.run)(self.operations);
                // The first round warms up.
                if round > 0 {
                    samples.push(took.as_secs_f64() * 1e9 / self.operations as f64);
                }
            }
        }
        println!("\n{} ({} operations, {} rounds)", self.title, self.operations, self.rounds);
        println!("| subject | ns, median (min–max) | ratio to the first |");
        println!("|---|---|---|");
        let mut medians = Vec::new();
        for (subject, samples) in subjects.iter().zip(&mut samples) {
            samples.sort_by(f64::total_cmp);
            let median = samples[samples.len() / 2];
            let (min, max) = (samples[0], samples[samples.len() - 1]);
            medians.push(median);
            println!("| {} | {median:.1} ({min:.1}–{max:.1}) | {:.2} |", subject.name, median / medians[0]);
        }
        medians
    }
}
