-- When somebody last proved who they are in a web session.

-- +goose Up
-- 0 for web sessions that are older than this, and for other credentials.
ALTER TABLE credential ADD COLUMN proved integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE credential DROP COLUMN proved;
