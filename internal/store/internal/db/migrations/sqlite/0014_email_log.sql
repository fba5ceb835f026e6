-- What JMAP tells of changes: when emails came into mailboxes and left them,
-- and when mailboxes were made, changed and removed.

-- +goose Up
-- added is the ModSeq at which the item came; 0 for one older than this column.
ALTER TABLE item ADD COLUMN added integer NOT NULL DEFAULT 0;

-- Items that are no more, with the email and thread they were of.
CREATE TABLE item_gone (
    account_id      integer NOT NULL,
    modseq          integer NOT NULL,
    collection_id   integer NOT NULL,
    uid             integer NOT NULL,
    email_id        integer NOT NULL,
    thread_id       integer NOT NULL,
    added           integer NOT NULL,
    PRIMARY KEY (account_id, modseq, collection_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_gone_collection ON item_gone (account_id, collection_id, modseq);

-- The ModSeq at which a collection was made, last changed in what is its own,
-- moved below another, and removed; 0 for never. parent_id is where it was when
-- it was removed. No row: nothing since this table is there.
CREATE TABLE collection_log (
    account_id      integer NOT NULL,
    collection_id   integer NOT NULL,
    parent_id       integer NOT NULL DEFAULT 0,
    added           integer NOT NULL DEFAULT 0,
    changed         integer NOT NULL DEFAULT 0,
    moved           integer NOT NULL DEFAULT 0,
    gone            integer NOT NULL DEFAULT 0,
    sort_order      integer NOT NULL DEFAULT -1,
    PRIMARY KEY (account_id, collection_id)
) STRICT, WITHOUT ROWID;

-- Bytes that somebody uploaded into an account, until they expire.
CREATE TABLE upload (
    account_id      integer NOT NULL,
    upload_id       integer NOT NULL,
    owner_id        integer NOT NULL,
    blob            blob NOT NULL,
    size            integer NOT NULL,
    expires         integer NOT NULL,
    PRIMARY KEY (account_id, upload_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_expires ON upload (expires);
CREATE INDEX upload_owner ON upload (owner_id);

-- +goose Down
DROP TABLE upload;
DROP TABLE collection_log;
DROP TABLE item_gone;
ALTER TABLE item DROP COLUMN added;
