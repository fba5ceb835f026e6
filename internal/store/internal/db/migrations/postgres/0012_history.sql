-- Since when it is known what there was before: 0 is everything, others are
-- organisations of which the older part was removed. The history itself is in
-- tables that are made from the catalogue, NAME_history for the table NAME.

-- +goose Up
CREATE TABLE history_since (
    org_id      bigint PRIMARY KEY,
    since       bigint NOT NULL
);

-- +goose Down
DROP TABLE history_since;
