//! Steps, for people and for programs.

use credenza::db::Timestamp;
use credenza_migrations::{Planned, State, Status};
use serde::Serialize;

use crate::Exit;
use crate::table::Table;
use crate::text::{count, json_lines, print};

/// How steps are shown.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) module: String,
    pub(super) json: bool,
}

/// A step, for programs.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    module: &'a str,
    version: u64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
    /// In milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statements: Option<&'a [String]>,
}

impl Output {
    /// How steps stand.
    pub(super) fn steps(&self, status: &[Status]) -> Result<(), Exit> {
        if self.json {
            let line = status.iter().map(|step| Line {
                state: Some(step.state.name()),
                checksum: Some(step.checksum.to_string()),
                applied_at: step.applied_at,
                ..self.line(step.version, &step.name)
            });
            return print(json_lines(&line.collect::<Vec<_>>()));
        }
        let row = |step: &Status| {
            let at = step.applied_at.map_or("-".to_owned(), |at| Timestamp::from_millis(at).to_string());
            vec![step.version.to_string(), step.name.clone(), step.state.name().to_owned(), at]
        };
        print(Table::new(["VERSION", "NAME", "STATE", "APPLIED"]).rows(status.iter().map(row)))
    }

    /// What would be run.
    pub(super) fn plan(&self, plan: &[Planned]) -> Result<(), Exit> {
        if self.json {
            let line = plan.iter().map(|step| Line {
                checksum: Some(step.checksum.to_string()),
                statements: Some(&step.statements),
                ..self.line(step.version, &step.name)
            });
            return print(json_lines(&line.collect::<Vec<_>>()));
        }
        let step = |step: &Planned| {
            let statements: String = step.statements.iter().map(|sql| format!("{sql};\n")).collect();
            format!("-- step {} {}\n{statements}", step.version, step.name)
        };
        print(plan.iter().map(step).collect::<Vec<_>>().join("\n"))
    }

    /// What was applied.
    pub(super) fn applied(&self, applied: &[(u64, String)], before: usize) -> Result<(), Exit> {
        if self.json {
            let line = applied.iter().map(|(version, name)| self.line(*version, name));
            return print(json_lines(&line.collect::<Vec<_>>()));
        }
        let steps: String =
            applied.iter().map(|(version, name)| format!("applied {version} {name}\n")).collect();
        print(format!("{steps}{} applied, {before} before\n", count(applied.len() as u64, "step")))
    }

    /// What was found in order.
    pub(super) fn verified(&self, status: &[Status]) -> Result<(), Exit> {
        if self.json {
            return self.steps(status);
        }
        let pending = status.iter().filter(|step| step.state == State::Pending).count();
        let applied = count((status.len() - pending) as u64, "step");
        print(format!("{applied} applied as written, {pending} pending\n"))
    }

    fn line<'a>(&'a self, version: u64, name: &'a str) -> Line<'a> {
        Line { module: &self.module, version, name, ..Line::default() }
    }
}
