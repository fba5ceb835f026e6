-- Mail: collections and what is in them. account_id leads every key.
-- Times are microseconds since 1970 UTC, 0 for none. Booleans are 0 or 1.

-- +goose Up
-- One row an account: its counters. modseq moves with every change.
CREATE TABLE account_counter (
    account_id      bigint PRIMARY KEY,
    modseq          bigint NOT NULL,
    next_collection bigint NOT NULL,
    next_email      bigint NOT NULL,
    next_thread     bigint NOT NULL,
    used_bytes      bigint NOT NULL
);

-- total, unseen, deleted and bytes are of the items; uid_next is the next UID.
CREATE TABLE collection (
    account_id      bigint NOT NULL,
    collection_id   bigint NOT NULL,
    parent_id       bigint NOT NULL,
    kind            smallint NOT NULL,
    role            text NOT NULL DEFAULT '',
    name            text NOT NULL,
    path            text NOT NULL,
    inherit         smallint NOT NULL DEFAULT 1,
    uidvalidity     bigint NOT NULL,
    uid_next        bigint NOT NULL DEFAULT 1,
    modseq          bigint NOT NULL,
    total           bigint NOT NULL DEFAULT 0,
    unseen          bigint NOT NULL DEFAULT 0,
    deleted         bigint NOT NULL DEFAULT 0,
    bytes           bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, collection_id),
    UNIQUE (account_id, path)
);

-- An immutable message of an account; prefix are trace fields of this copy
-- that come before the bytes of the blob.
CREATE TABLE email (
    account_id      bigint NOT NULL,
    email_id        bigint NOT NULL,
    thread_id       bigint NOT NULL,
    blob            bytea NOT NULL,
    prefix          bytea NOT NULL,
    size            bigint NOT NULL,
    message_hash    bigint NOT NULL,
    indexed         smallint NOT NULL DEFAULT 0,
    summary         bytea NOT NULL,
    PRIMARY KEY (account_id, email_id)
);
CREATE INDEX email_message ON email (account_id, message_hash) WHERE message_hash <> 0;
CREATE INDEX email_thread ON email (account_id, thread_id);
CREATE INDEX email_todo ON email (account_id, email_id) WHERE indexed = 0;

-- A message in a mailbox.
CREATE TABLE item (
    account_id      bigint NOT NULL,
    collection_id   bigint NOT NULL,
    uid             bigint NOT NULL,
    email_id        bigint NOT NULL,
    flags           smallint NOT NULL,
    modseq          bigint NOT NULL,
    keywords        text NOT NULL DEFAULT '',
    size            bigint NOT NULL,
    received        bigint NOT NULL,
    saved           bigint NOT NULL,
    PRIMARY KEY (account_id, collection_id, uid)
);
CREATE INDEX item_modseq ON item (account_id, collection_id, modseq);
CREATE INDEX item_email ON item (account_id, email_id);

-- What is no more: kind 1 an item (object is its UID), 2 a collection.
CREATE TABLE gone (
    account_id      bigint NOT NULL,
    kind            smallint NOT NULL,
    collection_id   bigint NOT NULL,
    modseq          bigint NOT NULL,
    object          bigint NOT NULL,
    PRIMARY KEY (account_id, kind, collection_id, modseq, object)
);

-- Read state of one reader where each has their own; no row: as the item says.
CREATE TABLE read_state (
    account_id      bigint NOT NULL,
    collection_id   bigint NOT NULL,
    reader_id       bigint NOT NULL,
    uid             bigint NOT NULL,
    seen            smallint NOT NULL,
    modseq          bigint NOT NULL,
    PRIMARY KEY (account_id, collection_id, reader_id, uid)
);
CREATE INDEX read_state_modseq ON read_state (account_id, collection_id, reader_id, modseq);

-- The thread that knows a message identifier (message.ThreadKey).
CREATE TABLE thread_ref (
    account_id      bigint NOT NULL,
    hash            bigint NOT NULL,
    thread_id       bigint NOT NULL,
    PRIMARY KEY (account_id, hash)
);
CREATE INDEX thread_ref_thread ON thread_ref (account_id, thread_id);

-- Mailbox names a person subscribed to or unsubscribed from, as seen from the
-- account home_id. What is visible and not named here is subscribed to.
CREATE TABLE subscription (
    account_id      bigint NOT NULL,
    home_id         bigint NOT NULL,
    name            text NOT NULL,
    wanted          bigint NOT NULL,
    PRIMARY KEY (account_id, home_id, name)
);

-- Content-addressed bytes of the whole server. data is NULL when they are in
-- a file; refs counts emails and queued messages, loose is since when it is 0.
CREATE TABLE blob (
    id              bytea PRIMARY KEY,
    size            bigint NOT NULL,
    refs            bigint NOT NULL,
    loose           bigint NOT NULL DEFAULT 0,
    data            bytea
);
ALTER TABLE blob ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX blob_loose ON blob (loose) WHERE refs = 0;

-- Copies the server filed in Sent: a client's own copy folds into them.
CREATE TABLE sent_copy (
    account_id      bigint NOT NULL,
    message_hash    bigint NOT NULL,
    copy_account    bigint NOT NULL,
    copy_collection bigint NOT NULL,
    copy_uid        bigint NOT NULL,
    filed           bigint NOT NULL,
    PRIMARY KEY (account_id, message_hash)
);
CREATE INDEX sent_copy_filed ON sent_copy (filed);

CREATE TABLE queue (
    queue_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id      bigint NOT NULL,
    sender          text NOT NULL,
    blob            bytea NOT NULL,
    size            bigint NOT NULL,
    queued          bigint NOT NULL,
    envelope_id     text NOT NULL DEFAULT '',
    ret             text NOT NULL DEFAULT '',
    smtputf8        smallint NOT NULL DEFAULT 0,
    leased_until    bigint NOT NULL DEFAULT 0,
    next_due        bigint NOT NULL
);
CREATE INDEX queue_due ON queue (next_due);

CREATE TABLE queue_recipient (
    queue_id        bigint NOT NULL,
    number          bigint NOT NULL,
    address         text NOT NULL,
    notify          text NOT NULL DEFAULT '',
    original        text NOT NULL DEFAULT '',
    state           text NOT NULL DEFAULT 'waiting',
    attempts        bigint NOT NULL DEFAULT 0,
    next_at         bigint NOT NULL,
    code            bigint NOT NULL DEFAULT 0,
    enhanced        text NOT NULL DEFAULT '',
    reply           text NOT NULL DEFAULT '',
    remote          text NOT NULL DEFAULT '',
    delayed         smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (queue_id, number)
);

-- The words of messages (message.Words).
CREATE TABLE search_text (
    account_id      bigint NOT NULL,
    email_id        bigint NOT NULL,
    header          tsvector NOT NULL,
    body            tsvector NOT NULL,
    PRIMARY KEY (account_id, email_id)
);
CREATE INDEX search_text_header ON search_text USING gin (header);
CREATE INDEX search_text_body ON search_text USING gin (body);

-- +goose Down
DROP TABLE search_text, queue_recipient, queue, sent_copy, blob, subscription, thread_ref, read_state, gone, item, email,
    collection, account_counter;
