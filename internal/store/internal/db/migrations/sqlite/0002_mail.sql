-- +goose Up
CREATE TABLE queue (
    id BIGINT PRIMARY KEY
);
-- +goose Down
DROP TABLE queue;
