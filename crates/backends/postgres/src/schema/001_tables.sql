-- One row a key. A removed key stays for a while as a row of form -1, so that its next version is a later one.
CREATE TABLE keys (
    key        bytea    PRIMARY KEY,
    form       smallint NOT NULL,
    expires_at bigint,
    version    bigint   NOT NULL,
    len        bigint   NOT NULL,
    id         bigint   NOT NULL DEFAULT 0,
    value      bytea,
    -- A string owns nothing: a blind write over a collection is refused, and goes the long way.
    CONSTRAINT owner CHECK (form > 0 OR id = 0)
) WITH (fillfactor = 90);

CREATE INDEX keys_due ON keys (expires_at) WHERE expires_at IS NOT NULL;

-- Stamps must rise from session to session, so no session may keep any in stock.
CREATE SEQUENCE version AS bigint;
-- What collections are known by in the tables below; given out in blocks of this size.
CREATE SEQUENCE id AS bigint INCREMENT BY 64;

CREATE TABLE hash (
    id    bigint NOT NULL,
    field bytea  NOT NULL,
    value bytea  NOT NULL,
    PRIMARY KEY (id, field)
);

CREATE TABLE set_member (
    id     bigint NOT NULL,
    member bytea  NOT NULL,
    PRIMARY KEY (id, member)
);

CREATE TABLE list (
    id    bigint NOT NULL,
    pos   bigint NOT NULL,
    value bytea  NOT NULL,
    PRIMARY KEY (id, pos)
);

CREATE TABLE zset (
    id     bigint           NOT NULL,
    member bytea            NOT NULL,
    score  double precision NOT NULL,
    PRIMARY KEY (id, member)
);

CREATE INDEX zset_order ON zset (id, score, member);

-- Removed collections whose elements are still there.
CREATE TABLE garbage (
    id   bigint   PRIMARY KEY,
    form smallint NOT NULL
);

-- Messages that are too long for a notification; they are for those who listen now, so no crash need spare them.
CREATE UNLOGGED TABLE message (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body    bytea  NOT NULL,
    sent_at bigint NOT NULL
);

CREATE INDEX message_sent ON message (sent_at);
