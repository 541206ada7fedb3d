//! Every statement. A constant is both the text and the key in the cache of prepared statements.

/// The distance between neighbours of a list that was filled at its ends. The statements below repeat it.
pub(crate) const STEP: i64 = 1 << 20;

// ---- transactions

pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
pub(crate) const BEGIN_READ: &str = "BEGIN DEFERRED";
pub(crate) const COMMIT: &str = "COMMIT";
pub(crate) const ROLLBACK: &str = "ROLLBACK";
pub(crate) const SAVE: &str = "SAVEPOINT batch";
pub(crate) const UNDO: &str = "ROLLBACK TO batch";
pub(crate) const RELEASE: &str = "RELEASE batch";
pub(crate) const DATA_VERSION: &str = "PRAGMA data_version";
/// How many objects there are, and whether the records of migrations are one of them.
pub(crate) const OBJECTS: &str =
    "SELECT count(*), count(*) FILTER (WHERE name = 'credenza_migrations') FROM sqlite_schema";
pub(crate) const RESERVE: &str = "UPDATE counter SET next = next + ?2 WHERE name = ?1 RETURNING next";

/// How many pages the log has, and how many of them are in the file.
pub(crate) const LOG_SIZE: &str = "PRAGMA wal_checkpoint(NOOP)";
/// Moves pages from the log into the file without making anybody wait.
pub(crate) const MOVE_LOG: &str = "PRAGMA wal_checkpoint(PASSIVE)";

// ---- keys

pub(crate) const FIND: &str = "SELECT form, expires_at, version, len, id FROM keys WHERE key = ?1";
pub(crate) const CREATE: &str =
    "INSERT INTO keys (key, form, expires_at, version, len, id) VALUES (?1, ?2, NULL, ?3, 0, ?4)";
pub(crate) const RESIZE: &str = "UPDATE keys SET len = ?2, version = ?3, form = ?4 WHERE key = ?1";
pub(crate) const REMOVE: &str = "DELETE FROM keys WHERE key = ?1";
pub(crate) const SET_EXPIRY: &str = "UPDATE keys SET expires_at = ?2, version = ?3 WHERE key = ?1";
pub(crate) const RENAME: &str = "UPDATE keys SET key = ?2, version = ?3 WHERE key = ?1";
pub(crate) const COPY: &str = "INSERT INTO keys (key, form, expires_at, version, len, id, value) \
     SELECT ?2, form, expires_at, ?3, len, ?4, value FROM keys WHERE key = ?1";
pub(crate) const SCAN: &str = "SELECT key, form, expires_at FROM keys WHERE key >= ?1 ORDER BY key LIMIT ?2";
pub(crate) const SCAN_BELOW: &str =
    "SELECT key, form, expires_at FROM keys WHERE key >= ?1 AND key < ?3 ORDER BY key LIMIT ?2";
pub(crate) const DUE: &str = "SELECT key, form, len, id FROM keys WHERE expires_at <= ?1 LIMIT ?2";

// `Clear`: of one prefix, and of everything that is at or above a key.
pub(crate) const LIVE: &str =
    "SELECT count(*) FROM keys WHERE key >= ?1 AND (expires_at IS NULL OR expires_at > ?2)";
pub(crate) const LIVE_BELOW: &str =
    "SELECT count(*) FROM keys WHERE key >= ?1 AND (expires_at IS NULL OR expires_at > ?2) AND key < ?3";
pub(crate) const DISCARD_RANGE: &str =
    "INSERT INTO garbage (id, form) SELECT id, form FROM keys WHERE key >= ?1 AND id <> 0";
pub(crate) const DISCARD_RANGE_BELOW: &str =
    "INSERT INTO garbage (id, form) SELECT id, form FROM keys WHERE key >= ?1 AND id <> 0 AND key < ?2";
pub(crate) const CLEAR: &str = "DELETE FROM keys WHERE key >= ?1";
pub(crate) const CLEAR_BELOW: &str = "DELETE FROM keys WHERE key >= ?1 AND key < ?2";

// ---- strings; the value of a row with `id <> 0` is in `big`

pub(crate) const FIND_STRING: &str = "SELECT form, expires_at, version, len, id, \
     CASE WHEN id = 0 THEN value WHEN form = 0 AND len <= ?2 THEN (SELECT big.value FROM big WHERE big.id = keys.id) END \
     FROM keys WHERE key = ?1";
/// What `GET` needs of [`FIND_STRING`].
pub(crate) const GET: &str = "SELECT form, expires_at, CASE WHEN id = 0 THEN value \
     WHEN form = 0 AND len <= ?2 THEN (SELECT big.value FROM big WHERE big.id = keys.id) END FROM keys WHERE key = ?1";
/// Changes nothing where the row owns something: children, or a big value.
pub(crate) const PUT_STRING: &str = "INSERT INTO keys (key, form, expires_at, version, len, id, value) \
     VALUES (?1, 0, ?2, ?3, ?4, 0, ?5) ON CONFLICT (key) DO UPDATE SET \
     expires_at = excluded.expires_at, version = excluded.version, len = excluded.len, value = excluded.value \
     WHERE keys.id = 0";
pub(crate) const PUT_BIG_KEY: &str = "INSERT INTO keys (key, form, expires_at, version, len, id, value) \
     VALUES (?1, 0, ?2, ?3, ?4, ?5, NULL) ON CONFLICT (key) DO UPDATE SET form = 0, \
     expires_at = excluded.expires_at, version = excluded.version, len = excluded.len, id = excluded.id, value = NULL";
pub(crate) const BIG_PUT: &str = "INSERT INTO big (id, value) VALUES (?1, ?2)";
pub(crate) const BIG_SET: &str = "UPDATE big SET value = ?2 WHERE id = ?1";
pub(crate) const BIG_COPY: &str = "INSERT INTO big (id, value) SELECT ?2, value FROM big WHERE id = ?1";
pub(crate) const BIG_DROP: &str = "DELETE FROM big WHERE id = ?1";

// ---- what a removed key leaves behind

pub(crate) const DISCARD: &str = "INSERT INTO garbage (id, form) VALUES (?1, ?2)";
pub(crate) const GARBAGE: &str = "SELECT id, form FROM garbage LIMIT 1";
pub(crate) const GARBAGE_DONE: &str = "DELETE FROM garbage WHERE id = ?1";

// ---- hashes

pub(crate) const HASH_GET: &str = "SELECT value FROM hash WHERE id = ?1 AND field = ?2";
pub(crate) const HASH_ADD: &str =
    "INSERT INTO hash (id, field, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
pub(crate) const HASH_SET: &str = "UPDATE hash SET value = ?3 WHERE id = ?1 AND field = ?2";
pub(crate) const HASH_REMOVE: &str = "DELETE FROM hash WHERE id = ?1 AND field = ?2";
pub(crate) const HASH_ALL: &str = "SELECT field, value FROM hash WHERE id = ?1";
pub(crate) const HASH_NTH: &str =
    "SELECT field, value FROM hash WHERE id = ?1 ORDER BY field LIMIT 1 OFFSET ?2";
pub(crate) const HASH_SCAN: &str =
    "SELECT field, value FROM hash WHERE id = ?1 AND field >= ?2 ORDER BY field LIMIT ?3";
pub(crate) const HASH_COPY: &str =
    "INSERT INTO hash (id, field, value) SELECT ?2, field, value FROM hash WHERE id = ?1";
pub(crate) const HASH_DROP: &str =
    "DELETE FROM hash WHERE id = ?1 AND field IN (SELECT field FROM hash WHERE id = ?1 LIMIT ?2)";

// ---- sets

pub(crate) const SET_CONTAINS: &str = "SELECT 1 FROM set_member WHERE id = ?1 AND member = ?2";
pub(crate) const SET_ADD: &str = "INSERT INTO set_member (id, member) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(crate) const SET_REMOVE: &str = "DELETE FROM set_member WHERE id = ?1 AND member = ?2";
pub(crate) const SET_ALL: &str = "SELECT member FROM set_member WHERE id = ?1";
pub(crate) const SET_NTH: &str =
    "SELECT member FROM set_member WHERE id = ?1 ORDER BY member LIMIT 1 OFFSET ?2";
pub(crate) const SET_SCAN: &str =
    "SELECT member FROM set_member WHERE id = ?1 AND member >= ?2 ORDER BY member LIMIT ?3";
pub(crate) const SET_COPY: &str =
    "INSERT INTO set_member (id, member) SELECT ?2, member FROM set_member WHERE id = ?1";
pub(crate) const SET_DROP: &str = "DELETE FROM set_member WHERE id = ?1 AND member IN (SELECT member FROM set_member WHERE id = ?1 LIMIT ?2)";

// ---- lists

pub(crate) const LIST_ENDS: &str =
    "SELECT (SELECT min(pos) FROM list WHERE id = ?1), (SELECT max(pos) FROM list WHERE id = ?1)";
pub(crate) const LIST_PUSH_LEFT: &str = "INSERT INTO list (id, pos, value) \
     VALUES (?1, coalesce((SELECT min(pos) FROM list WHERE id = ?1) - 1048576, 0), ?2)";
pub(crate) const LIST_PUSH_RIGHT: &str = "INSERT INTO list (id, pos, value) \
     VALUES (?1, coalesce((SELECT max(pos) FROM list WHERE id = ?1) + 1048576, 0), ?2)";
pub(crate) const LIST_PUT: &str = "INSERT INTO list (id, pos, value) VALUES (?1, ?2, ?3)";
pub(crate) const LIST_POP_LEFT: &str =
    "DELETE FROM list WHERE id = ?1 AND pos = (SELECT min(pos) FROM list WHERE id = ?1) RETURNING value";
pub(crate) const LIST_POP_RIGHT: &str =
    "DELETE FROM list WHERE id = ?1 AND pos = (SELECT max(pos) FROM list WHERE id = ?1) RETURNING value";
pub(crate) const LIST_FROM: &str = "SELECT value FROM list WHERE id = ?1 AND pos >= ?2 ORDER BY pos LIMIT ?3";
pub(crate) const LIST_WALK: &str = "SELECT value FROM list WHERE id = ?1 ORDER BY pos";
pub(crate) const LIST_WALK_BACK: &str = "SELECT value FROM list WHERE id = ?1 ORDER BY pos DESC";
pub(crate) const LIST_NTH: &str = "SELECT pos FROM list WHERE id = ?1 ORDER BY pos LIMIT 1 OFFSET ?2";
pub(crate) const LIST_NTH_BACK: &str =
    "SELECT pos FROM list WHERE id = ?1 ORDER BY pos DESC LIMIT 1 OFFSET ?2";
pub(crate) const LIST_SET: &str = "UPDATE list SET value = ?3 WHERE id = ?1 AND pos = ?2";
pub(crate) const LIST_FIND: &str = "SELECT pos FROM list WHERE id = ?1 AND value = ?2 ORDER BY pos LIMIT 1";
pub(crate) const LIST_BEFORE: &str = "SELECT max(pos) FROM list WHERE id = ?1 AND pos < ?2";
pub(crate) const LIST_AFTER: &str = "SELECT min(pos) FROM list WHERE id = ?1 AND pos > ?2";
pub(crate) const LIST_NEAR_LEFT: &str =
    "SELECT pos FROM list WHERE id = ?1 AND pos <= ?2 ORDER BY pos DESC LIMIT ?3";
pub(crate) const LIST_NEAR_RIGHT: &str =
    "SELECT pos FROM list WHERE id = ?1 AND pos > ?2 ORDER BY pos LIMIT ?3";
pub(crate) const LIST_MOVE: &str = "UPDATE list SET pos = ?3 WHERE id = ?1 AND pos = ?2";
pub(crate) const LIST_REMOVE: &str = "DELETE FROM list WHERE id = ?1 AND pos IN \
     (SELECT pos FROM list WHERE id = ?1 AND value = ?2 ORDER BY pos LIMIT ?3)";
pub(crate) const LIST_REMOVE_BACK: &str = "DELETE FROM list WHERE id = ?1 AND pos IN \
     (SELECT pos FROM list WHERE id = ?1 AND value = ?2 ORDER BY pos DESC LIMIT ?3)";
pub(crate) const LIST_CUT_BELOW: &str = "DELETE FROM list WHERE id = ?1 AND pos < ?2";
pub(crate) const LIST_CUT_ABOVE: &str = "DELETE FROM list WHERE id = ?1 AND pos > ?2";
pub(crate) const LIST_COPY: &str =
    "INSERT INTO list (id, pos, value) SELECT ?2, pos, value FROM list WHERE id = ?1";
pub(crate) const LIST_DROP: &str =
    "DELETE FROM list WHERE id = ?1 AND pos IN (SELECT pos FROM list WHERE id = ?1 ORDER BY pos LIMIT ?2)";

// ---- sorted sets

pub(crate) const ZSET_SCORE: &str = "SELECT score FROM zset WHERE id = ?1 AND member = ?2";
pub(crate) const ZSET_PUT: &str = "INSERT INTO zset (id, member, score) VALUES (?1, ?2, ?3) \
     ON CONFLICT (id, member) DO UPDATE SET score = excluded.score";
pub(crate) const ZSET_REMOVE: &str = "DELETE FROM zset WHERE id = ?1 AND member = ?2";
pub(crate) const ZSET_SIZE: &str = "SELECT count(*) FROM zset WHERE id = ?1";
pub(crate) const ZSET_BEFORE: &str =
    "SELECT count(*) FROM zset INDEXED BY zset_order WHERE id = ?1 AND (score, member) < (?2, ?3)";
pub(crate) const ZSET_BETWEEN: &str = "SELECT count(*) FROM zset INDEXED BY zset_order \
     WHERE id = ?1 AND (score, member) >= (?2, ?3) AND (score, member) < (?4, ?5)";
pub(crate) const ZSET_COUNT: &str =
    "SELECT count(*) FROM zset INDEXED BY zset_order WHERE id = ?1 AND score BETWEEN ?2 AND ?3";
pub(crate) const ZSET_BY_RANK: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 ORDER BY score, member LIMIT ?2 OFFSET ?3";
pub(crate) const ZSET_BY_RANK_BACK: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 ORDER BY score DESC, member DESC LIMIT ?2 OFFSET ?3";
pub(crate) const ZSET_FROM: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 AND (score, member) >= (?2, ?3) ORDER BY score, member LIMIT ?4 OFFSET ?5";
pub(crate) const ZSET_FROM_BACK: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 AND (score, member) <= (?2, ?3) ORDER BY score DESC, member DESC LIMIT ?4 OFFSET ?5";
pub(crate) const ZSET_BY_SCORE: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 AND score BETWEEN ?2 AND ?3 ORDER BY score, member LIMIT ?4 OFFSET ?5";
pub(crate) const ZSET_BY_SCORE_BACK: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 AND score BETWEEN ?2 AND ?3 ORDER BY score DESC, member DESC LIMIT ?4 OFFSET ?5";
pub(crate) const ZSET_BY_LEX: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 AND score = ?2 AND member >= ?3 AND member < ?4 ORDER BY member LIMIT ?5 OFFSET ?6";
pub(crate) const ZSET_BY_LEX_BACK: &str = "SELECT member, score FROM zset INDEXED BY zset_order \
     WHERE id = ?1 AND score = ?2 AND member >= ?3 AND member < ?4 ORDER BY member DESC LIMIT ?5 OFFSET ?6";
pub(crate) const ZSET_SCAN: &str =
    "SELECT member, score FROM zset WHERE id = ?1 AND member >= ?2 ORDER BY member LIMIT ?3";
pub(crate) const ZSET_COPY: &str =
    "INSERT INTO zset (id, member, score) SELECT ?2, member, score FROM zset WHERE id = ?1";
pub(crate) const ZSET_DROP: &str =
    "DELETE FROM zset WHERE id = ?1 AND member IN (SELECT member FROM zset WHERE id = ?1 LIMIT ?2)";

// ---- the counts of a large sorted set: one row for each stretch of it, named by the least that belongs there

pub(crate) const COUNT_UP: &str = "UPDATE zset_count SET count = count + 1 WHERE id = ?1 AND (score, member) = \
     (SELECT score, member FROM zset_count WHERE id = ?1 AND (score, member) <= (?2, ?3) \
      ORDER BY score DESC, member DESC LIMIT 1) RETURNING count, score, member";
pub(crate) const COUNT_DOWN: &str = "UPDATE zset_count SET count = count - 1 WHERE id = ?1 AND (score, member) = \
     (SELECT score, member FROM zset_count WHERE id = ?1 AND (score, member) <= (?2, ?3) \
      ORDER BY score DESC, member DESC LIMIT 1) RETURNING count, score, member";
pub(crate) const COUNT_SET: &str = "INSERT INTO zset_count (id, score, member, count) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (id, score, member) DO UPDATE SET count = excluded.count";
pub(crate) const COUNT_GONE: &str = "DELETE FROM zset_count WHERE id = ?1 AND score = ?2 AND member = ?3";
pub(crate) const COUNT_AT: &str = "SELECT score, member FROM zset_count \
     WHERE id = ?1 AND (score, member) <= (?2, ?3) ORDER BY score DESC, member DESC LIMIT 1";
pub(crate) const COUNT_BEFORE: &str =
    "SELECT coalesce(sum(count), 0) FROM zset_count WHERE id = ?1 AND (score, member) < (?2, ?3)";
pub(crate) const COUNT_WALK: &str =
    "SELECT score, member, count FROM zset_count WHERE id = ?1 ORDER BY score, member";
pub(crate) const COUNT_COPY: &str = "INSERT INTO zset_count (id, score, member, count) \
     SELECT ?2, score, member, count FROM zset_count WHERE id = ?1";
pub(crate) const COUNT_DROP: &str = "DELETE FROM zset_count WHERE id = ?1";
