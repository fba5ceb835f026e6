-- Which emails have attachments is asked for of all of them at once: a column
-- tells it without opening their summaries.

-- +goose Up
-- 1 with an attachment, 0 without; NULL for emails that are older than this: the
-- summary of those tells.
ALTER TABLE email ADD COLUMN attached smallint;

-- +goose Down
ALTER TABLE email DROP COLUMN attached;
