-- One row a key. `form` is its kind and how its children are kept. A string that is short stands in `value`; what
-- else a key owns (children, a long string) is found by `id`, which is never used again. `id = 0` owns nothing.
CREATE TABLE keys (
    key BLOB NOT NULL PRIMARY KEY,
    form INTEGER NOT NULL,
    expires_at INTEGER,
    version INTEGER NOT NULL,
    len INTEGER NOT NULL,
    id INTEGER NOT NULL,
    value BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_expiry ON keys (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE big (id INTEGER NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE hash (
    id INTEGER NOT NULL, field BLOB NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (id, field)
) STRICT, WITHOUT ROWID;
CREATE TABLE set_member (id INTEGER NOT NULL, member BLOB NOT NULL, PRIMARY KEY (id, member)) STRICT, WITHOUT ROWID;
CREATE TABLE list (
    id INTEGER NOT NULL, pos INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (id, pos)
) STRICT, WITHOUT ROWID;
CREATE TABLE zset (
    id INTEGER NOT NULL, member BLOB NOT NULL, score REAL NOT NULL,
    PRIMARY KEY (id, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX zset_order ON zset (id, score, member);
-- How many members of a large sorted set stand from here to the next such row.
CREATE TABLE zset_count (
    id INTEGER NOT NULL, score REAL NOT NULL, member BLOB NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (id, score, member)
) STRICT, WITHOUT ROWID;

-- Children of large collections that were removed, until they are deleted in small steps.
CREATE TABLE garbage (id INTEGER NOT NULL PRIMARY KEY, form INTEGER NOT NULL) STRICT;
-- The first number that nobody has reserved.
CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, next) VALUES ('version', 1), ('id', 1);

-- "Crdz": what `file` and other tools see. The version is the number of this step.
PRAGMA application_id = 0x4372647a;
PRAGMA user_version = 1;
