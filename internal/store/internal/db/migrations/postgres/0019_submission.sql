-- What JMAP knows of messages that were sent (EmailSubmission, RFC 8621 §7).
-- undo is 0 while the message is held, 1 when it is on its way, 2 when it was
-- taken back. order_json has what the person ordered, envelope and delivery are
-- JSON. removed is 1 for one that was destroyed, which is told as a change.
-- Times are microseconds since 1970 UTC.

-- +goose Up
CREATE TABLE submission (
    account_id  bigint NOT NULL,
    submission_id bigint NOT NULL,
    actor_id    bigint NOT NULL,
    identity    text NOT NULL,
    email_id    bigint NOT NULL,
    thread_id   bigint NOT NULL,
    envelope    text NOT NULL,
    created     bigint NOT NULL,
    send_at     bigint NOT NULL,
    undo        bigint NOT NULL,
    queue_id    bigint NOT NULL,
    order_json  text NOT NULL,
    delivery    text NOT NULL DEFAULT '',
    modseq      bigint NOT NULL,
    removed     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, submission_id)
);
CREATE INDEX submission_modseq ON submission (account_id, modseq);
CREATE INDEX submission_queue ON submission (queue_id) WHERE queue_id <> 0;
CREATE INDEX submission_actor ON submission (actor_id);

-- held is 1 until the message is due and who sent it still may; refused is why
-- they may not.
ALTER TABLE queue ADD COLUMN held bigint NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN refused text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE queue DROP COLUMN refused;
ALTER TABLE queue DROP COLUMN held;
DROP TABLE submission;
