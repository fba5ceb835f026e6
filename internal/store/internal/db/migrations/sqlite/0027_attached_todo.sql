-- Emails that are older than the column of attachments are found to fill it.

-- +goose Up
CREATE INDEX email_attached_todo ON email (account_id, email_id) WHERE attached IS NULL;

-- +goose Down
DROP INDEX email_attached_todo;
