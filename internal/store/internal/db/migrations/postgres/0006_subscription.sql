-- Groups by a filter, and what people ask of groups.

-- +goose Up
-- attributes is a JSON object; filters of groups ask for them.
ALTER TABLE account ADD COLUMN attributes text NOT NULL DEFAULT '{}';

-- filter is one of RFC 4515: then the members that are accounts are those that
-- match, and there are no others. outsiders: people with an address elsewhere
-- may ask to join.
ALTER TABLE mail_group ADD COLUMN filter text NOT NULL DEFAULT '';
ALTER TABLE mail_group ADD COLUMN outsiders smallint NOT NULL DEFAULT 0;
CREATE INDEX mail_group_filter ON mail_group (org_id) WHERE filter <> '';

-- Who asked to join (act 1) or leave (act 2) a group: an account, or else an
-- outside address. state 1: to be confirmed by whom it is about, 2: the owners
-- decide, then 3 done, 4 refused, 5 expired. It is kept until forget, so that a
-- late answer gets one too.
CREATE TABLE group_request (
    id          bigint PRIMARY KEY,
    group_id    bigint NOT NULL,
    act         smallint NOT NULL,
    account_id  bigint NOT NULL,
    outside     text NOT NULL,
    state       smallint NOT NULL,
    created     bigint NOT NULL,
    expires     bigint NOT NULL,
    forget      bigint NOT NULL,
    decided     bigint NOT NULL DEFAULT 0,
    decided_by  bigint NOT NULL DEFAULT 0
);
CREATE INDEX group_request_group ON group_request (group_id, state);
CREATE INDEX group_request_account ON group_request (account_id) WHERE account_id <> 0;
CREATE INDEX group_request_expires ON group_request (state, expires);

-- Mail about requests that is still to be written, to an account or an outside
-- address.
CREATE TABLE group_letter (
    id          bigint PRIMARY KEY,
    request_id  bigint NOT NULL,
    kind        smallint NOT NULL,
    account_id  bigint NOT NULL,
    outside     text NOT NULL,
    due         bigint NOT NULL
);
CREATE INDEX group_letter_due ON group_letter (due);
