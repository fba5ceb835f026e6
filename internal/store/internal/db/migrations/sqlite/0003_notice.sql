-- What people are still to be told about shares.

-- +goose Up
INSERT INTO directory_sequence (id, value) VALUES (2, 0);

-- One of target_account and target_group is set. entries is a JSON array: for
-- whom something changed, by whom, and what they had before. reached is the
-- account up to which people have been told.
CREATE TABLE notice (
    id          integer PRIMARY KEY,
    kind        integer NOT NULL,
    target_account integer NOT NULL,
    target_group integer NOT NULL,
    entries     text NOT NULL,
    created     integer NOT NULL,
    due         integer NOT NULL,
    version     integer NOT NULL,
    reached     integer NOT NULL
) STRICT;
CREATE INDEX notice_due ON notice (due);
CREATE INDEX notice_target ON notice (target_account, target_group, kind);

-- How far the end of a grant was told; seq is the number of the grant.
CREATE TABLE expiry_told (
    seq         integer PRIMARY KEY,
    stage       integer NOT NULL,
    until_at    integer NOT NULL
) STRICT;
CREATE INDEX access_grant_until ON access_grant (until_at) WHERE until_at <> 0;
CREATE INDEX send_grant_until ON send_grant (until_at) WHERE until_at <> 0;
