//! Random commands, the same for the same seed.

use credenza_core::command::{Group, Sampler};
use credenza_core::{CommandId, Field, Key, Member, Pattern, Random, SeededRandom, Value};

/// Makes random commands from small pools, so that keys collide, kinds mix, and numbers overflow.
///
/// ```
/// use credenza_core::CommandId;
/// use credenza_testkit::sampler::SeededSampler;
///
/// let mut sampler = SeededSampler::new(42);
/// let command = CommandId::LPush.sample(&mut sampler);
/// assert_eq!(command.info().name, "LPUSH");
/// assert_eq!(command, CommandId::LPush.sample(&mut SeededSampler::new(42)));
/// ```
#[derive(Debug)]
pub struct SeededSampler {
    random: SeededRandom,
    keys: Vec<Key>,
    favourites: Option<Group>,
    now: i64,
    /// Whether what expires does so at once or in some minutes, and never in between.
    lasting: bool,
}

/// Which keys mostly hold which kind of value.
const POOLS: [(Group, &[&str]); 5] = [
    (Group::Strings, &["s1", "s2", "s3", "s4"]),
    (Group::Hashes, &["h1", "h2", "h3"]),
    (Group::Sets, &["e1", "e2", "e3"]),
    (Group::Lists, &["l1", "l2", "l3"]),
    (Group::SortedSets, &["z1", "z2", "z3"]),
];

const NAMES: &[&[u8]] = &[b"a", b"b", b"c", b"d", b"ab", b"", b"\0", b"\xff", b"1", b"01"];

const TEXTS: &[&[u8]] = &[
    b"",
    b"a",
    b"b",
    b"ab",
    b"\0\xff",
    b"0",
    b"1",
    b"-1",
    b"10",
    b"1.5",
    b"-0",
    b"01",
    b" 1",
    b"3.0e3",
    b"inf",
    b"nan",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"0.1",
];

const PATTERNS: &[&[u8]] =
    &[b"*", b"a*", b"?", b"[a-c]", b"[^a]*", b"*1", b"s*", b"h?", b"\\a", b"", b"a", b"[", b"l[12]"];

const INTS: &[i64] = &[
    0,
    1,
    2,
    3,
    5,
    -1,
    -2,
    -3,
    -5,
    10,
    100,
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    i64::MIN + 1,
    1 << 62,
    -(1 << 62),
];

const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    2.0,
    -1.0,
    0.5,
    1.5,
    0.1,
    -2.5,
    3.0,
    100.0,
    1e15,
    1e17,
    1e300,
    -1e300,
    1e-7,
    f64::MAX,
    9_007_199_254_740_993.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// The shortest of lasting times.
const MINUTES: i64 = 300_000;

impl SeededSampler {
    /// A sampler that starts at a seed.
    pub fn new(seed: u64) -> SeededSampler {
        let keys = POOLS.iter().flat_map(|(_, keys)| keys.iter().map(|key| Key::from(*key)));
        SeededSampler {
            random: SeededRandom::new(seed),
            keys: keys.collect(),
            favourites: None,
            now: 0,
            lasting: false,
        }
    }

    /// The same with other keys, each as likely as the others.
    #[must_use]
    pub fn with_keys<K: Into<Key>>(mut self, keys: impl IntoIterator<Item = K>) -> SeededSampler {
        self.keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// The keys it draws from.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// From now on mostly draws keys that mostly hold what commands of this group work on; with `None`, any.
    pub fn favour(&mut self, group: Option<Group>) {
        self.favourites = group;
    }

    /// Draws points in time from around this one on, in milliseconds since the epoch.
    pub fn at(&mut self, now: i64) {
        self.now = now;
    }

    /// From now on keys live for minutes at least, or expire at once: for stores whose time passes by itself, where a key
    /// that expires soon is there or not by chance.
    pub fn draw_lasting_times(&mut self) {
        self.lasting = true;
    }

    /// Draws a command among these, with keys that suit it.
    pub fn command(&mut self, among: &[CommandId]) -> Option<credenza_core::Command> {
        let id = *among.get(self.below(among.len().max(1)))?;
        let group = match id.info().group {
            // What moves keys around mostly stays with one kind, or all kinds would soon be mixed up.
            Group::Keys => self.pick(&POOLS).0,
            Group::Extensions => Group::Strings,
            group => group,
        };
        self.favour(Some(group));
        Some(id.sample(self))
    }

    fn pick<T: Copy>(&mut self, pool: &[T]) -> T {
        pool[self.below(pool.len())]
    }
}

impl Sampler for SeededSampler {
    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound as u64) as usize
    }

    fn key(&mut self) -> Key {
        let favoured = POOLS.iter().find(|(group, _)| Some(*group) == self.favourites);
        match favoured {
            Some((_, keys)) if !self.one_in(15) => {
                let key = Key::from(self.pick(keys));
                if self.keys.contains(&key) { key } else { self.any_key() }
            }
            _ => self.any_key(),
        }
    }

    fn field(&mut self) -> Field {
        self.name().into()
    }

    fn member(&mut self) -> Member {
        self.name().into()
    }

    fn value(&mut self) -> Value {
        match self.below(8) {
            0 => Value::from(vec![b'x'; self.below(300)]),
            1 => Value::from(self.int()),
            _ => Value::from(self.pick(TEXTS)),
        }
    }

    fn pattern(&mut self) -> Pattern {
        Pattern::from(self.pick(PATTERNS))
    }

    fn int(&mut self) -> i64 {
        match self.below(3) {
            0 => self.pick(INTS),
            _ => self.below(13) as i64 - 6,
        }
    }

    fn count(&mut self) -> u64 {
        match self.below(12) {
            0 => self.pick(&[0, 0, 100, i64::MAX as u64, 1 << 40]),
            _ => self.below(6) as u64,
        }
    }

    fn float(&mut self) -> f64 {
        match self.below(3) {
            0 => self.pick(FLOATS),
            _ => self.below(9) as f64 / 2.0 - 2.0,
        }
    }

    fn ttl(&mut self) -> i64 {
        match self.below(10) {
            0 if self.lasting => self.pick(&[0, -1, i64::MAX, i64::MIN]),
            _ if self.lasting => MINUTES + self.below(900_000) as i64,
            0 => self.pick(&[0, -1, 1, i64::MAX, i64::MIN]),
            _ => 1 + self.below(3000) as i64,
        }
    }

    fn time(&mut self) -> i64 {
        match self.below(10) {
            0 if self.lasting => self.pick(&[0, -1, 1, i64::MAX]),
            _ if self.lasting => self.now.saturating_add(MINUTES + self.below(900_000) as i64),
            0 => self.pick(&[0, -1, 1, i64::MAX, self.now]),
            _ => self.now.saturating_add(self.below(3000) as i64 - 500),
        }
    }
}

impl SeededSampler {
    /// Mostly one of a few, so that they collide; now and then one of many, so that collections grow.
    fn name(&mut self) -> Vec<u8> {
        match self.below(5) {
            0 => format!("n{}", self.below(150)).into_bytes(),
            _ => self.pick(NAMES).to_vec(),
        }
    }

    fn any_key(&mut self) -> Key {
        let index = self.below(self.keys.len());
        self.keys.get(index).cloned().unwrap_or_default()
    }
}
