-- What people are told of changes to what is shared with them (ShareNotification,
-- RFC 9670 §3). collection_id is the Inbox for a share of a whole account. The
-- number of a row comes from directory_sequence 4, and so does modseq; removed is
-- 1 for one that is gone, which is told as a change. Times are microseconds since
-- 1970 UTC.

-- +goose Up
INSERT INTO directory_sequence (id, value) VALUES (4, 0);
CREATE TABLE share_notification (
    person_id   bigint NOT NULL,
    notification_id bigint NOT NULL,
    created     bigint NOT NULL,
    by_id       bigint NOT NULL,
    by_name     text NOT NULL,
    by_address  text NOT NULL,
    account_id  bigint NOT NULL,
    collection_id bigint NOT NULL,
    name        text NOT NULL,
    old_rights  bigint NOT NULL,
    new_rights  bigint NOT NULL,
    modseq      bigint NOT NULL,
    removed     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (person_id, notification_id)
);
CREATE INDEX share_notification_modseq ON share_notification (person_id, modseq);
CREATE INDEX share_notification_created ON share_notification (created);

-- modseq is that of the last change of anything told to a person; changes up to
-- since are no longer known.
CREATE TABLE share_notified (
    person_id   bigint NOT NULL PRIMARY KEY,
    modseq      bigint NOT NULL,
    since       bigint NOT NULL DEFAULT 0
);

-- +goose Down
DROP TABLE share_notified;
DROP TABLE share_notification;
DELETE FROM directory_sequence WHERE id = 4;
