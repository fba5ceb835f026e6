-- The index of the terms of messages, for each account its own. A segment is
-- written once: docs messages, bytes in all, kept in pages. Messages are indexed
-- anew.

-- +goose Up
DROP TABLE search_text;
CREATE TABLE search_segment (
    account_id      integer NOT NULL,
    segment_id      integer NOT NULL,
    docs            integer NOT NULL,
    docs_size       integer NOT NULL,
    terms_size      integer NOT NULL,
    bytes           integer NOT NULL,
    PRIMARY KEY (account_id, segment_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE search_page (
    account_id      integer NOT NULL,
    segment_id      integer NOT NULL,
    page            integer NOT NULL,
    data            blob NOT NULL,
    PRIMARY KEY (account_id, segment_id, page)
) STRICT;
UPDATE email SET indexed = 0 WHERE indexed <> 0;

-- +goose Down
DROP TABLE search_page;
DROP TABLE search_segment;
CREATE VIRTUAL TABLE search_text USING fts5 (header, body, content='', contentless_delete=1, detail=column,
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'");
UPDATE email SET indexed = 0 WHERE indexed <> 0;
