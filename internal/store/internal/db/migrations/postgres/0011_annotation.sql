-- Annotations of mailboxes (RFC 5464), and of the server (collection_id 0, with
-- the account of the person). owner_id is 0 for shared ones, else whose private
-- one it is. value is NULL for one that was removed, which is told as a change.

-- +goose Up
CREATE TABLE annotation (
    account_id      bigint NOT NULL,
    collection_id   bigint NOT NULL,
    owner_id        bigint NOT NULL,
    entry           text NOT NULL,
    value           bytea,
    modseq          bigint NOT NULL,
    PRIMARY KEY (account_id, collection_id, owner_id, entry)
);
CREATE INDEX annotation_owner ON annotation (owner_id) WHERE owner_id <> 0;

-- +goose Down
DROP TABLE annotation;
