-- How people sign in beside their password: access tokens, web sessions, a
-- second factor.

-- +goose Up
-- Further kinds of credentials: 3 an access token, 4 a web session. Of both hash
-- is a SHA-256, by which they are found. parent is the credential that a web
-- session was opened with: it ends with it. until_at is when it ends by itself.
ALTER TABLE credential ADD COLUMN parent integer NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN until_at integer NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX credential_hash ON credential (hash) WHERE kind IN (3, 4);

-- When and from where credentials were used last.
CREATE TABLE credential_use (
    credential_id integer PRIMARY KEY,
    account_id  integer NOT NULL,
    agent       text NOT NULL DEFAULT '',
    remote      text NOT NULL DEFAULT '',
    used        integer NOT NULL
) STRICT;
CREATE INDEX credential_use_account ON credential_use (account_id);

-- step is the time step of the last code taken: none is taken twice.
CREATE TABLE second_factor (
    account_id  integer PRIMARY KEY,
    secret      text NOT NULL,
    confirmed   integer NOT NULL DEFAULT 0,
    step        integer NOT NULL DEFAULT 0,
    created     integer NOT NULL
) STRICT;

CREATE TABLE recovery_code (
    account_id  integer NOT NULL,
    hash        text NOT NULL,
    PRIMARY KEY (account_id, hash)
) STRICT;

-- +goose Down
DROP TABLE recovery_code;
DROP TABLE second_factor;
DROP TABLE credential_use;
DROP INDEX credential_hash;
DELETE FROM credential WHERE kind > 2;
ALTER TABLE credential DROP COLUMN until_at;
ALTER TABLE credential DROP COLUMN parent;
