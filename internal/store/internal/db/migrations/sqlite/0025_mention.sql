-- Whom notes mention. seen is 1 when the person has looked at it; told is when
-- a mail about it went to them, 0 when none did. Mentions from before this table
-- count as seen. Times are microseconds since 1970 UTC.

-- +goose Up
CREATE TABLE mention (
    account_id  integer NOT NULL,
    person_id   integer NOT NULL,
    note_id     integer NOT NULL,
    thread_id   integer NOT NULL,
    seen        integer NOT NULL,
    told        integer NOT NULL,
    PRIMARY KEY (account_id, person_id, note_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_thread ON mention (account_id, thread_id, person_id);
CREATE INDEX mention_person ON mention (person_id);
INSERT INTO mention (account_id, person_id, note_id, thread_id, seen, told)
SELECT DISTINCT n.account_id, j.value, n.note_id, n.thread_id, 1, 0 FROM note n, json_each(n.mentions) j
WHERE n.removed = 0 AND j.value <> n.author_id AND j.value IN (SELECT id FROM account);

-- +goose Down
DROP TABLE mention;
