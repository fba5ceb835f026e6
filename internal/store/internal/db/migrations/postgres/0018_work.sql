-- Notes of colleagues about a conversation. text is '' and removed 1 for one
-- that was removed, which is told as a change. mentions is a JSON array of
-- account numbers. Times are microseconds since 1970 UTC.

-- +goose Up
CREATE TABLE note (
    account_id  bigint NOT NULL,
    note_id     bigint NOT NULL,
    thread_id   bigint NOT NULL,
    author_id   bigint NOT NULL,
    author      text NOT NULL,
    text        text NOT NULL,
    mentions    text NOT NULL,
    created     bigint NOT NULL,
    changed     bigint NOT NULL,
    modseq      bigint NOT NULL,
    removed     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, note_id)
);
CREATE INDEX note_thread ON note (account_id, thread_id);
CREATE INDEX note_modseq ON note (account_id, modseq);

-- Who is at a conversation: activity 1 reads, 2 answers. Rows past their time
-- are as if they were not there.
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

-- +goose Down
DROP TABLE presence;
DROP TABLE note;
