-- What people answer to what is shared with them, whose read state a mailbox
-- shows, and the words an organisation writes its notices in.

-- +goose Up
-- The answer of one person to a grant, named by its key: it goes with it. name
-- is what the person calls the share, empty for nothing in particular.
CREATE TABLE share_answer (
    account_id  integer NOT NULL,
    collection_id integer NOT NULL,
    grantee_kind integer NOT NULL,
    grantee_id  integer NOT NULL,
    person_id   integer NOT NULL,
    accepted    integer NOT NULL,
    name        text NOT NULL DEFAULT '',
    answered    integer NOT NULL,
    PRIMARY KEY (account_id, collection_id, grantee_kind, grantee_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_answer_person ON share_answer (person_id);

-- 0 as the collection above it, 1 one read state for all, 2 each their own.
ALTER TABLE collection ADD COLUMN seen integer NOT NULL DEFAULT 0;
CREATE INDEX collection_seen ON collection (account_id) WHERE seen <> 0;

ALTER TABLE organisation ADD COLUMN locale text NOT NULL DEFAULT '';

-- Templates of an organisation; what is empty is as the server words it.
CREATE TABLE wording (
    org_id      integer NOT NULL,
    kind        text NOT NULL,
    locale      text NOT NULL,
    subject     text NOT NULL DEFAULT '',
    intro       text NOT NULL DEFAULT '',
    closing     text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, kind, locale)
) STRICT, WITHOUT ROWID;

ALTER TABLE identity ADD COLUMN signature_html text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE identity DROP COLUMN signature_html;
DROP TABLE wording;
ALTER TABLE organisation DROP COLUMN locale;
DROP INDEX collection_seen;
ALTER TABLE collection DROP COLUMN seen;
DROP TABLE share_answer;
