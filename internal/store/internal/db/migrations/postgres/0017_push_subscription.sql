-- Where people want to be told of changes (PushSubscription, RFC 8620 §7.2). A
-- subscription goes with its credential. verified is 0 until the code was sent, 1
-- until it came back, then 2. types is a JSON array, '' for all. told stands for
-- what was told last. version moves with what the sender must know. Times are
-- microseconds since 1970 UTC.

-- +goose Up
INSERT INTO directory_sequence (id, value) VALUES (5, 0);
CREATE TABLE push_subscription (
    id          bigint NOT NULL PRIMARY KEY,
    account_id  bigint NOT NULL,
    home_id     bigint NOT NULL,
    credential_id bigint NOT NULL,
    protocol    text NOT NULL,
    device      text NOT NULL,
    url         text NOT NULL,
    p256dh      text NOT NULL,
    auth        text NOT NULL,
    code        text NOT NULL,
    verified    bigint NOT NULL,
    types       text NOT NULL,
    created     bigint NOT NULL,
    expires     bigint NOT NULL,
    told        text NOT NULL DEFAULT '',
    failures    bigint NOT NULL DEFAULT 0,
    not_before  bigint NOT NULL DEFAULT 0,
    version     bigint NOT NULL
);
CREATE INDEX push_subscription_account ON push_subscription (account_id, credential_id);
CREATE INDEX push_subscription_expires ON push_subscription (expires);

-- +goose Down
DROP TABLE push_subscription;
DELETE FROM directory_sequence WHERE id = 5;
