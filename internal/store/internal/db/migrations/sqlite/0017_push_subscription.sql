-- Where people want to be told of changes (PushSubscription, RFC 8620 §7.2). A
-- subscription goes with its credential. verified is 0 until the code was sent, 1
-- until it came back, then 2. types is a JSON array, '' for all. told stands for
-- what was told last. version moves with what the sender must know. Times are
-- microseconds since 1970 UTC.

-- +goose Up
INSERT INTO directory_sequence (id, value) VALUES (5, 0);
CREATE TABLE push_subscription (
    id          integer NOT NULL PRIMARY KEY,
    account_id  integer NOT NULL,
    home_id     integer NOT NULL,
    credential_id integer NOT NULL,
    protocol    text NOT NULL,
    device      text NOT NULL,
    url         text NOT NULL,
    p256dh      text NOT NULL,
    auth        text NOT NULL,
    code        text NOT NULL,
    verified    integer NOT NULL,
    types       text NOT NULL,
    created     integer NOT NULL,
    expires     integer NOT NULL,
    told        text NOT NULL DEFAULT '',
    failures    integer NOT NULL DEFAULT 0,
    not_before  integer NOT NULL DEFAULT 0,
    version     integer NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_subscription_account ON push_subscription (account_id, credential_id);
CREATE INDEX push_subscription_expires ON push_subscription (expires);

-- +goose Down
DROP TABLE push_subscription;
DELETE FROM directory_sequence WHERE id = 5;
