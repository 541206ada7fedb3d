//! Every statement. A constant is both the text and the key in the cache of prepared statements.

/// The distance between neighbours of a list that was filled at its ends. The statements below repeat it.
pub(crate) const STEP: i64 = 1 << 20;

// ---- connections

/// What every session is set to, and more.
macro_rules! set_up {
    ($more:literal) => {
        concat!(
            "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false), \
             set_config('idle_in_transaction_session_timeout', $2, false), \
             set_config('default_transaction_isolation', 'read committed', false), \
             set_config('synchronous_commit', CASE WHEN $3 = 'relaxed' THEN 'off' \
                 WHEN current_setting('synchronous_commit') = 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false), ",
            $more
        )
    };
}

/// For statements of the store: they find their rows by indexes whatever the planner believes of a table that has just
/// been filled.
pub(crate) const SET_UP: &str = set_up!(
    "set_config('enable_seqscan', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false), \
     set_config('jit', 'off', false)"
);
/// For statements of users, which the planner plans as it likes.
pub(crate) const SET_UP_FOR_USERS: &str = set_up!("set_config('TimeZone', 'UTC', false)");

/// What the store wants to know of the server.
pub(crate) const FACTS: &str = "SELECT current_setting('server_version_num')::int4, \
     current_setting('synchronous_commit'), current_setting('fsync')";

// ---- transactions

pub(crate) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
pub(crate) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
pub(crate) const COMMIT: &str = "COMMIT";
pub(crate) const ROLLBACK: &str = "ROLLBACK";

// ---- keys

/// Locks the rows of all keys, in order. A key that is absent gets a row that nobody else sees, so that nobody else can
/// make one; it has no version.
pub(crate) const LOCK: &str = "INSERT INTO credenza.keys AS k (key, form, version, len) \
     SELECT name, -1, 0, 0 FROM unnest($1::bytea[]) AS name ON CONFLICT (key) DO UPDATE SET form = k.form WHERE false";
/// Keeps everybody else from writing: what is done to a range of keys has no rows to lock for those that are not there.
pub(crate) const LOCK_ALL: &str = "LOCK TABLE credenza.keys IN SHARE ROW EXCLUSIVE MODE";
pub(crate) const ROWS: &str = "SELECT key, form, expires_at, version, len, id, CASE WHEN $2::int8 = 1 THEN value END \
     FROM credenza.keys WHERE key = ANY($1::bytea[])";
/// The same and locks them, in order; what is absent stays so only until somebody makes it.
pub(crate) const ROWS_LOCKED: &str = "SELECT key, form, expires_at, version, len, id, \
     CASE WHEN $2::int8 = 1 THEN value END FROM credenza.keys WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE";
/// What most reads are after.
pub(crate) const ROW: &str = "SELECT form, expires_at, version, len, id, CASE WHEN $2::int8 = 1 THEN value END \
     FROM credenza.keys WHERE key = $1";
pub(crate) const STAMP: &str = "SELECT nextval('credenza.version')";
pub(crate) const IDS: &str = "SELECT nextval('credenza.id')";
/// Strings in place of whatever stands at their keys, unless it owns something. The stamp of a row that is replaced is
/// taken when it is locked, so that it is later than the one before. Others wait behind this statement, so it does not wait
/// for a lock for long.
pub(crate) const PUT: &str = "INSERT INTO credenza.keys (key, form, expires_at, version, len, id, value) \
     SELECT u.key, 0, u.expires_at, nextval('credenza.version'), octet_length(u.value), 0, u.value \
     FROM (SELECT set_config('lock_timeout', '500ms', true)) AS patience, \
     unnest($1::bytea[], $2::int8[], $3::bytea[]) AS u (key, expires_at, value) \
     ON CONFLICT (key) DO UPDATE SET form = 0, expires_at = excluded.expires_at, \
     version = nextval('credenza.version'), len = excluded.len, value = excluded.value";
/// Rows that are locked, as a step left them. The value stays where `keep` is set.
pub(crate) const STORE: &str = "UPDATE credenza.keys AS k SET form = u.form, expires_at = u.expires_at, version = $8, \
     len = u.len, id = u.id, value = CASE WHEN u.keep THEN k.value ELSE u.value END \
     FROM unnest($1::bytea[], $2::int2[], $3::int8[], $4::int8[], $5::int8[], $6::bytea[], $7::bool[]) \
     AS u (key, form, expires_at, len, id, value, keep) WHERE k.key = u.key";
/// Rows that were made to lock absent keys, and that a step did not fill.
pub(crate) const UNLOCK: &str =
    "DELETE FROM credenza.keys WHERE key = ANY($1::bytea[]) AND form = -1 AND version = 0";
pub(crate) const SCAN: &str = "SELECT key, form, expires_at FROM credenza.keys \
     WHERE key >= $1 AND key < $2 AND form >= 0 ORDER BY key LIMIT $3";
/// `Clear`, but for the keys that the step has in hand.
pub(crate) const CLEAR: &str = "WITH gone AS (DELETE FROM credenza.keys WHERE key >= $1 AND key < $2 \
         AND key <> ALL($3::bytea[]) RETURNING form, expires_at, id), \
     left_over AS (INSERT INTO credenza.garbage (id, form) SELECT id, form FROM gone WHERE id <> 0) \
     SELECT count(*) FROM gone WHERE form >= 0 AND (expires_at IS NULL OR expires_at > $4)";

// ---- cleaning up

/// Keys that expired, or were removed, a while ago.
pub(crate) const SWEEP: &str = "WITH due AS (SELECT key FROM credenza.keys WHERE expires_at <= $1 \
         ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED), \
     gone AS (DELETE FROM credenza.keys k USING due WHERE k.key = due.key RETURNING k.id, k.form), \
     left_over AS (INSERT INTO credenza.garbage (id, form) SELECT id, form FROM gone WHERE id <> 0) \
     SELECT count(*) FILTER (WHERE form >= 0), count(*) FROM gone";
pub(crate) const DISCARD: &str =
    "INSERT INTO credenza.garbage (id, form) SELECT * FROM unnest($1::int8[], $2::int2[])";
pub(crate) const GARBAGE: &str =
    "SELECT id, form FROM credenza.garbage ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED";
pub(crate) const GARBAGE_DONE: &str = "DELETE FROM credenza.garbage WHERE id = $1";
pub(crate) const HASH_DROP: &str = "DELETE FROM credenza.hash WHERE id = $1 AND field = ANY (ARRAY( \
     SELECT field FROM credenza.hash WHERE id = $1 ORDER BY field LIMIT $2))";
pub(crate) const SET_DROP: &str = "DELETE FROM credenza.set_member WHERE id = $1 AND member = ANY (ARRAY( \
     SELECT member FROM credenza.set_member WHERE id = $1 ORDER BY member LIMIT $2))";
pub(crate) const LIST_DROP: &str = "DELETE FROM credenza.list WHERE id = $1 AND pos = ANY (ARRAY( \
     SELECT pos FROM credenza.list WHERE id = $1 ORDER BY pos LIMIT $2))";
pub(crate) const ZSET_DROP: &str = "DELETE FROM credenza.zset WHERE id = $1 AND member = ANY (ARRAY( \
     SELECT member FROM credenza.zset WHERE id = $1 ORDER BY member LIMIT $2))";

// ---- hashes

pub(crate) const HASH_GET: &str = "SELECT value FROM credenza.hash WHERE id = $1 AND field = $2";
/// The fields of a list that are there; with their values where `$3` is 1.
pub(crate) const HASH_SOME: &str = "SELECT field, CASE WHEN $3::int8 = 1 THEN value END FROM credenza.hash \
     WHERE id = $1 AND field = ANY($2::bytea[])";
pub(crate) const HASH_PUT: &str = "INSERT INTO credenza.hash (id, field, value) \
     SELECT * FROM unnest($1::int8[], $2::bytea[], $3::bytea[]) \
     ON CONFLICT (id, field) DO UPDATE SET value = excluded.value";
pub(crate) const HASH_REMOVE: &str = "DELETE FROM credenza.hash AS h USING unnest($1::int8[], $2::bytea[]) AS u (id, name) \
     WHERE h.id = u.id AND h.field = u.name";
pub(crate) const HASH_ALL: &str = "SELECT field, value FROM credenza.hash WHERE id = $1 ORDER BY field";
pub(crate) const HASH_NTH: &str =
    "SELECT field, value FROM credenza.hash WHERE id = $1 ORDER BY field LIMIT 1 OFFSET $2";
pub(crate) const HASH_SCAN: &str =
    "SELECT field, value FROM credenza.hash WHERE id = $1 AND field >= $2 ORDER BY field LIMIT $3";
pub(crate) const HASH_COPY: &str =
    "INSERT INTO credenza.hash (id, field, value) SELECT $2, field, value FROM credenza.hash WHERE id = $1";

// ---- sets

pub(crate) const SET_CONTAINS: &str = "SELECT 1 FROM credenza.set_member WHERE id = $1 AND member = $2";
pub(crate) const SET_SOME: &str =
    "SELECT member FROM credenza.set_member WHERE id = $1 AND member = ANY($2::bytea[])";
pub(crate) const SET_ADD: &str = "INSERT INTO credenza.set_member (id, member) \
     SELECT * FROM unnest($1::int8[], $2::bytea[]) ON CONFLICT DO NOTHING";
pub(crate) const SET_REMOVE: &str = "DELETE FROM credenza.set_member AS s \
     USING unnest($1::int8[], $2::bytea[]) AS u (id, name) WHERE s.id = u.id AND s.member = u.name";
pub(crate) const SET_ALL: &str = "SELECT member FROM credenza.set_member WHERE id = $1 ORDER BY member";
pub(crate) const SET_NTH: &str =
    "SELECT member FROM credenza.set_member WHERE id = $1 ORDER BY member LIMIT 1 OFFSET $2";
pub(crate) const SET_SCAN: &str =
    "SELECT member FROM credenza.set_member WHERE id = $1 AND member >= $2 ORDER BY member LIMIT $3";
pub(crate) const SET_COPY: &str =
    "INSERT INTO credenza.set_member (id, member) SELECT $2, member FROM credenza.set_member WHERE id = $1";

// ---- lists

pub(crate) const LIST_FIRST: &str = "SELECT min(pos) FROM credenza.list WHERE id = $1";
pub(crate) const LIST_PUSH_LEFT: &str = "INSERT INTO credenza.list (id, pos, value) VALUES \
     ($1, coalesce((SELECT min(pos) FROM credenza.list WHERE id = $1) - 1048576, 0), $2)";
pub(crate) const LIST_PUSH_RIGHT: &str = "INSERT INTO credenza.list (id, pos, value) VALUES \
     ($1, coalesce((SELECT max(pos) FROM credenza.list WHERE id = $1) + 1048576, 0), $2)";
pub(crate) const LIST_PUT: &str = "INSERT INTO credenza.list (id, pos, value) VALUES ($1, $2, $3)";
pub(crate) const LIST_POP_LEFT: &str = "DELETE FROM credenza.list WHERE id = $1 \
     AND pos = (SELECT min(pos) FROM credenza.list WHERE id = $1) RETURNING value";
pub(crate) const LIST_POP_RIGHT: &str = "DELETE FROM credenza.list WHERE id = $1 \
     AND pos = (SELECT max(pos) FROM credenza.list WHERE id = $1) RETURNING value";
pub(crate) const LIST_FROM: &str =
    "SELECT value FROM credenza.list WHERE id = $1 AND pos >= $2 ORDER BY pos LIMIT $3";
pub(crate) const LIST_WALK: &str =
    "SELECT pos, value FROM credenza.list WHERE id = $1 AND pos > $2 ORDER BY pos LIMIT $3";
pub(crate) const LIST_WALK_BACK: &str =
    "SELECT pos, value FROM credenza.list WHERE id = $1 AND pos < $2 ORDER BY pos DESC LIMIT $3";
pub(crate) const LIST_NTH: &str =
    "SELECT pos FROM credenza.list WHERE id = $1 ORDER BY pos LIMIT 1 OFFSET $2";
pub(crate) const LIST_NTH_BACK: &str =
    "SELECT pos FROM credenza.list WHERE id = $1 ORDER BY pos DESC LIMIT 1 OFFSET $2";
pub(crate) const LIST_SET: &str = "UPDATE credenza.list SET value = $3 WHERE id = $1 AND pos = $2";
pub(crate) const LIST_FIND: &str =
    "SELECT pos FROM credenza.list WHERE id = $1 AND value = $2 ORDER BY pos LIMIT 1";
pub(crate) const LIST_BEFORE: &str = "SELECT max(pos) FROM credenza.list WHERE id = $1 AND pos < $2";
pub(crate) const LIST_AFTER: &str = "SELECT min(pos) FROM credenza.list WHERE id = $1 AND pos > $2";
/// Gives every element a position that is as far from the next as in a list that was filled at its ends. Positions must
/// not meet on the way, so it takes two steps: far below all there are, and up again.
pub(crate) const LIST_SPREAD_DOWN: &str = "UPDATE credenza.list AS l SET pos = u.place - 4611686018427387904 \
     FROM (SELECT pos, row_number() OVER (ORDER BY pos) AS place FROM credenza.list WHERE id = $1) AS u \
     WHERE l.id = $1 AND l.pos = u.pos";
pub(crate) const LIST_SPREAD_UP: &str =
    "UPDATE credenza.list SET pos = (pos + 4611686018427387904) * 1048576 WHERE id = $1";
pub(crate) const LIST_REMOVE: &str = "DELETE FROM credenza.list WHERE id = $1 AND pos = ANY (ARRAY( \
     SELECT pos FROM credenza.list WHERE id = $1 AND value = $2 ORDER BY pos LIMIT $3))";
pub(crate) const LIST_REMOVE_BACK: &str = "DELETE FROM credenza.list WHERE id = $1 AND pos = ANY (ARRAY( \
     SELECT pos FROM credenza.list WHERE id = $1 AND value = $2 ORDER BY pos DESC LIMIT $3))";
pub(crate) const LIST_CUT_BELOW: &str = "DELETE FROM credenza.list WHERE id = $1 AND pos < $2";
pub(crate) const LIST_CUT_ABOVE: &str = "DELETE FROM credenza.list WHERE id = $1 AND pos > $2";
pub(crate) const LIST_COPY: &str =
    "INSERT INTO credenza.list (id, pos, value) SELECT $2, pos, value FROM credenza.list WHERE id = $1";

// ---- sorted sets

pub(crate) const ZSET_SCORE: &str = "SELECT score FROM credenza.zset WHERE id = $1 AND member = $2";
pub(crate) const ZSET_SOME: &str =
    "SELECT member, score FROM credenza.zset WHERE id = $1 AND member = ANY($2::bytea[])";
pub(crate) const ZSET_PUT: &str = "INSERT INTO credenza.zset (id, member, score) \
     SELECT * FROM unnest($1::int8[], $2::bytea[], $3::float8[]) \
     ON CONFLICT (id, member) DO UPDATE SET score = excluded.score";
pub(crate) const ZSET_REMOVE: &str = "DELETE FROM credenza.zset AS z \
     USING unnest($1::int8[], $2::bytea[]) AS u (id, name) WHERE z.id = u.id AND z.member = u.name";
pub(crate) const ZSET_SIZE: &str = "SELECT count(*) FROM credenza.zset WHERE id = $1";
pub(crate) const ZSET_BEFORE: &str =
    "SELECT count(*) FROM credenza.zset WHERE id = $1 AND (score, member) < ($2, $3)";
pub(crate) const ZSET_COUNT: &str =
    "SELECT count(*) FROM credenza.zset WHERE id = $1 AND score >= $2 AND score <= $3";
pub(crate) const ZSET_BY_RANK: &str = "SELECT member, score FROM credenza.zset WHERE id = $1 \
     ORDER BY score, member LIMIT $2 OFFSET $3";
pub(crate) const ZSET_BY_RANK_BACK: &str = "SELECT member, score FROM credenza.zset WHERE id = $1 \
     ORDER BY score DESC, member DESC LIMIT $2 OFFSET $3";
pub(crate) const ZSET_BY_SCORE: &str = "SELECT member, score FROM credenza.zset \
     WHERE id = $1 AND score >= $2 AND score <= $3 ORDER BY score, member LIMIT $4 OFFSET $5";
pub(crate) const ZSET_BY_SCORE_BACK: &str = "SELECT member, score FROM credenza.zset \
     WHERE id = $1 AND score >= $2 AND score <= $3 ORDER BY score DESC, member DESC LIMIT $4 OFFSET $5";
/// Members of a range of bytes; without an upper end where `$4` is 1.
pub(crate) const ZSET_BY_LEX: &str = "SELECT member, score FROM credenza.zset \
     WHERE id = $1 AND member >= $2 AND (member < $3 OR $4::int8 = 1) ORDER BY score, member LIMIT $5 OFFSET $6";
pub(crate) const ZSET_BY_LEX_BACK: &str = "SELECT member, score FROM credenza.zset \
     WHERE id = $1 AND member >= $2 AND (member < $3 OR $4::int8 = 1) ORDER BY score DESC, member DESC LIMIT $5 OFFSET $6";
pub(crate) const ZSET_COUNT_LEX: &str = "SELECT count(*) FROM credenza.zset \
     WHERE id = $1 AND member >= $2 AND (member < $3 OR $4::int8 = 1)";
pub(crate) const ZSET_SCAN: &str =
    "SELECT member, score FROM credenza.zset WHERE id = $1 AND member >= $2 ORDER BY member LIMIT $3";
pub(crate) const ZSET_COPY: &str =
    "INSERT INTO credenza.zset (id, member, score) SELECT $2, member, score FROM credenza.zset WHERE id = $1";

// ---- messages

pub(crate) const LISTEN: &str = "LISTEN credenza";
/// No message outlives its listeners, so none waits for the disk.
pub(crate) const NOTIFY: &str =
    "SELECT set_config('synchronous_commit', 'off', true), pg_notify('credenza', $1)";
pub(crate) const NOTIFY_LONG: &str = "WITH kept AS (INSERT INTO credenza.message (body, sent_at) VALUES ($1, $2) \
     RETURNING id) SELECT set_config('synchronous_commit', 'off', true), pg_notify('credenza', '#' || id) FROM kept";
pub(crate) const MESSAGE: &str = "SELECT body FROM credenza.message WHERE id = $1";
pub(crate) const MESSAGES_DONE: &str = "DELETE FROM credenza.message WHERE sent_at <= $1";
