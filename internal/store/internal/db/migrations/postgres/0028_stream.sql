-- Who is at a conversation, and with which stream of changes they follow it:
-- stream_id is '' for a program that names none. Nothing is kept of it, so what
-- was said before is said anew.

-- +goose Up
DROP TABLE presence;
CREATE TABLE presence (
    account_id  bigint NOT NULL,
    thread_id   bigint NOT NULL,
    person_id   bigint NOT NULL,
    stream_id   text NOT NULL,
    activity    bigint NOT NULL,
    since       bigint NOT NULL,
    until_at    bigint NOT NULL,
    PRIMARY KEY (account_id, thread_id, person_id, stream_id)
);
CREATE INDEX presence_person ON presence (person_id);
CREATE INDEX presence_until ON presence (until_at);

-- +goose Down
DROP TABLE presence;
CREATE TABLE presence (
    account_id  bigint NOT NULL,
    thread_id   bigint NOT NULL,
    person_id   bigint NOT NULL,
    activity    bigint NOT NULL,
    since       bigint NOT NULL,
    until_at    bigint NOT NULL,
    PRIMARY KEY (account_id, thread_id, person_id)
);
CREATE INDEX presence_person ON presence (person_id);
CREATE INDEX presence_until ON presence (until_at);
