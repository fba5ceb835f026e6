-- What JMAP knows of messages that were sent (EmailSubmission, RFC 8621 §7).
-- undo is 0 while the message is held, 1 when it is on its way, 2 when it was
-- taken back. order_json has what the person ordered, envelope and delivery are
-- JSON. removed is 1 for one that was destroyed, which is told as a change.
-- Times are microseconds since 1970 UTC.

-- +goose Up
CREATE TABLE submission (
    account_id  integer NOT NULL,
    submission_id integer NOT NULL,
    actor_id    integer NOT NULL,
    identity    text NOT NULL,
    email_id    integer NOT NULL,
    thread_id   integer NOT NULL,
    envelope    text NOT NULL,
    created     integer NOT NULL,
    send_at     integer NOT NULL,
    undo        integer NOT NULL,
    queue_id    integer NOT NULL,
    order_json  text NOT NULL,
    delivery    text NOT NULL DEFAULT '',
    modseq      integer NOT NULL,
    removed     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, submission_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_modseq ON submission (account_id, modseq);
CREATE INDEX submission_queue ON submission (queue_id) WHERE queue_id <> 0;
CREATE INDEX submission_actor ON submission (actor_id);

-- held is 1 until the message is due and who sent it still may; refused is why
-- they may not.
ALTER TABLE queue ADD COLUMN held integer NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN refused text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE queue DROP COLUMN refused;
ALTER TABLE queue DROP COLUMN held;
DROP TABLE submission;
