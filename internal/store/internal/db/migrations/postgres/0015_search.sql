-- The index of the terms of messages, for each account its own. A segment is
-- written once: docs messages, bytes in all, kept in pages. Messages are indexed
-- anew.

-- +goose Up
DROP TABLE search_text;
CREATE TABLE search_segment (
    account_id      bigint NOT NULL,
    segment_id      bigint NOT NULL,
    docs            bigint NOT NULL,
    docs_size       bigint NOT NULL,
    terms_size      bigint NOT NULL,
    bytes           bigint NOT NULL,
    PRIMARY KEY (account_id, segment_id)
);
CREATE TABLE search_page (
    account_id      bigint NOT NULL,
    segment_id      bigint NOT NULL,
    page            bigint NOT NULL,
    data            bytea NOT NULL,
    PRIMARY KEY (account_id, segment_id, page)
);
UPDATE email SET indexed = 0 WHERE indexed <> 0;

-- +goose Down
DROP TABLE search_page, search_segment;
CREATE TABLE search_text (
    account_id      bigint NOT NULL,
    email_id        bigint NOT NULL,
    header          tsvector NOT NULL,
    body            tsvector NOT NULL,
    PRIMARY KEY (account_id, email_id)
);
CREATE INDEX search_text_header ON search_text USING gin (header);
CREATE INDEX search_text_body ON search_text USING gin (body);
UPDATE email SET indexed = 0 WHERE indexed <> 0;
