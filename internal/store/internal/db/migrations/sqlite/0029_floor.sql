-- What left mailboxes is not remembered for ever. items_floor is the ModSeq of
-- the last that was forgotten of the items that left a collection, or of a
-- collection below it that is gone; tree_floor that of the last collection below
-- it that is gone and forgotten. Changes since a lower ModSeq cannot be told.

-- +goose Up
ALTER TABLE collection_log ADD COLUMN items_floor integer NOT NULL DEFAULT 0;
ALTER TABLE collection_log ADD COLUMN tree_floor integer NOT NULL DEFAULT 0;
-- When the items left, in microseconds since 1970 UTC; what left before is as if
-- it had left now.
ALTER TABLE departure ADD COLUMN left_at integer NOT NULL DEFAULT 0;
UPDATE departure SET left_at = CAST(strftime('%s', 'now') AS integer) * 1000000;
-- With which change the email went.
ALTER TABLE email_gone ADD COLUMN modseq integer NOT NULL DEFAULT 0;
UPDATE email_gone SET modseq = COALESCE((SELECT a.modseq FROM account_counter a WHERE a.account_id = email_gone.account_id), 0);

-- +goose Down
ALTER TABLE email_gone DROP COLUMN modseq;
ALTER TABLE departure DROP COLUMN left_at;
ALTER TABLE collection_log DROP COLUMN tree_floor;
ALTER TABLE collection_log DROP COLUMN items_floor;
