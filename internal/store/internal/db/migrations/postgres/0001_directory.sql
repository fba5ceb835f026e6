-- The directory: who there is, who may do what, and who did it.
-- Times are microseconds since 1970 UTC, 0 for none. Booleans are 0 or 1.
-- Ids come from directory_sequence and are never used twice.

-- +goose Up
CREATE TABLE directory_sequence (
    id          smallint PRIMARY KEY,
    value       bigint NOT NULL
);
INSERT INTO directory_sequence (id, value) VALUES (1, 1000);

CREATE TABLE organisation (
    id          bigint PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    name        text NOT NULL,
    name_key    text NOT NULL UNIQUE,
    displayed   smallint NOT NULL DEFAULT 0,
    created     bigint NOT NULL
);

CREATE TABLE domain (
    id          bigint PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      bigint NOT NULL,
    name        text NOT NULL UNIQUE,
    dkim_selector text NOT NULL DEFAULT '',
    dkim_key    text NOT NULL DEFAULT '',
    created     bigint NOT NULL
);
CREATE INDEX domain_org ON domain (org_id);

CREATE TABLE plan (
    id          bigint PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      bigint NOT NULL,
    name        text NOT NULL,
    name_key    text NOT NULL,
    quota_bytes bigint NOT NULL DEFAULT -1,
    created     bigint NOT NULL,
    UNIQUE (org_id, name_key)
);

-- tree_epoch moves with every change to the collections' tree of the account
-- and to the grants on it.
CREATE TABLE account (
    id          bigint PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      bigint NOT NULL,
    domain_id   bigint NOT NULL,
    plan_id     bigint NOT NULL,
    address     text NOT NULL UNIQUE,
    name        text NOT NULL DEFAULT '',
    kind        smallint NOT NULL,
    state       smallint NOT NULL,
    login       smallint NOT NULL,
    admin       smallint NOT NULL DEFAULT 0,
    quota_bytes bigint NOT NULL DEFAULT 0,
    hide_in_gal smallint NOT NULL DEFAULT 0,
    displayed   smallint NOT NULL DEFAULT 0,
    sent        smallint NOT NULL DEFAULT 0,
    seen_per_user smallint NOT NULL DEFAULT 0,
    settings    text NOT NULL DEFAULT '{}',
    created     bigint NOT NULL,
    tree_epoch  bigint NOT NULL DEFAULT 1
);
CREATE INDEX account_domain ON account (domain_id);
CREATE INDEX account_org ON account (org_id);
CREATE INDEX account_plan ON account (plan_id);

-- kind 1: the password; 2: an app password, limited by mask and may_send.
CREATE TABLE credential (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    kind        smallint NOT NULL,
    name        text NOT NULL,
    mask        bigint NOT NULL,
    may_send    smallint NOT NULL,
    hash        text NOT NULL,
    scram_salt  text NOT NULL DEFAULT '',
    scram_iterations bigint NOT NULL DEFAULT 0,
    scram_stored text NOT NULL DEFAULT '',
    scram_server text NOT NULL DEFAULT '',
    created     bigint NOT NULL,
    UNIQUE (account_id, name)
);

CREATE TABLE mail_group (
    id          bigint PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      bigint NOT NULL,
    domain_id   bigint NOT NULL,
    address     text NOT NULL UNIQUE,
    name        text NOT NULL DEFAULT '',
    hide_in_gal smallint NOT NULL DEFAULT 0,
    notify_new_members smallint NOT NULL DEFAULT 0,
    subscribe   smallint NOT NULL DEFAULT 0,
    unsubscribe smallint NOT NULL DEFAULT 0,
    displayed   smallint NOT NULL DEFAULT 0,
    settings    text NOT NULL DEFAULT '{}',
    created     bigint NOT NULL
);
CREATE INDEX mail_group_domain ON mail_group (domain_id);
CREATE INDEX mail_group_org ON mail_group (org_id);

-- Every address of every account and group, the primary included. One of the
-- two ids is zero.
CREATE TABLE address (
    address     text PRIMARY KEY,
    account_id  bigint NOT NULL DEFAULT 0,
    group_id    bigint NOT NULL DEFAULT 0,
    is_primary  smallint NOT NULL,
    delegable   smallint NOT NULL
);
CREATE INDEX address_account ON address (account_id) WHERE account_id <> 0;
CREATE INDEX address_group ON address (group_id) WHERE group_id <> 0;

-- One of account_id, member_group and outside is set.
CREATE TABLE group_member (
    group_id    bigint NOT NULL,
    account_id  bigint NOT NULL DEFAULT 0,
    member_group bigint NOT NULL DEFAULT 0,
    outside     text NOT NULL DEFAULT '',
    since       bigint NOT NULL,
    PRIMARY KEY (group_id, account_id, member_group, outside)
);
CREATE INDEX group_member_account ON group_member (account_id) WHERE account_id <> 0;
CREATE INDEX group_member_group ON group_member (member_group) WHERE member_group <> 0;

CREATE TABLE access_grant (
    account_id  bigint NOT NULL,
    collection_id bigint NOT NULL,
    grantee_kind smallint NOT NULL,
    grantee_id  bigint NOT NULL,
    negative    smallint NOT NULL,
    rights      bigint NOT NULL,
    mode        smallint NOT NULL,
    since       bigint NOT NULL,
    until_at    bigint NOT NULL DEFAULT 0,
    by_account  bigint NOT NULL DEFAULT 0,
    seq         bigint NOT NULL,
    PRIMARY KEY (account_id, collection_id, grantee_kind, grantee_id, negative)
);
CREATE INDEX access_grant_grantee ON access_grant (grantee_kind, grantee_id);

-- One of target_account and target_group is zero. The lists of addresses are
-- JSON arrays.
CREATE TABLE send_grant (
    target_account bigint NOT NULL DEFAULT 0,
    target_group bigint NOT NULL DEFAULT 0,
    grantee_kind smallint NOT NULL,
    grantee_id  bigint NOT NULL,
    send_right  smallint NOT NULL,
    deny        smallint NOT NULL,
    displayed   smallint NOT NULL,
    add_addresses text NOT NULL DEFAULT '[]',
    drop_addresses text NOT NULL DEFAULT '[]',
    since       bigint NOT NULL,
    until_at    bigint NOT NULL DEFAULT 0,
    by_account  bigint NOT NULL DEFAULT 0,
    seq         bigint NOT NULL,
    PRIMARY KEY (target_account, target_group, grantee_kind, grantee_id, send_right)
);
CREATE INDEX send_grant_grantee ON send_grant (grantee_kind, grantee_id);

CREATE TABLE identity (
    id          bigint PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    account_id  bigint NOT NULL,
    name        text NOT NULL,
    name_key    text NOT NULL,
    display     text NOT NULL DEFAULT '',
    address     text NOT NULL,
    reply_to    text NOT NULL DEFAULT '',
    signature   text NOT NULL DEFAULT '',
    settings    text NOT NULL DEFAULT '{}',
    UNIQUE (account_id, name_key)
);

CREATE TABLE guest (
    id          bigint PRIMARY KEY,
    org_id      bigint NOT NULL,
    address     text NOT NULL,
    created     bigint NOT NULL,
    UNIQUE (org_id, address)
);

-- Hashes are hexadecimal; details is a JSON object.
CREATE TABLE audit (
    seq         bigint PRIMARY KEY,
    org_id      bigint NOT NULL,
    at          bigint NOT NULL,
    actor_account bigint NOT NULL,
    actor_address text NOT NULL,
    credential  text NOT NULL,
    protocol    text NOT NULL,
    remote      text NOT NULL,
    action      text NOT NULL,
    target_account bigint NOT NULL,
    target_address text NOT NULL,
    collection  text NOT NULL,
    details     text NOT NULL,
    previous    text NOT NULL,
    hash        text NOT NULL
);
CREATE INDEX audit_target ON audit (target_account, seq);
CREATE INDEX audit_actor ON audit (actor_address, seq);
CREATE INDEX audit_org ON audit (org_id, seq);

-- The end of the chain; its row lock puts the records in a line.
CREATE TABLE audit_head (
    id          smallint PRIMARY KEY,
    seq         bigint NOT NULL,
    hash        text NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

-- epoch moves with every change to anybody's rights; rights_change says for the
-- latest epochs what it was, so that a node forgets only that.
CREATE TABLE rights_epoch (
    id          smallint PRIMARY KEY,
    epoch       bigint NOT NULL
);
INSERT INTO rights_epoch (id, epoch) VALUES (1, 1);
CREATE TABLE rights_change (
    epoch       bigint NOT NULL,
    kind        smallint NOT NULL,
    subject     bigint NOT NULL,
    PRIMARY KEY (epoch, kind, subject)
);

-- Random keys that all nodes share.
CREATE TABLE server_secret (
    name        text PRIMARY KEY,
    value       text NOT NULL
);
