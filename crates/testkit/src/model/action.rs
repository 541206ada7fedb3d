//! What is done to both stores, and where it comes from.

use std::collections::HashMap;
use std::time::Duration;

use credenza_core::command::{Access, Sampler};
use credenza_core::{Check, Command, CommandId, Key, Mode};

use crate::sampler::SeededSampler;

/// A step.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Runs a command; a scan runs to its end.
    Run(Command),
    /// Reads a version, to be checked later.
    Observe { key: Key, id: usize },
    /// Runs a batch.
    Batch { mode: Mode, checks: Vec<Condition>, commands: Vec<Command> },
    /// Lets so many milliseconds pass, where a test can.
    Advance(u64),
    /// A key expires while nobody looks. One step, so that nothing ever comes between, a look least of all.
    Lapse(Key),
}

/// A check that means the same on both stores.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Plain(Check),
    /// The version that was observed then.
    Version {
        key: Key,
        observed: usize,
    },
}

impl Action {
    /// How many commands it runs.
    pub(super) fn commands(&self) -> usize {
        match self {
            Action::Run(_) | Action::Observe { .. } | Action::Lapse(_) => 1,
            Action::Batch { commands, .. } => commands.len(),
            Action::Advance(_) => 0,
        }
    }
}

/// Commands whose answer is a matter of chance, or of where a store keeps things: not in batches.
pub(super) fn varies(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::SPop
            | CommandId::SRandMember
            | CommandId::HRandField
            | CommandId::Scan
            | CommandId::HScan
            | CommandId::SScan
            | CommandId::ZScan
    )
}

/// Commands that mostly make less of what there is.
fn shrinks(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::Clear
            | CommandId::Del
            | CommandId::Expire
            | CommandId::GetDel
            | CommandId::GetEx
            | CommandId::LTrim
            | CommandId::LRem
            | CommandId::SPop
            | CommandId::SInterStore
            | CommandId::SDiffStore
            | CommandId::ZInterStore
            | CommandId::ZDiffStore
            | CommandId::ZRangeStore
            | CommandId::ZRemRangeByRank
            | CommandId::ZRemRangeByScore
            | CommandId::ZRemRangeByLex
    )
}

/// So many steps shrink nothing on purpose, then so many may, and so on: large and small keys both come up.
const TIDE: usize = 500;

/// What may be done to the two sides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Both have atomic batches.
    pub(super) atomic: bool,
    /// Time passes by itself: what expires does so while nobody looks, or not at all.
    pub(super) live: bool,
    /// One side is a judge.
    pub(super) judged: bool,
}

/// How long a key lives that is to expire while nobody looks, in milliseconds.
pub(super) const MOMENT: i64 = 1;
/// How long nobody looks.
pub(super) const LOOK_AWAY: Duration = Duration::from_millis(15);

/// Commands that a judge must be asked about one by one.
fn is_for_judges(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::IncrByFloat
            | CommandId::HIncrByFloat
            | CommandId::ZLexCount
            | CommandId::ZRange
            | CommandId::ZRangeStore
            | CommandId::ZRemRangeByLex
            | CommandId::LPos
    )
}

/// Makes actions.
pub(super) struct Generator {
    sampler: SeededSampler,
    /// How many steps were made.
    steps: usize,
    /// Commands as often as they are to be drawn.
    alone: Vec<CommandId>,
    growing: Vec<CommandId>,
    batched: Vec<CommandId>,
    rules: Rules,
    now: i64,
    expires: bool,
    versions: bool,
    observed: usize,
    /// The last observations of each key.
    known: HashMap<Key, usize>,
    /// Keys that were just written.
    touched: Vec<Key>,
}

impl Generator {
    pub(super) fn new(seed: u64, now: i64, among: &[CommandId], rules: Rules) -> Generator {
        let mut sampler = SeededSampler::new(seed);
        if rules.live {
            sampler.at(now);
            sampler.draw_lasting_times();
        }
        let versions = among.contains(&CommandId::VersionOf);
        let mut alone: Vec<CommandId> = Vec::new();
        for id in among {
            let times = match id {
                // Reading versions is an action of its own.
                CommandId::VersionOf => 0,
                // What deletes everything is drawn rarely, or nothing would ever grow.
                CommandId::Clear => 1,
                CommandId::HSet
                | CommandId::SAdd
                | CommandId::RPush
                | CommandId::LPush
                | CommandId::LInsert
                | CommandId::ZAdd
                | CommandId::Set => 32,
                _ => 8,
            };
            alone.extend(std::iter::repeat_n(*id, times));
        }
        let growing = alone.iter().copied().filter(|id| !shrinks(*id)).collect();
        let alone_only = |id: CommandId| varies(id) || rules.judged && is_for_judges(id);
        let batched = alone.iter().copied().filter(|id| !alone_only(*id)).collect();
        Generator {
            sampler,
            steps: 0,
            alone,
            growing,
            batched,
            rules,
            now,
            expires: among.contains(&CommandId::Expire),
            versions,
            observed: 0,
            known: HashMap::new(),
            touched: Vec::new(),
        }
    }

    pub(super) fn take(mut self, steps: usize) -> Vec<Action> {
        (0..steps).map_while(|_| self.next()).collect()
    }

    fn next(&mut self) -> Option<Action> {
        self.steps += 1;
        if self.versions
            && !self.touched.is_empty()
            && self.sampler.one_in(3)
            && let Some(key) = self.touched.pop()
        {
            return Some(self.observe(key));
        }
        self.touched.clear();
        Some(match self.sampler.below(20) {
            0 if self.rules.live => self.lapse()?,
            0 => {
                let by = if self.sampler.one_in(20) { 3_000 } else { self.sampler.below(400) };
                self.now += by as i64;
                self.sampler.at(self.now);
                Action::Advance(by as u64)
            }
            1 if !self.batched.is_empty() => self.batch(Mode::Pipelined)?,
            2 | 3 if self.rules.atomic && !self.batched.is_empty() => self.batch(Mode::Atomic)?,
            _ => {
                let among = if (self.steps / TIDE).is_multiple_of(2) { &self.growing } else { &self.alone };
                let command = self.sampler.command(among)?;
                self.touch(&command);
                Action::Run(command)
            }
        })
    }

    fn lapse(&mut self) -> Option<Action> {
        if !self.expires || !self.sampler.one_in(4) {
            let command = self.sampler.command(&self.growing)?;
            return Some(Action::Run(command));
        }
        Some(Action::Lapse(self.sampler.key()))
    }

    fn touch(&mut self, command: &Command) {
        if command.info().access == Access::Write {
            self.touched.extend(command.keys().into_iter().cloned());
        }
    }

    fn observe(&mut self, key: Key) -> Action {
        self.observed += 1;
        self.known.insert(key.clone(), self.observed);
        Action::Observe { key, id: self.observed }
    }

    fn batch(&mut self, mode: Mode) -> Option<Action> {
        let commands = (0..self.sampler.below(6))
            .map(|_| self.sampler.command(&self.batched.clone()))
            .collect::<Option<Vec<_>>>()?;
        commands.iter().for_each(|command| self.touch(command));
        let wanted = if mode == Mode::Atomic { self.sampler.below(3) } else { 0 };
        let checks = (0..wanted).map(|_| self.condition()).collect();
        Some(Action::Batch { mode, checks, commands })
    }

    fn condition(&mut self) -> Condition {
        self.sampler.favour(None);
        let key = self.sampler.key();
        let sampler = &mut self.sampler;
        Condition::Plain(match sampler.below(13) {
            0 => Check::absent(key),
            1 => Check::exists(key),
            2 => Check::value_equals(key, sampler.value()),
            3 => Check::field_equals(key, sampler.field(), sampler.value()),
            4 => Check::FieldAbsent { key, field: sampler.field() },
            5 => Check::FieldExists { key, field: sampler.field() },
            6 => Check::MemberPresent { key, member: sampler.member() },
            7 => Check::MemberAbsent { key, member: sampler.member() },
            8 => Check::score_equals(key, sampler.member(), sampler.float()),
            9 => Check::LengthAtMost { key, length: sampler.count() },
            _ => {
                // Of a key that was observed, or else of none.
                let mut keys: Vec<_> = self.known.iter().collect();
                keys.sort();
                let at = self.sampler.below(keys.len().max(1));
                let Some((key, observed)) = keys.get(at) else { return Condition::Plain(Check::absent(key)) };
                return Condition::Version { key: (*key).clone(), observed: **observed };
            }
        })
    }
}
