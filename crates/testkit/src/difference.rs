//! Where two stores differ, and the shortest way there.

use std::fmt;

/// Where two stores differ. Printed, it is the shortest transcript that was found.
#[derive(Clone, Debug)]
pub struct Difference {
    pub(crate) seed: u64,
    pub(crate) lines: Vec<String>,
    pub(crate) left: (String, String),
    pub(crate) right: (String, String),
}

impl Difference {
    /// The transcript that leads to the difference, with the answers of the first store: a script.
    pub fn script(&self) -> String {
        self.lines.join("\n")
    }

    pub(crate) fn without_transcript(seed: u64, message: String) -> Difference {
        let nobody = (String::new(), String::new());
        Difference { seed, lines: vec![message], left: nobody.clone(), right: nobody }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "two stores differ (seed {}):\n", self.seed)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        let ((left, left_answer), (right, right_answer)) = (&self.left, &self.right);
        writeln!(f, "\n# {left} answered {left_answer}\n# {right} answered {right_answer}")
    }
}

impl std::error::Error for Difference {}

/// The steps that are left when none can be left out any more: `differs` tries some on fresh stores and tells at which
/// the stores differ, if they do (the number of steps: in the end). It is asked `tries` times at most.
pub(crate) async fn shorten<T: Clone>(
    mut steps: Vec<T>,
    at: usize,
    tries: usize,
    mut differs: impl AsyncFnMut(&[T]) -> Option<usize>,
) -> Vec<T> {
    steps.truncate(at.saturating_add(1));
    let mut tried = 0;
    let mut width = steps.len().div_ceil(2);
    loop {
        let (mut start, mut removed) = (0, false);
        while start < steps.len() && tried < tries {
            tried += 1;
            let mut fewer = steps.clone();
            fewer.drain(start..(start + width).min(steps.len()));
            match differs(&fewer).await {
                Some(at) => {
                    fewer.truncate(at.saturating_add(1));
                    (steps, removed) = (fewer, true);
                }
                None => start += width,
            }
        }
        match width {
            _ if tried >= tries => return steps,
            0 | 1 if !removed => return steps,
            0 | 1 => {}
            _ => width = width.div_ceil(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differs at the first 7 that follows a 3.
    fn first(steps: &[u32]) -> Option<usize> {
        let three = steps.iter().position(|step| *step == 3)?;
        Some(three + steps.iter().skip(three).position(|step| *step == 7)?)
    }

    #[tokio::test]
    async fn what_does_not_matter_is_left_out() {
        let steps: Vec<u32> = (0..100).collect();
        let at = first(&steps).unwrap();
        assert_eq!(shorten(steps, at, 1_000, async |steps| first(steps)).await, [3, 7]);
    }

    #[tokio::test]
    async fn it_gives_up_after_so_many_tries_with_what_still_differs() {
        let steps: Vec<u32> = (0..100).collect();
        let mut tried = 0;
        let short = shorten(steps, 7, 2, async |steps| {
            tried += 1;
            first(steps)
        });
        assert!(first(&short.await).is_some());
        assert_eq!(tried, 2);
    }
}
