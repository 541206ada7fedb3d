//! What the suites tell besides passing or failing: the testkit writes it into a file, a few words a line.

/// What one suite told of one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// What kind of store it is: `key-value`, `blobs`, `databases`.
    pub(super) kind: String,
    /// The store, with the decorators around it.
    pub(super) store: String,
    pub(super) groups: Vec<Group>,
    pub(super) abilities: Vec<(String, bool)>,
    pub(super) commands: Vec<Command>,
}

/// A family of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) passed: usize,
    pub(super) skipped: usize,
}

/// A command, and what was proved of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) claimed: bool,
    /// How many cases that passed need it.
    pub(super) proofs: usize,
}

/// What stands in the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) told: Vec<Told>,
    /// Servers that could not be had.
    pub(super) skipped: Vec<String>,
}

impl Report {
    /// Reads it. What is not understood is an error: the testkit and this program are of one commit.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut report = Self::default();
        for line in text.lines() {
            report.take(line).ok_or_else(|| format!("a line of the report is not understood: {line}"))?;
        }
        Ok(report)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split('\t').collect();
        if let ["skipped", why] = words[..] {
            self.skipped.push(why.to_owned());
            return Some(());
        }
        if let ["suite", kind, store] = words[..] {
            let (kind, store) = (kind.to_owned(), store.to_owned());
            let empty = Told { kind, store, groups: Vec::new(), abilities: Vec::new(), commands: Vec::new() };
            self.told.push(empty);
            return Some(());
        }
        let told = self.told.last_mut()?;
        match words[..] {
            ["group", name, passed, skipped, _failed] => {
                let (passed, skipped) = (passed.parse().ok()?, skipped.parse().ok()?);
                told.groups.push(Group { name: name.to_owned(), passed, skipped });
            }
            ["can", what, can] => told.abilities.push((what.to_owned(), can == "1")),
            ["command", group, name, claimed, proofs] => {
                let (group, name, claimed) = (group.to_owned(), name.to_owned(), claimed == "1");
                told.commands.push(Command { group, name, claimed, proofs: proofs.parse().ok()? });
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_the_testkit_writes_it() {
        let text = "suite\tkey-value\tmemory\ngroup\tsorted sets\t7\t1\t0\ncan\tversions\t1\n\
                    command\tstrings\tGET\t1\t12\ncommand\tkeys\tDEL\t0\t0\nskipped\tPostgres 16: not there\n";
        let report = Report::read(text).unwrap();
        assert_eq!(report.skipped, ["Postgres 16: not there"]);
        let told = &report.told[0];
        assert_eq!((told.kind.as_str(), told.store.as_str()), ("key-value", "memory"));
        assert_eq!(told.groups, [Group { name: "sorted sets".to_owned(), passed: 7, skipped: 1 }]);
        assert_eq!(told.abilities, [("versions".to_owned(), true)]);
        let get = Command { group: "strings".to_owned(), name: "GET".to_owned(), claimed: true, proofs: 12 };
        assert_eq!(told.commands[0], get);
        assert!(!told.commands[1].claimed);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for text in ["group\ta\t1\t0\t0", "suite\tkey-value", "suite\ta\tb\ncommand\ta\tB\t1\tmany", "\n"] {
            assert!(Report::read(text).unwrap_err().contains("not understood"), "{text}");
        }
    }
}
