-- Invitations that wait to be accepted, and passwords that are for one use.

-- +goose Up
-- One invitation an account. hash is that of the secret in the link
-- (SHA-256, hexadecimal); outside is where it was mailed.
CREATE TABLE invitation (
    account_id  bigint PRIMARY KEY,
    hash        text NOT NULL UNIQUE,
    outside     text NOT NULL DEFAULT '',
    by_account  bigint NOT NULL DEFAULT 0,
    created     bigint NOT NULL,
    until_at    bigint NOT NULL
);

-- once is 1 for a password that was handed out and is to be changed.
ALTER TABLE credential ADD COLUMN once smallint NOT NULL DEFAULT 0;
