//! Two stores, and whether they answer alike.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use credenza_core::command::{Del, Expire, Expiry, GetVersioned, HGetAll, SMembers, Scan, VersionOf};
use credenza_core::{
    Batch, Check, Clock, Command, CommandId, CommandSet, Cursor, Found as Stood, Key, Mode, SystemClock,
    Version,
};

use super::action::{Action, Condition, LOOK_AWAY, MOMENT, Rules};
use super::near::{near, refused_alike};
use super::scores::shortest_scores;
use super::side::Side;
use super::text;
use crate::sampler::SeededSampler;
use crate::script::{Answer, Refusal, canonical};
use crate::suite::text_of;

/// No scan of a store this small takes so many steps.
const SCAN_STEPS: usize = 100_000;

/// Where they differ first.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The action; one more than there are if they differ in the end.
    pub(super) at: usize,
    pub(super) left: String,
    pub(super) right: String,
}

/// Two stores that get the same commands.
pub(super) struct Pair {
    sides: [Side; 2],
    /// Whether time passes by itself.
    live: bool,
    /// What was observed: version numbers are each store's own.
    observed: HashMap<usize, [Option<Version>; 2]>,
    /// The versions of each key that were seen last.
    seen: HashMap<Key, [Version; 2]>,
    lines: Option<Vec<String>>,
    pub(super) failed: usize,
}

impl Pair {
    /// `None` if the time of one passes by itself, and that of the other does not.
    pub(super) fn new(left: Side, right: Side) -> Option<Pair> {
        let live = match (left.clock(), right.clock()) {
            (Some(left), Some(right)) => {
                right.set(left.now());
                false
            }
            (None, None) => true,
            _ => return None,
        };
        Some(Pair {
            sides: [left, right],
            live,
            observed: HashMap::new(),
            seen: HashMap::new(),
            lines: None,
            failed: 0,
        })
    }

    /// The same, which writes down what it does.
    pub(super) fn noting(self) -> Pair {
        Pair { lines: Some(Vec::new()), ..self }
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }

    pub(super) fn names(&self) -> [String; 2] {
        self.sides.each_ref().map(Side::name)
    }

    pub(super) fn claims(&self) -> CommandSet {
        let [left, right] = self.sides.each_ref().map(|side| side.capabilities().commands);
        left.minus(left.minus(right))
    }

    fn has_atomic_batches(&self) -> bool {
        self.sides.iter().all(|side| side.capabilities().atomic_batches)
    }

    /// What may be done to them.
    pub(super) fn rules(&self) -> Rules {
        Rules { atomic: self.has_atomic_batches(), live: self.live, judged: self.is_judged() }
    }

    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    fn is_judged(&self) -> bool {
        self.sides.iter().any(|side| side.judge().is_some())
    }

    pub(super) fn now(&self) -> i64 {
        self.sides[0].clock().map_or_else(|| SystemClock.now(), |clock| clock.now())
    }

    /// Does it all; returns the first difference.
    pub(super) async fn play(&mut self, actions: &[Action]) -> Option<Found> {
        for (at, action) in actions.iter().enumerate() {
            let agreed = match action {
                Action::Advance(by) => {
                    self.advance(Duration::from_millis(*by)).await;
                    Ok(())
                }
                Action::Run(command) => self.run(command).await,
                Action::Lapse(key) => {
                    let agreed = self.run(&Expire::new(key, Expiry::In(MOMENT)).into()).await;
                    self.advance(LOOK_AWAY).await;
                    agreed
                }
                Action::Observe { key, id } => self.observe(key, *id).await,
                Action::Batch { mode, checks, commands } => {
                    let batch = Batch { mode: *mode, checks: Vec::new(), commands: commands.clone() };
                    self.batch(batch, checks).await
                }
            };
            if let Err([left, right]) = agreed {
                return Some(Found { at, left, right });
            }
        }
        let [left, right] = self.compare_state().await.err()?;
        Some(Found { at: actions.len(), left, right })
    }

    async fn advance(&mut self, by: Duration) {
        self.sides.iter().filter_map(Side::clock).for_each(|clock| clock.advance(by));
        if self.live {
            tokio::time::sleep(by).await;
        }
        self.note(|| format!("advance {}ms", by.as_millis()));
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(line());
        }
    }

    async fn both(&mut self, command: &Command) -> [Answer; 2] {
        let [left, right] = &self.sides;
        [left.run(command.clone()).await, right.run(command.clone()).await]
    }

    async fn run(&mut self, command: &Command) -> Agreed {
        if self.sides.iter().filter_map(Side::judge).any(|judge| !judge.is_certain_of(command)) {
            return Ok(());
        }
        match command {
            Command::SPop(_) | Command::SRandMember(_) | Command::HRandField(_) => {
                return self.pick(command).await;
            }
            Command::Scan(_) | Command::HScan(_) | Command::SScan(_) | Command::ZScan(_) => {
                return self.scan(command).await;
            }
            Command::IncrByFloat(_) | Command::HIncrByFloat(_) if self.is_judged() => {
                return self.sum(command).await;
            }
            _ => {}
        }
        let [left, right] = self.both(command).await;
        self.note(|| text::step(command, &left));
        self.failed += usize::from(matches!(left, Answer::Error(_)));
        self.agree(command, [&left, &right])?;
        match command {
            Command::GetVersioned(GetVersioned { key }) => {
                self.see(key, [version_in(&left), version_in(&right)])
            }
            _ => Ok(()),
        }
    }

    fn agree(&self, command: &Command, answers: [&Answer; 2]) -> Agreed {
        let masked = answers.map(|answer| mask(command, answer.clone()));
        let masked = if self.live { near(command, masked) } else { masked };
        agree(match self.is_judged() {
            true => refused_alike(masked.map(|answer| shortest_scores(command, answer))),
            false => masked,
        })
    }

    /// A sum that a judge computes with more digits: if they are not the same, what differs is deleted.
    async fn sum(&mut self, command: &Command) -> Agreed {
        let [left, right] = self.both(command).await;
        self.note(|| text::anything(command));
        self.failed += usize::from(matches!(left, Answer::Error(_)));
        let number = |answer: &Answer| match answer {
            Answer::Bulk(bytes) => std::str::from_utf8(bytes).ok()?.parse::<f64>().ok(),
            _ => None,
        };
        match (number(&left), number(&right)) {
            (Some(a), Some(b)) if left != right && (a - b).abs() <= a.abs() * 1e-12 => {
                self.delete_key_of(command).await
            }
            _ => self.agree(command, [&left, &right]),
        }
    }

    async fn delete_key_of(&mut self, command: &Command) -> Agreed {
        let key = command.keys().first().map(|key| (*key).clone()).unwrap_or_default();
        let delete = Del::new([&key]).into();
        let answers = self.both(&delete).await;
        self.note(|| text::step(&delete, &answers[0]));
        agree(answers)
    }

    /// A random pick: as many, and each could have been picked. If what is left may differ, it is deleted.
    async fn pick(&mut self, command: &Command) -> Agreed {
        let pops = command.id() == CommandId::SPop;
        let key = command.keys().first().map(|key| (*key).clone()).unwrap_or_default();
        let whole: Command = match command {
            Command::HRandField(_) => HGetAll::new(&key).into(),
            _ => SMembers::new(&key).into(),
        };
        let claimed = self.claims().contains(whole.id());
        let [before, _] = self.both(&whole).await;
        let [left, right] = self.both(command).await;
        self.note(|| text::anything(command));
        self.failed += usize::from(matches!(left, Answer::Error(_)));
        let alike = match (&left, &right) {
            (Answer::Array(left), Answer::Array(right)) => left.len() == right.len(),
            (Answer::Bulk(_), Answer::Bulk(_)) => true,
            _ => same(&left, &right),
        };
        let picked = |answer: &Answer| elements(answer).all(|one| elements(&before).any(|all| all == one));
        let possible = !claimed || picked(&left) && picked(&right);
        let repeats = |answer: &Answer| {
            let elements: Vec<_> = elements(answer).collect();
            elements
                .iter()
                .enumerate()
                .any(|(at, one)| elements.iter().skip(at + 1).any(|other| other == one))
        };
        let distinct = match command {
            Command::SPop(_) => true,
            Command::SRandMember(pick) => pick.count.is_none_or(|count| count >= 0),
            _ => false,
        };
        if !alike || !possible || distinct && (repeats(&left) || repeats(&right)) {
            return Err([shown(&left), shown(&right)]);
        }
        if pops && elements(&left).next().is_some() && self.claims().contains(CommandId::Del) {
            return self.delete_key_of(command).await;
        }
        Ok(())
    }

    async fn scan(&mut self, command: &Command) -> Agreed {
        let left = full_scan(&self.sides[0], command).await;
        let right = full_scan(&self.sides[1], command).await;
        self.note(|| text::scan(command, &left));
        self.failed += usize::from(matches!(left, Answer::Error(_)));
        agree([left, right])
    }

    async fn observe(&mut self, key: &Key, id: usize) -> Agreed {
        let answers = self.both(&VersionOf::new(key).into()).await;
        self.note(|| text::observation(key, id, &answers[0]));
        let versions = answers.each_ref().map(version_in);
        self.observed.insert(id, versions);
        match versions {
            [Some(_), Some(_)] => self.see(key, versions),
            _ => agree(answers),
        }
    }

    /// Versions rise, and change on both sides or on none.
    fn see(&mut self, key: &Key, versions: [Option<Version>; 2]) -> Agreed {
        let [Some(left), Some(right)] = versions else { return Ok(()) };
        let Some([old_left, old_right]) = self.seen.insert(key.clone(), [left, right]) else { return Ok(()) };
        let changed = [left != old_left, right != old_right];
        if changed[0] == changed[1] && left >= old_left && right >= old_right {
            return Ok(());
        }
        Err([(old_left, left), (old_right, right)]
            .map(|(old, new)| format!("version {} after {}", new.get(), old.get())))
    }

    async fn batch(&mut self, batch: Batch, conditions: &[Condition]) -> Agreed {
        let mut answers = Vec::new();
        for side in 0..2 {
            let checks = conditions.iter().map(|condition| self.check(condition, side)).collect();
            let batch = Batch { checks, ..batch.clone() };
            answers.push(self.sides[side].run_batch(batch).await);
        }
        let [(left, left_version), (right, right_version)] = &answers[..] else { return Ok(()) };
        self.note(|| text::batch(&batch, conditions, left));
        self.failed += match left {
            Answer::Array(answers) => {
                answers.iter().filter(|answer| matches!(answer, Answer::Error(_))).count()
            }
            _ => batch.commands.len(),
        };
        let index = batch.mode == Mode::Atomic || !self.is_judged();
        let masked = |answer: &Answer, command: &Command| match mask(command, answer.clone()) {
            // Who answers one after the other knows nothing of places.
            Answer::Error(refusal) if !index => Answer::Error(Refusal { index: None, ..refusal }),
            answer => answer,
        };
        match (left, right) {
            (Answer::Array(left), Answer::Array(right)) if left.len() == right.len() => {
                for ((left, right), command) in left.iter().zip(right).zip(&batch.commands) {
                    let (left, right) = (masked(left, command), masked(right, command));
                    self.agree(command, [&left, &right]).map_err(|[left, right]| {
                        [left, right].map(|answer| format!("{answer} to {}", text_of(command)))
                    })?;
                }
            }
            _ if self.is_judged() => agree(refused_alike([left.clone(), right.clone()]))?,
            _ => agree([left.clone(), right.clone()])?,
        }
        if self.is_judged() {
            return Ok(());
        }
        if left_version.is_some() != right_version.is_some() {
            return Err(
                [left_version, right_version].map(|version| format!("a batch with version {version:?}"))
            );
        }
        Ok(())
    }

    fn check(&self, condition: &Condition, side: usize) -> Check {
        match condition {
            Condition::Plain(check) => check.clone(),
            Condition::Version { key, observed } => match self.observed.get(observed) {
                Some(versions) => Check::version_equals(key, versions.get(side).copied().flatten()),
                // Shrunk away: a version that nothing has.
                None => Check::version_equals(key, Some(Version::new(u64::MAX))),
            },
        }
    }

    /// Everything that can be read.
    async fn compare_state(&mut self) -> Agreed {
        let mut keys: BTreeSet<Key> = SeededSampler::new(0).keys().iter().cloned().collect();
        if self.claims().contains(CommandId::Scan) {
            self.scan(&Scan::new(Cursor::START).count(100).into()).await?;
            if let Answer::Array(found) = full_scan(&self.sides[0], &Scan::new(Cursor::START).into()).await {
                keys.extend(found.into_iter().filter_map(|key| match key {
                    Answer::Bulk(bytes) => Some(Key::from(bytes)),
                    _ => None,
                }));
            }
        }
        let [left, right] = &self.sides;
        let (left, right) = (left.state(&keys).await, right.state(&keys).await);
        for ((read, left), (other, right)) in left.iter().zip(&right) {
            if read != other || self.agree(read, [left, right]).is_err() {
                self.note(|| text::step(read, left));
                return Err([
                    format!("{left} to {}", text_of(read)),
                    format!("{right} to {}", text_of(read)),
                ]);
            }
        }
        Ok(())
    }
}

/// Nothing, or what each answered.
type Agreed = Result<(), [String; 2]>;

fn agree([left, right]: [Answer; 2]) -> Agreed {
    if same(&left, &right) { Ok(()) } else { Err([shown(&left), shown(&right)]) }
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Error(refusal) => format!("{refusal} ({})", refusal.text),
        answer => answer.to_string(),
    }
}

/// Equal, but for the words of errors and the numbers of versions.
fn same(left: &Answer, right: &Answer) -> bool {
    match (left, right) {
        (Answer::Error(left), Answer::Error(right)) => {
            let plain = |refusal: &Refusal| {
                let found = match &refusal.found {
                    Some(Stood::Version(_)) => Some(Stood::Version(Version::new(0))),
                    found => found.clone(),
                };
                Refusal { text: String::new(), found, ..refusal.clone() }
            };
            plain(left) == plain(right)
        }
        (Answer::Array(left), Answer::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (left, right) => left == right,
    }
}

/// The answer without what may differ.
fn mask(command: &Command, answer: Answer) -> Answer {
    match (command, answer) {
        (Command::VersionOf(_), Answer::Int(_)) => Answer::Int(0),
        (Command::GetVersioned(_), Answer::Array(mut parts)) => {
            parts.truncate(1);
            Answer::Array(parts)
        }
        (command, answer) => canonical(command.id(), answer),
    }
}

fn version_in(answer: &Answer) -> Option<Version> {
    match answer {
        Answer::Int(number) => Some(Version::new(number.cast_unsigned())),
        Answer::Array(parts) => parts.last().and_then(version_in),
        _ => None,
    }
}

/// The elements of an answer that is one or several.
fn elements(answer: &Answer) -> impl Iterator<Item = &Answer> {
    match answer {
        Answer::Array(answers) => answers.as_slice(),
        Answer::Bulk(_) => std::slice::from_ref(answer),
        _ => &[],
    }
    .iter()
}

/// Scans to the end; everything that was found, each once, in order of its bytes.
async fn full_scan(side: &Side, command: &Command) -> Answer {
    let width = if matches!(command, Command::HScan(_) | Command::ZScan(_)) { 2 } else { 1 };
    let place = if matches!(command, Command::Scan(_)) { 1 } else { 2 };
    let mut words = command.words();
    let mut found: Vec<Vec<Answer>> = Vec::new();
    for _ in 0..SCAN_STEPS {
        let (next, items) = match shortest_scores(command, side.run_scan(command, &words).await) {
            Answer::Array(mut page) => match (page.pop(), page.pop()) {
                (Some(Answer::Array(items)), Some(Answer::Bulk(next))) => (next, items),
                _ => return Answer::Status("a page without a cursor".to_owned()),
            },
            answer => return answer,
        };
        found.extend(items.chunks(width).map(<[Answer]>::to_vec));
        if next.as_ref() == b"0" {
            found.sort_by_cached_key(|group| format!("{group:?}"));
            found.dedup();
            return Answer::Array(found.concat());
        }
        if let Some(cursor) = words.get_mut(place) {
            *cursor = next;
        }
    }
    Answer::Status("a scan without an end".to_owned())
}
