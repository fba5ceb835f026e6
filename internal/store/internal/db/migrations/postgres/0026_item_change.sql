-- Which items of a mailbox changed since a ModSeq is found by ranges of UIDs: an
-- index on the ModSeq of each item was written anew for each, however many one
-- command changed.

-- +goose Up
-- The items from first_uid to last_uid changed, after they came, at modseq for
-- the last time that this range was named. What came is found by item.added.
CREATE TABLE item_change (
    account_id      bigint NOT NULL,
    collection_id   bigint NOT NULL,
    first_uid       bigint NOT NULL,
    last_uid        bigint NOT NULL,
    modseq          bigint NOT NULL,
    PRIMARY KEY (account_id, collection_id, first_uid, last_uid)
);
CREATE INDEX item_change_modseq ON item_change (account_id, collection_id, modseq);
INSERT INTO item_change (account_id, collection_id, first_uid, last_uid, modseq)
    SELECT account_id, collection_id, 1, MAX(uid), MAX(modseq) FROM item GROUP BY account_id, collection_id;
DROP INDEX item_modseq;

-- +goose Down
CREATE INDEX item_modseq ON item (account_id, collection_id, modseq);
DROP TABLE item_change;
