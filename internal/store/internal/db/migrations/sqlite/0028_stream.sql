-- Who is at a conversation, and with which stream of changes they follow it:
-- stream_id is '' for a program that names none. Nothing is kept of it, so what
-- was said before is said anew.

-- +goose Up
DROP TABLE presence;
CREATE TABLE presence (
    account_id  integer NOT NULL,
    thread_id   integer NOT NULL,
    person_id   integer NOT NULL,
    stream_id   text NOT NULL,
    activity    integer NOT NULL,
    since       integer NOT NULL,
    until_at    integer NOT NULL,
    PRIMARY KEY (account_id, thread_id, person_id, stream_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX presence_person ON presence (person_id);
CREATE INDEX presence_until ON presence (until_at);

-- +goose Down
DROP TABLE presence;
CREATE TABLE presence (
    account_id  integer NOT NULL,
    thread_id   integer NOT NULL,
    person_id   integer NOT NULL,
    activity    integer NOT NULL,
    since       integer NOT NULL,
    until_at    integer NOT NULL,
    PRIMARY KEY (account_id, thread_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX presence_person ON presence (person_id);
CREATE INDEX presence_until ON presence (until_at);
