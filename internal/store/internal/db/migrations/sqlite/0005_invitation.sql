-- Invitations that wait to be accepted, and passwords that are for one use.

-- +goose Up
-- One invitation an account. hash is that of the secret in the link
-- (SHA-256, hexadecimal); outside is where it was mailed.
CREATE TABLE invitation (
    account_id  integer PRIMARY KEY,
    hash        text NOT NULL UNIQUE,
    outside     text NOT NULL DEFAULT '',
    by_account  integer NOT NULL DEFAULT 0,
    created     integer NOT NULL,
    until_at    integer NOT NULL
) STRICT;

-- once is 1 for a password that was handed out and is to be changed.
ALTER TABLE credential ADD COLUMN once integer NOT NULL DEFAULT 0;
