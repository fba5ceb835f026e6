-- Mail: collections and what is in them. account_id leads every key.
-- Times are microseconds since 1970 UTC, 0 for none. Booleans are 0 or 1.

-- +goose Up
-- One row an account: its counters. modseq moves with every change.
CREATE TABLE account_counter (
    account_id      integer PRIMARY KEY,
    modseq          integer NOT NULL,
    next_collection integer NOT NULL,
    next_email      integer NOT NULL,
    next_thread     integer NOT NULL,
    used_bytes      integer NOT NULL
) STRICT;

-- total, unseen, deleted and bytes are of the items; uid_next is the next UID.
CREATE TABLE collection (
    account_id      integer NOT NULL,
    collection_id   integer NOT NULL,
    parent_id       integer NOT NULL,
    kind            integer NOT NULL,
    role            text NOT NULL DEFAULT '',
    name            text NOT NULL,
    path            text NOT NULL,
    inherit         integer NOT NULL DEFAULT 1,
    uidvalidity     integer NOT NULL,
    uid_next        integer NOT NULL DEFAULT 1,
    modseq          integer NOT NULL,
    total           integer NOT NULL DEFAULT 0,
    unseen          integer NOT NULL DEFAULT 0,
    deleted         integer NOT NULL DEFAULT 0,
    bytes           integer NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, collection_id),
    UNIQUE (account_id, path)
) STRICT, WITHOUT ROWID;

-- An immutable message of an account; prefix are trace fields of this copy
-- that come before the bytes of the blob.
CREATE TABLE email (
    account_id      integer NOT NULL,
    email_id        integer NOT NULL,
    thread_id       integer NOT NULL,
    blob            blob NOT NULL,
    prefix          blob NOT NULL,
    size            integer NOT NULL,
    message_hash    integer NOT NULL,
    indexed         integer NOT NULL DEFAULT 0,
    summary         blob NOT NULL,
    PRIMARY KEY (account_id, email_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_message ON email (account_id, message_hash) WHERE message_hash <> 0;
CREATE INDEX email_thread ON email (account_id, thread_id);
CREATE INDEX email_todo ON email (account_id, email_id) WHERE indexed = 0;

-- A message in a mailbox.
CREATE TABLE item (
    account_id      integer NOT NULL,
    collection_id   integer NOT NULL,
    uid             integer NOT NULL,
    email_id        integer NOT NULL,
    flags           integer NOT NULL,
    modseq          integer NOT NULL,
    keywords        text NOT NULL DEFAULT '',
    size            integer NOT NULL,
    received        integer NOT NULL,
    saved           integer NOT NULL,
    PRIMARY KEY (account_id, collection_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_modseq ON item (account_id, collection_id, modseq);
CREATE INDEX item_email ON item (account_id, email_id);

-- What is no more: kind 1 an item (object is its UID), 2 a collection.
CREATE TABLE gone (
    account_id      integer NOT NULL,
    kind            integer NOT NULL,
    collection_id   integer NOT NULL,
    modseq          integer NOT NULL,
    object          integer NOT NULL,
    PRIMARY KEY (account_id, kind, collection_id, modseq, object)
) STRICT, WITHOUT ROWID;

-- Read state of one reader where each has their own; no row: as the item says.
CREATE TABLE read_state (
    account_id      integer NOT NULL,
    collection_id   integer NOT NULL,
    reader_id       integer NOT NULL,
    uid             integer NOT NULL,
    seen            integer NOT NULL,
    modseq          integer NOT NULL,
    PRIMARY KEY (account_id, collection_id, reader_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_state_modseq ON read_state (account_id, collection_id, reader_id, modseq);

-- The thread that knows a message identifier (message.ThreadKey).
CREATE TABLE thread_ref (
    account_id      integer NOT NULL,
    hash            integer NOT NULL,
    thread_id       integer NOT NULL,
    PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_ref_thread ON thread_ref (account_id, thread_id);

-- Mailbox names a person subscribed to or unsubscribed from, as seen from the
-- account home_id. What is visible and not named here is subscribed to.
CREATE TABLE subscription (
    account_id      integer NOT NULL,
    home_id         integer NOT NULL,
    name            text NOT NULL,
    wanted          integer NOT NULL,
    PRIMARY KEY (account_id, home_id, name)
) STRICT, WITHOUT ROWID;

-- Content-addressed bytes of the whole server. data is NULL when they are in
-- a file; refs counts emails and queued messages, loose is since when it is 0.
CREATE TABLE blob (
    id              blob PRIMARY KEY,
    size            integer NOT NULL,
    refs            integer NOT NULL,
    loose           integer NOT NULL DEFAULT 0,
    data            blob
) STRICT;
CREATE INDEX blob_loose ON blob (loose) WHERE refs = 0;

-- Copies the server filed in Sent: a client's own copy folds into them.
CREATE TABLE sent_copy (
    account_id      integer NOT NULL,
    message_hash    integer NOT NULL,
    copy_account    integer NOT NULL,
    copy_collection integer NOT NULL,
    copy_uid        integer NOT NULL,
    filed           integer NOT NULL,
    PRIMARY KEY (account_id, message_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_copy_filed ON sent_copy (filed);

CREATE TABLE queue (
    queue_id        integer PRIMARY KEY AUTOINCREMENT,
    account_id      integer NOT NULL,
    sender          text NOT NULL,
    blob            blob NOT NULL,
    size            integer NOT NULL,
    queued          integer NOT NULL,
    envelope_id     text NOT NULL DEFAULT '',
    ret             text NOT NULL DEFAULT '',
    smtputf8        integer NOT NULL DEFAULT 0,
    leased_until    integer NOT NULL DEFAULT 0,
    next_due        integer NOT NULL
) STRICT;
CREATE INDEX queue_due ON queue (next_due);

CREATE TABLE queue_recipient (
    queue_id        integer NOT NULL,
    number          integer NOT NULL,
    address         text NOT NULL,
    notify          text NOT NULL DEFAULT '',
    original        text NOT NULL DEFAULT '',
    state           text NOT NULL DEFAULT 'waiting',
    attempts        integer NOT NULL DEFAULT 0,
    next_at         integer NOT NULL,
    code            integer NOT NULL DEFAULT 0,
    enhanced        text NOT NULL DEFAULT '',
    reply           text NOT NULL DEFAULT '',
    remote          text NOT NULL DEFAULT '',
    delayed         integer NOT NULL DEFAULT 0,
    PRIMARY KEY (queue_id, number)
) STRICT, WITHOUT ROWID;

-- The words of messages (message.Words). rowid is account_id << 32 + email_id.
CREATE VIRTUAL TABLE search_text USING fts5 (header, body, content='', contentless_delete=1, detail=column,
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'");

-- +goose Down
DROP TABLE search_text;
DROP TABLE queue_recipient;
DROP TABLE queue;
DROP TABLE sent_copy;
DROP TABLE blob;
DROP TABLE subscription;
DROP TABLE thread_ref;
DROP TABLE read_state;
DROP TABLE gone;
DROP TABLE item;
DROP TABLE email;
DROP TABLE collection;
DROP TABLE account_counter;
