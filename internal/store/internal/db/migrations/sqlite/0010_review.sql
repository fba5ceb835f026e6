-- Access reviews: what there was when one began, and what was said of it.

-- +goose Up
-- Times in open_for, told_for and minimum are spans in microseconds of which the
-- server was there. stage is the last letter that everybody was sent.
CREATE TABLE review (
    id          integer PRIMARY KEY,
    org_id      integer NOT NULL,
    scope       integer NOT NULL,
    lapse       integer NOT NULL,
    state       integer NOT NULL,
    stage       integer NOT NULL,
    started     integer NOT NULL,
    due         integer NOT NULL,
    ended       integer NOT NULL DEFAULT 0,
    by_account  integer NOT NULL,
    minimum     integer NOT NULL,
    seen        integer NOT NULL,
    open_for    integer NOT NULL DEFAULT 0,
    told_for    integer NOT NULL DEFAULT 0,
    reminded    integer NOT NULL DEFAULT 0,
    epoch       integer NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX review_open ON review (state);

-- mark is the number of the grant, or since when a member is one: what was
-- given anew has another.
CREATE TABLE review_item (
    review_id   integer NOT NULL,
    number      integer NOT NULL,
    kind        integer NOT NULL,
    target_account integer NOT NULL,
    target_group integer NOT NULL,
    collection_id integer NOT NULL,
    grantee_kind integer NOT NULL,
    grantee_id  integer NOT NULL,
    send_right  integer NOT NULL,
    mark        integer NOT NULL,
    rights      integer NOT NULL,
    since       integer NOT NULL,
    until_at    integer NOT NULL,
    by_account  integer NOT NULL,
    target_address text NOT NULL,
    path        text NOT NULL,
    grantee_name text NOT NULL,
    state       integer NOT NULL,
    decided     integer NOT NULL DEFAULT 0,
    decided_by  integer NOT NULL DEFAULT 0,
    PRIMARY KEY (review_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_item_state ON review_item (review_id, state, number);

-- Letters that are to be written, and who was told of a review at all.
CREATE TABLE review_letter (
    id          integer PRIMARY KEY,
    review_id   integer NOT NULL,
    account_id  integer NOT NULL,
    kind        integer NOT NULL,
    queued      integer NOT NULL,
    due         integer NOT NULL
) STRICT;
CREATE INDEX review_letter_due ON review_letter (due);
CREATE INDEX review_letter_review ON review_letter (review_id);
CREATE TABLE review_told (
    review_id   integer NOT NULL,
    account_id  integer NOT NULL,
    PRIMARY KEY (review_id, account_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE review_told;
DROP TABLE review_letter;
DROP TABLE review_item;
DROP TABLE review;
