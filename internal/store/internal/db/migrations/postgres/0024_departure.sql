-- What left a mailbox, and where messages were of which the audit log speaks, is
-- kept in runs of UIDs: rows of each message and their entries in indexes were
-- more than half of moving many.

-- +goose Up
-- Items that left a collection with one change, those from first_uid to
-- last_uid. stays has for each its email and the ModSeq at which it came, as
-- "email modseq" and parted by commas, each number less that of the item
-- before; it is empty for those that left before such things were kept.
CREATE TABLE departure (
    account_id      bigint NOT NULL,
    collection_id   bigint NOT NULL,
    modseq          bigint NOT NULL,
    first_uid       bigint NOT NULL,
    last_uid        bigint NOT NULL,
    stays           text NOT NULL,
    PRIMARY KEY (account_id, collection_id, modseq, first_uid)
);
CREATE INDEX departure_modseq ON departure (account_id, modseq);
INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays)
    SELECT account_id, collection_id, modseq, uid, uid, email_id || ' ' || added FROM item_gone;
INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays)
    SELECT account_id, collection_id, modseq, object, object, '' FROM gone g WHERE kind = 1 AND NOT EXISTS (
        SELECT 1 FROM item_gone i WHERE i.account_id = g.account_id AND i.modseq = g.modseq AND i.collection_id = g.collection_id AND i.uid = g.object);
DROP TABLE gone;

-- Emails that are no more, with the thread they were of.
CREATE TABLE email_gone (
    account_id      bigint NOT NULL,
    email_id        bigint NOT NULL,
    thread_id       bigint NOT NULL,
    PRIMARY KEY (account_id, email_id)
);
INSERT INTO email_gone (account_id, email_id, thread_id)
    SELECT account_id, email_id, MAX(thread_id) FROM item_gone g WHERE NOT EXISTS (
        SELECT 1 FROM email e WHERE e.account_id = g.account_id AND e.email_id = g.email_id) GROUP BY account_id, email_id;
DROP TABLE item_gone;

-- Where messages were of which the log speaks: those from first_uid to last_uid,
-- at most a thousand, whose emails are numbered from first_email on.
CREATE TABLE audit_place (
    account_id      bigint NOT NULL,
    collection_id   bigint NOT NULL,
    first_uid       bigint NOT NULL,
    last_uid        bigint NOT NULL,
    first_email     bigint NOT NULL,
    org_id          bigint NOT NULL,
    path            text NOT NULL,
    removed         bigint NOT NULL,
    PRIMARY KEY (account_id, collection_id, first_uid)
);
CREATE INDEX audit_place_email ON audit_place (account_id, first_email);
CREATE INDEX audit_place_removed ON audit_place (org_id, removed);
INSERT INTO audit_place (account_id, collection_id, first_uid, last_uid, first_email, org_id, path, removed)
    SELECT account_id, collection_id, MIN(uid), MAX(uid), MIN(email_id), org_id, path, removed FROM (
        SELECT account_id, collection_id, uid, email_id, org_id, path, removed, uid - ROW_NUMBER() OVER (
            PARTITION BY account_id, collection_id, org_id, path, removed, email_id - uid ORDER BY uid) AS run FROM audit_gone) g
    GROUP BY account_id, collection_id, org_id, path, removed, email_id - uid, run, uid / 1000;

-- The Message-IDs (message_hash) of emails that are no more and of which the log
-- may speak; no row for one without.
CREATE TABLE audit_email (
    account_id      bigint NOT NULL,
    email_id        bigint NOT NULL,
    message_hash    bigint NOT NULL,
    org_id          bigint NOT NULL,
    removed         bigint NOT NULL,
    PRIMARY KEY (account_id, email_id)
);
CREATE INDEX audit_email_message ON audit_email (message_hash);
CREATE INDEX audit_email_removed ON audit_email (org_id, removed);
INSERT INTO audit_email (account_id, email_id, message_hash, org_id, removed)
    SELECT account_id, email_id, MAX(message_hash), MAX(org_id), MAX(removed) FROM audit_gone g WHERE message_hash <> 0 AND NOT EXISTS (
        SELECT 1 FROM email e WHERE e.account_id = g.account_id AND e.email_id = g.email_id) GROUP BY account_id, email_id;
DROP TABLE audit_gone;

-- +goose Down
CREATE TABLE audit_gone (
    account_id  bigint NOT NULL,
    collection_id bigint NOT NULL,
    uid         bigint NOT NULL,
    email_id    bigint NOT NULL,
    message_hash bigint NOT NULL,
    org_id      bigint NOT NULL,
    path        text NOT NULL,
    removed     bigint NOT NULL,
    PRIMARY KEY (account_id, collection_id, uid)
);
CREATE INDEX audit_gone_message ON audit_gone (message_hash) WHERE message_hash <> 0;
CREATE INDEX audit_gone_email ON audit_gone (account_id, email_id);
CREATE INDEX audit_gone_removed ON audit_gone (org_id, removed);
INSERT INTO audit_gone (account_id, collection_id, uid, email_id, message_hash, org_id, path, removed)
    WITH RECURSIVE one (account_id, collection_id, uid, last_uid, email_id, org_id, path, removed) AS (
        SELECT account_id, collection_id, first_uid, last_uid, first_email, org_id, path, removed FROM audit_place
        UNION ALL SELECT account_id, collection_id, uid + 1, last_uid, email_id + 1, org_id, path, removed FROM one WHERE uid < last_uid)
    SELECT o.account_id, o.collection_id, o.uid, o.email_id, COALESCE(e.message_hash, a.message_hash, 0), o.org_id, o.path, o.removed FROM one o
        LEFT JOIN email e ON e.account_id = o.account_id AND e.email_id = o.email_id
        LEFT JOIN audit_email a ON a.account_id = o.account_id AND a.email_id = o.email_id;
DROP TABLE audit_email;
DROP TABLE audit_place;
CREATE TABLE item_gone (
    account_id      bigint NOT NULL,
    modseq          bigint NOT NULL,
    collection_id   bigint NOT NULL,
    uid             bigint NOT NULL,
    email_id        bigint NOT NULL,
    thread_id       bigint NOT NULL,
    added           bigint NOT NULL,
    PRIMARY KEY (account_id, modseq, collection_id, uid)
);
CREATE INDEX item_gone_collection ON item_gone (account_id, collection_id, modseq);
INSERT INTO item_gone (account_id, modseq, collection_id, uid, email_id, thread_id, added)
    WITH RECURSIVE one (account_id, modseq, collection_id, uid, email_id, added, rest) AS (
        SELECT account_id, modseq, collection_id, first_uid - 1, CAST(0 AS bigint), CAST(0 AS bigint), stays || ',' FROM departure WHERE stays <> ''
        UNION ALL SELECT account_id, modseq, collection_id, uid + 1,
            email_id + CAST(SUBSTR(rest, 1, STRPOS(rest, ' ') - 1) AS bigint),
            added + CAST(SUBSTR(rest, STRPOS(rest, ' ') + 1, STRPOS(rest, ',') - STRPOS(rest, ' ') - 1) AS bigint),
            SUBSTR(rest, STRPOS(rest, ',') + 1) FROM one WHERE rest <> '')
    SELECT o.account_id, o.modseq, o.collection_id, o.uid, o.email_id, COALESCE(e.thread_id, g.thread_id, 0), o.added FROM one o
        LEFT JOIN email e ON e.account_id = o.account_id AND e.email_id = o.email_id
        LEFT JOIN email_gone g ON g.account_id = o.account_id AND g.email_id = o.email_id WHERE o.email_id <> 0;
DROP TABLE email_gone;
CREATE TABLE gone (
    account_id      bigint NOT NULL,
    kind            smallint NOT NULL,
    collection_id   bigint NOT NULL,
    modseq          bigint NOT NULL,
    object          bigint NOT NULL,
    PRIMARY KEY (account_id, kind, collection_id, modseq, object)
);
INSERT INTO gone (account_id, kind, collection_id, modseq, object)
    WITH RECURSIVE one (account_id, collection_id, modseq, uid, last_uid) AS (
        SELECT d.account_id, d.collection_id, d.modseq, d.first_uid, d.last_uid FROM departure d
            JOIN collection c ON c.account_id = d.account_id AND c.collection_id = d.collection_id
        UNION ALL SELECT account_id, collection_id, modseq, uid + 1, last_uid FROM one WHERE uid < last_uid)
    SELECT account_id, 1, collection_id, modseq, uid FROM one;
INSERT INTO gone (account_id, kind, collection_id, modseq, object)
    SELECT account_id, 2, collection_id, gone, collection_id FROM collection_log WHERE gone <> 0;
DROP TABLE departure;
