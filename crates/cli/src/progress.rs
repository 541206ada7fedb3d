//! A line that shows how far a transfer is.
//!
//! One transfer at a time, one line, no threads: a crate for progress bars would bring a terminal library for it.

use std::io::{IsTerminal, Write};

use credenza::{Clock, SystemClock};

use crate::text::bytes;

/// Short transfers show nothing, and long ones not more often than anybody can read: milliseconds.
const PATIENCE: i64 = 500;
const PAUSE: i64 = 100;
/// Characters of the bar.
const BAR: usize = 24;

/// How far a transfer is.
#[derive(Debug)]
pub(crate) struct Progress<W: Write = std::io::Stderr, C: Clock = SystemClock> {
    /// Where it is drawn; nowhere unless that is a terminal.
    to: Option<W>,
    clock: C,
    label: String,
    done: u64,
    total: Option<u64>,
    started: i64,
    drawn: Option<i64>,
    /// How long the line is that stands there.
    length: usize,
}

impl Progress {
    /// A transfer that begins now. Draws on standard error if that is a terminal, unless it is to be quiet.
    pub(crate) fn new(quiet: bool) -> Progress {
        let stderr = std::io::stderr();
        Progress::on((!quiet && stderr.is_terminal()).then_some(stderr), SystemClock)
    }
}

impl<W: Write, C: Clock> Progress<W, C> {
    fn on(to: Option<W>, clock: C) -> Progress<W, C> {
        let started = clock.now();
        Progress { to, label: String::new(), done: 0, total: None, started, drawn: None, clock, length: 0 }
    }

    /// What is counted from now on: so many bytes in all, if that is known.
    pub(crate) fn expect(&mut self, total: Option<u64>) {
        self.total = total;
    }

    /// What stands before the bar.
    pub(crate) fn label(&mut self, label: String) {
        self.label = label;
    }

    /// So many bytes more.
    pub(crate) fn advance(&mut self, count: u64) {
        self.done = self.done.saturating_add(count);
        if self.to.is_none() {
            return;
        }
        let now = self.clock.now();
        if now
            >= self.drawn.map_or(self.started.saturating_add(PATIENCE), |drawn| drawn.saturating_add(PAUSE))
        {
            self.draw(now);
        }
    }

    /// Wipes the line, so that something else can be printed.
    pub(crate) fn clear(&mut self) {
        if let Some(to) = &mut self.to
            && self.length > 0
        {
            // Nothing depends on what is drawn.
            let _ = write!(to, "\r{:1$}\r", "", self.length).and_then(|()| to.flush());
            self.length = 0;
        }
    }

    fn draw(&mut self, now: i64) {
        let line = self.line(now);
        let length = line.chars().count();
        if let Some(to) = &mut self.to {
            let _ = write!(to, "\r{line:0$}", self.length).and_then(|()| to.flush());
        }
        (self.drawn, self.length) = (Some(now), length);
    }

    /// `[######      ]  45%  1.2 GiB of 2.7 GiB  310.0 MiB/s  5s left`: in less than 80 columns.
    fn line(&self, now: i64) -> String {
        let seconds = now.saturating_sub(self.started).max(1) as f64 / 1000.0;
        let speed = self.done as f64 / seconds;
        let mut parts = Vec::new();
        if !self.label.is_empty() {
            parts.push(self.label.clone());
        }
        match self.total.filter(|total| *total > 0) {
            Some(total) => {
                let share = (self.done as f64 / total as f64).min(1.0);
                let full = (share * BAR as f64) as usize;
                parts.push(format!("[{:<BAR$}] {:3.0}%", "#".repeat(full), (share * 100.0).floor()));
                parts.push(format!("{} of {}", bytes(self.done), bytes(total)));
            }
            None => parts.push(bytes(self.done)),
        }
        parts.push(format!("{}/s", bytes(speed as u64)));
        if let Some(total) = self.total
            && self.done > 0
        {
            parts.push(format!("{} left", time(total.saturating_sub(self.done) as f64 / speed)));
        }
        parts.join("  ")
    }
}

impl<W: Write, C: Clock> Drop for Progress<W, C> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A time for people: `5s`, `2m05s`, `3h20m`.
fn time(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use credenza::ManualClock;

    use super::*;

    fn at(
        clock: &Arc<ManualClock>,
        screen: &mut Vec<u8>,
        work: impl FnOnce(&mut Progress<&mut Vec<u8>, Arc<ManualClock>>),
    ) {
        let mut progress = Progress::on(Some(screen), Arc::clone(clock));
        work(&mut progress);
    }

    #[test]
    fn a_long_transfer_is_drawn_and_wiped() {
        let (clock, mut screen) = (Arc::new(ManualClock::at(7)), Vec::new());
        at(&clock, &mut screen, |progress| {
            progress.expect(Some(4 << 20));
            progress.advance(1 << 20);
            assert!(progress.drawn.is_none(), "too early");
            clock.advance(Duration::from_secs(1));
            progress.advance(1 << 20);
            assert_eq!(
                progress.length,
                "[############            ]  50%  2.0 MiB of 4.0 MiB  2.0 MiB/s  1s left".len()
            );
            progress.advance(1 << 20);
            clock.advance(Duration::from_millis(99));
            progress.advance(1 << 10);
            assert_eq!(progress.drawn, Some(1007), "too soon after the last");
        });
        let screen = String::from_utf8(screen).unwrap();
        let line = "[############            ]  50%  2.0 MiB of 4.0 MiB  2.0 MiB/s  1s left";
        assert_eq!(screen, format!("\r{line}\r{}\r", " ".repeat(line.len())));
    }

    #[test]
    fn a_short_transfer_shows_nothing() {
        let (clock, mut screen) = (Arc::new(ManualClock::at(7)), Vec::new());
        at(&clock, &mut screen, |progress| {
            clock.advance(Duration::from_millis(499));
            progress.advance(1 << 30);
        });
        assert!(screen.is_empty());
    }

    #[test]
    fn without_a_total_there_is_no_bar() {
        let (clock, mut screen) = (Arc::new(ManualClock::at(7)), Vec::new());
        at(&clock, &mut screen, |progress| {
            progress.label("17 files".to_owned());
            clock.advance(Duration::from_secs(2));
            progress.advance(3 << 20);
        });
        assert!(String::from_utf8(screen).unwrap().starts_with("\r17 files  3.0 MiB  1.5 MiB/s\r"));
    }

    #[test]
    fn times() {
        assert_eq!(
            [0.0, 0.1, 59.0, 60.0, 125.0, 12_000.0].map(time),
            ["0s", "1s", "59s", "1m00s", "2m05s", "3h20m"]
        );
    }
}
