use std::time::Duration;

/// How a cache is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheConfig {
    /// How long a value stays at most, and so how old what is read can be when all else fails: a minute. One that expires earlier in the store below
    /// stays no longer than there.
    pub ttl: Duration,
    /// How long a write or a fill that does not come to its end keeps others from filling its keys: 10 seconds. Longer than a
    /// write to the store below takes.
    pub lease: Duration,
    /// How long the cache may take to answer before it is passed by: a quarter of a second.
    pub patience: Duration,
    /// Values of more bytes are not kept: 1 MiB.
    pub max_value: usize,
}

impl Default for CacheConfig {
    fn default() -> CacheConfig {
        CacheConfig {
            ttl: Duration::from_secs(60),
            lease: Duration::from_secs(10),
            patience: Duration::from_millis(250),
            max_value: 1 << 20,
        }
    }
}

/// What a cache did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Reads that the cache answered.
    pub hits: u64,
    /// Reads that were answered by the store below.
    pub misses: u64,
    /// Of these, reads that waited for one that was on its way already.
    pub joined: u64,
    /// Values that were put into the cache.
    pub fills: u64,
    /// How often the cache failed, and was passed by.
    pub failures: u64,
}
