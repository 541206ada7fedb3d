//! Rounds of subjects.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Whether a quick look is wanted rather than figures to write down (`CREDENZA_BENCH=quick`).
pub fn is_quick() -> bool {
    std::env::var_os("CREDENZA_BENCH").is_some_and(|how| how == "quick")
}

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
    /// Measures the time in which `operations` does as many as it is told.
    #[allow(clippy::disallowed_methods, reason = "this is what measures")]
    pub fn new(name: impl Into<String>, mut operations: impl FnMut(u64) + 'a) -> Subject<'a> {
        let run = move |count| {
            let start = Instant::now();
            operations(count);
            start.elapsed()
        };
        Subject { name: name.into(), run: Box::new(run) }
    }

    /// Measures the time that the calling thread spends on a processor: for work that never waits, so that what
    /// else the machine does counts less.
    pub fn on_processor(name: impl Into<String>, mut operations: impl FnMut(u64) + 'a) -> Subject<'a> {
        let run = move |count| {
            let start = processor_time();
            operations(count);
            processor_time().saturating_sub(start)
        };
        Subject { name: name.into(), run: Box::new(run) }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many operations take about as long as `slice`. Warms up on the way.
    pub fn calibrate(&mut self, slice: Duration) -> u64 {
        let mut count = 16;
        loop {
            let took = (self.run)(count);
            if took >= slice / 4 {
                let count = count as f64 * slice.as_secs_f64() / took.as_secs_f64();
                return (count as u64).max(1);
            }
            count *= 2;
        }
    }

    /// Nanoseconds an operation, over so many.
    pub fn measure(&mut self, count: u64) -> f64 {
        (self.run)(count).as_secs_f64() * 1e9 / count as f64
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Runs subjects in rounds and prints medians and ratios.
#[derive(Debug)]
pub struct Rounds {
    title: String,
    rounds: usize,
    slice: Duration,
}

impl Rounds {
    /// As many rounds, each as long, as quickness allows.
    pub fn new(title: impl Into<String>) -> Rounds {
        let (rounds, slice) = if is_quick() { (3, 150) } else { (9, 500) };
        Rounds { title: title.into(), rounds, slice: Duration::from_millis(slice) }
    }

    /// Measures, prints a table, and returns the median nanoseconds of each subject.
    pub fn run(&self, subjects: &mut [Subject<'_>]) -> Vec<f64> {
        let counts: Vec<u64> = subjects.iter_mut().map(|subject| subject.calibrate(self.slice)).collect();
        let mut samples = vec![Vec::new(); subjects.len()];
        for _ in 0..self.rounds {
            for ((subject, samples), count) in subjects.iter_mut().zip(&mut samples).zip(&counts) {
                samples.push(subject.measure(*count));
            }
        }
        let rows = subjects.iter().zip(samples).map(|(subject, samples)| (subject.name.clone(), samples));
        table(&self.title, rows)
    }
}

/// Prints the medians of samples (nanoseconds an operation) as a table, with ratios to the first row; returns the
/// medians.
pub fn table(title: &str, rows: impl IntoIterator<Item = (String, Vec<f64>)>) -> Vec<f64> {
    println!("\n{title}");
    println!("| subject | an operation, median (min–max) | operations a second | time ÷ the first's |");
    println!("|---|---|---|---|");
    let mut medians: Vec<f64> = Vec::new();
    for (name, mut samples) in rows {
        samples.sort_by(f64::total_cmp);
        let (Some(min), Some(max)) = (samples.first(), samples.last()) else { continue };
        let median = samples[samples.len() / 2];
        let ratio = median / medians.first().unwrap_or(&median);
        let (unit, scale) = if median < 10_000.0 { ("ns", 1.0) } else { ("µs", 1_000.0) };
        println!(
            "| {name} | {:.1} {unit} ({:.1}–{:.1}) | {:.0} | {ratio:.2} |",
            median / scale,
            min / scale,
            max / scale,
            1e9 / median
        );
        medians.push(median);
    }
    medians
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_first() {
        let medians = table("title", [("a".to_owned(), vec![3.0, 1.0, 2.0]), ("b".to_owned(), vec![8.0])]);
        assert_eq!(medians, [2.0, 8.0]);
    }

    #[test]
    fn calibrating_ends_with_about_the_time_wanted() {
        let mut subject = Subject { name: "a".to_owned(), run: Box::new(Duration::from_micros) };
        assert_eq!(subject.calibrate(Duration::from_millis(10)), 10_000);
        assert_eq!(subject.measure(7), 1_000.0);
    }
}
