-- Which audit records speak of a message, without walking the log.

-- +goose Up
-- Records about ranges of UIDs: a range is cut into blocks whose length is a
-- power of two, span is the number of the block * 64 + the exponent.
CREATE TABLE audit_span (
    account_id  integer NOT NULL,
    collection_id integer NOT NULL,
    span        integer NOT NULL,
    seq         integer NOT NULL,
    PRIMARY KEY (account_id, collection_id, span, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_span_seq ON audit_span (seq);

-- Records about a message that was sent.
CREATE TABLE audit_sent (
    message_hash integer NOT NULL,
    seq         integer NOT NULL,
    PRIMARY KEY (message_hash, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_sent_seq ON audit_sent (seq);

-- Where messages were that the log speaks of; message_hash stands for the
-- Message-ID, 0 for none.
CREATE TABLE audit_gone (
    account_id  integer NOT NULL,
    collection_id integer NOT NULL,
    uid         integer NOT NULL,
    email_id    integer NOT NULL,
    message_hash integer NOT NULL,
    org_id      integer NOT NULL,
    path        text NOT NULL,
    removed     integer NOT NULL,
    PRIMARY KEY (account_id, collection_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_gone_message ON audit_gone (message_hash) WHERE message_hash <> 0;
CREATE INDEX audit_gone_email ON audit_gone (account_id, email_id);
CREATE INDEX audit_gone_removed ON audit_gone (org_id, removed);

-- For how many days the contents of audit records are kept, 0 for ever; up to
-- which record they were erased.
ALTER TABLE organisation ADD COLUMN audit_days integer NOT NULL DEFAULT 0;
ALTER TABLE organisation ADD COLUMN audit_erased integer NOT NULL DEFAULT 0;
