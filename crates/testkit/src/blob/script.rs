//! Transcripts of the verbs.

use credenza_core::blob::BlobStore;

use super::operation::{Need, Operation, Said, state};
use crate::script::{Answer, Failure, Known, Pattern, Reader, Word};

/// A transcript that was read.
#[derive(Debug)]
pub(crate) struct Script(Vec<Step>);

#[derive(Debug)]
struct Step {
    /// As it was written.
    text: String,
    words: Vec<Word>,
    /// What must come back; without, anything but an error.
    expect: Option<Pattern>,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The line that is not understood, and why.
    pub(crate) fn parse(text: &str) -> Result<Script, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let steps = lines.map(|line| Step::read(line).map_err(|why| format!("{line}: {why}")));
        Ok(Script(steps.collect::<Result<_, _>>()?))
    }

    /// What a store must be able to do to be tested with it.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let known = Known::default();
        let operations = self.0.iter().filter_map(|step| step.operation(&known).ok());
        operations.flat_map(|operation| operation.needs()).collect()
    }

    /// Plays the script from the first step to the last; returns every step that went wrong.
    pub(crate) async fn play(&self, store: &dyn BlobStore) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut known = Known { varies: !store.capabilities().content_tags, ..Known::default() };
        for step in &self.0 {
            let failed = |expected: &str, got: String| Failure {
                step: step.text.clone(),
                expected: expected.to_owned(),
                got,
            };
            let operation = match step.operation(&known) {
                Ok(operation) => operation,
                Err(why) => {
                    failures.push(failed("a step that can be read", why));
                    continue;
                }
            };
            let still = operation.only_reads() || step.expect.as_ref().is_some_and(Pattern::has_error);
            let before = if still { state(store).await } else { Vec::new() };
            let answer = operation.run(store).await;
            let after = if still { state(store).await } else { Vec::new() };

            let fits = match &step.expect {
                Some(pattern) => pattern.matches(&answer, &mut known),
                None => !matches!(answer, Answer::Error(_)),
            };
            if !fits {
                failures.push(failed(step.expected(), shown(&answer)));
            } else if let Answer::Error(refusal) = &answer
                && !refusal.not_applied
            {
                failures.push(failed("an error that says that nothing was changed", refusal.text.clone()));
            }
            if before != after {
                failures
                    .push(failed(&format!("no change, and before was {before:#?}"), format!("{after:#?}")));
            }
        }
        failures
    }
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Error(refusal) => format!("{refusal} ({})", refusal.text),
        answer => answer.to_string(),
    }
}

impl Step {
    fn read(line: &str) -> Result<Step, String> {
        let mut reader = Reader::new(line);
        let mut words = Vec::new();
        while !reader.is_done() && !reader.rest().starts_with("=>") {
            words.push(reader.word()?);
        }
        let expect = if reader.eat("=>") { Some(Pattern::read(&mut reader)?) } else { None };
        if !reader.is_done() {
            return Err(format!("{:?} is left over", reader.rest()));
        }
        let step = Step { text: line.trim().to_owned(), words, expect };
        // Variables have no values yet, but what they are for must be a place for them.
        step.operation(&Known::default())?;
        Ok(step)
    }

    fn operation(&self, known: &Known) -> Result<Operation, String> {
        let said = |word: &Word| Said { bytes: word.value(known), bare: matches!(word, Word::Text(_)) };
        Operation::read(&self.words.iter().map(said).collect::<Vec<_>>())
    }

    fn expected(&self) -> &str {
        self.text.split_once("=>").map_or("no error", |(_, expected)| expected.trim())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for line in [
            r#"PUT "a" "b" type "text/plain" meta "x" "\xc3\xbc" md5 5d41402abc4b2a76b9719d911017c592 if-absent"#,
            r#"GET "a" 1..2 if-none-match x if-none-match y"#,
            r#"GET "a" -5"#,
            r#"DELETE "a" "if-absent" if-match x"#,
            r#"LIST prefix "p" delimiter "/" after "k" limit 3 cursor "c""#,
            r#"COPY "a" "b" from-if-match x to-if-absent"#,
        ] {
            let script = Script::parse(line).unwrap();
            let operation = script.0[0].operation(&Known::default()).unwrap();
            assert_eq!(operation.to_string(), line);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in
            ["PUT a", "GET", "MOVE a b", "PUT a b if-absent if-exists", "GET a 1-2", "HEAD a =>", "LIST a b"]
        {
            assert!(Script::parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_variable_is_a_word() {
        let script = Script::parse("GET k if-match $a").unwrap();
        let mut known = Known::default();
        known.variables.insert("a".to_owned(), Answer::Bulk(Bytes::from_static(b"tag")));
        assert_eq!(script.0[0].operation(&known).unwrap().to_string(), r#"GET "k" if-match tag"#);
    }
}
