-- Access reviews: what there was when one began, and what was said of it.

-- +goose Up
-- Times in open_for, told_for and minimum are spans in microseconds of which the
-- server was there. stage is the last letter that everybody was sent.
CREATE TABLE review (
    id          bigint PRIMARY KEY,
    org_id      bigint NOT NULL,
    scope       smallint NOT NULL,
    lapse       smallint NOT NULL,
    state       smallint NOT NULL,
    stage       smallint NOT NULL,
    started     bigint NOT NULL,
    due         bigint NOT NULL,
    ended       bigint NOT NULL DEFAULT 0,
    by_account  bigint NOT NULL,
    minimum     bigint NOT NULL,
    seen        bigint NOT NULL,
    open_for    bigint NOT NULL DEFAULT 0,
    told_for    bigint NOT NULL DEFAULT 0,
    reminded    bigint NOT NULL DEFAULT 0,
    epoch       bigint NOT NULL DEFAULT 0
);
CREATE INDEX review_open ON review (state);

-- mark is the number of the grant, or since when a member is one: what was
-- given anew has another.
CREATE TABLE review_item (
    review_id   bigint NOT NULL,
    number      bigint NOT NULL,
    kind        smallint NOT NULL,
    target_account bigint NOT NULL,
    target_group bigint NOT NULL,
    collection_id bigint NOT NULL,
    grantee_kind smallint NOT NULL,
    grantee_id  bigint NOT NULL,
    send_right  smallint NOT NULL,
    mark        bigint NOT NULL,
    rights      bigint NOT NULL,
    since       bigint NOT NULL,
    until_at    bigint NOT NULL,
    by_account  bigint NOT NULL,
    target_address text NOT NULL,
    path        text NOT NULL,
    grantee_name text NOT NULL,
    state       smallint NOT NULL,
    decided     bigint NOT NULL DEFAULT 0,
    decided_by  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (review_id, number)
);
CREATE INDEX review_item_state ON review_item (review_id, state, number);

-- Letters that are to be written, and who was told of a review at all.
CREATE TABLE review_letter (
    id          bigint PRIMARY KEY,
    review_id   bigint NOT NULL,
    account_id  bigint NOT NULL,
    kind        smallint NOT NULL,
    queued      bigint NOT NULL,
    due         bigint NOT NULL
);
CREATE INDEX review_letter_due ON review_letter (due);
CREATE INDEX review_letter_review ON review_letter (review_id);
CREATE TABLE review_told (
    review_id   bigint NOT NULL,
    account_id  bigint NOT NULL,
    PRIMARY KEY (review_id, account_id)
);

-- +goose Down
DROP TABLE review_told;
DROP TABLE review_letter;
DROP TABLE review_item;
DROP TABLE review;
