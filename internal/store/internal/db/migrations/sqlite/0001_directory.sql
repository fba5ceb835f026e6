-- The directory: who there is, who may do what, and who did it.
-- Times are microseconds since 1970 UTC, 0 for none. Booleans are 0 or 1.
-- Ids come from directory_sequence and are never used twice.

-- +goose Up
CREATE TABLE directory_sequence (
    id          integer PRIMARY KEY,
    value       integer NOT NULL
) STRICT;
INSERT INTO directory_sequence (id, value) VALUES (1, 1000);

CREATE TABLE organisation (
    id          integer PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    name        text NOT NULL,
    name_key    text NOT NULL UNIQUE,
    displayed   integer NOT NULL DEFAULT 0,
    created     integer NOT NULL
) STRICT;

CREATE TABLE domain (
    id          integer PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      integer NOT NULL,
    name        text NOT NULL UNIQUE,
    dkim_selector text NOT NULL DEFAULT '',
    dkim_key    text NOT NULL DEFAULT '',
    created     integer NOT NULL
) STRICT;
CREATE INDEX domain_org ON domain (org_id);

CREATE TABLE plan (
    id          integer PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      integer NOT NULL,
    name        text NOT NULL,
    name_key    text NOT NULL,
    quota_bytes integer NOT NULL DEFAULT -1,
    created     integer NOT NULL,
    UNIQUE (org_id, name_key)
) STRICT;

-- tree_epoch moves with every change to the collections' tree of the account
-- and to the grants on it.
CREATE TABLE account (
    id          integer PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      integer NOT NULL,
    domain_id   integer NOT NULL,
    plan_id     integer NOT NULL,
    address     text NOT NULL UNIQUE,
    name        text NOT NULL DEFAULT '',
    kind        integer NOT NULL,
    state       integer NOT NULL,
    login       integer NOT NULL,
    admin       integer NOT NULL DEFAULT 0,
    quota_bytes integer NOT NULL DEFAULT 0,
    hide_in_gal integer NOT NULL DEFAULT 0,
    displayed   integer NOT NULL DEFAULT 0,
    sent        integer NOT NULL DEFAULT 0,
    seen_per_user integer NOT NULL DEFAULT 0,
    settings    text NOT NULL DEFAULT '{}',
    created     integer NOT NULL,
    tree_epoch  integer NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX account_domain ON account (domain_id);
CREATE INDEX account_org ON account (org_id);
CREATE INDEX account_plan ON account (plan_id);

-- kind 1: the password; 2: an app password, limited by mask and may_send.
CREATE TABLE credential (
    id          integer PRIMARY KEY,
    account_id  integer NOT NULL,
    kind        integer NOT NULL,
    name        text NOT NULL,
    mask        integer NOT NULL,
    may_send    integer NOT NULL,
    hash        text NOT NULL,
    scram_salt  text NOT NULL DEFAULT '',
    scram_iterations integer NOT NULL DEFAULT 0,
    scram_stored text NOT NULL DEFAULT '',
    scram_server text NOT NULL DEFAULT '',
    created     integer NOT NULL,
    UNIQUE (account_id, name)
) STRICT;

CREATE TABLE mail_group (
    id          integer PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    org_id      integer NOT NULL,
    domain_id   integer NOT NULL,
    address     text NOT NULL UNIQUE,
    name        text NOT NULL DEFAULT '',
    hide_in_gal integer NOT NULL DEFAULT 0,
    notify_new_members integer NOT NULL DEFAULT 0,
    subscribe   integer NOT NULL DEFAULT 0,
    unsubscribe integer NOT NULL DEFAULT 0,
    displayed   integer NOT NULL DEFAULT 0,
    settings    text NOT NULL DEFAULT '{}',
    created     integer NOT NULL
) STRICT;
CREATE INDEX mail_group_domain ON mail_group (domain_id);
CREATE INDEX mail_group_org ON mail_group (org_id);

-- Every address of every account and group, the primary included. One of the
-- two ids is zero.
CREATE TABLE address (
    address     text PRIMARY KEY,
    account_id  integer NOT NULL DEFAULT 0,
    group_id    integer NOT NULL DEFAULT 0,
    is_primary  integer NOT NULL,
    delegable   integer NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX address_account ON address (account_id) WHERE account_id <> 0;
CREATE INDEX address_group ON address (group_id) WHERE group_id <> 0;

-- One of account_id, member_group and outside is set.
CREATE TABLE group_member (
    group_id    integer NOT NULL,
    account_id  integer NOT NULL DEFAULT 0,
    member_group integer NOT NULL DEFAULT 0,
    outside     text NOT NULL DEFAULT '',
    since       integer NOT NULL,
    PRIMARY KEY (group_id, account_id, member_group, outside)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_account ON group_member (account_id) WHERE account_id <> 0;
CREATE INDEX group_member_group ON group_member (member_group) WHERE member_group <> 0;

CREATE TABLE access_grant (
    account_id  integer NOT NULL,
    collection_id integer NOT NULL,
    grantee_kind integer NOT NULL,
    grantee_id  integer NOT NULL,
    negative    integer NOT NULL,
    rights      integer NOT NULL,
    mode        integer NOT NULL,
    since       integer NOT NULL,
    until_at    integer NOT NULL DEFAULT 0,
    by_account  integer NOT NULL DEFAULT 0,
    seq         integer NOT NULL,
    PRIMARY KEY (account_id, collection_id, grantee_kind, grantee_id, negative)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_grant_grantee ON access_grant (grantee_kind, grantee_id);

-- One of target_account and target_group is zero. The lists of addresses are
-- JSON arrays.
CREATE TABLE send_grant (
    target_account integer NOT NULL DEFAULT 0,
    target_group integer NOT NULL DEFAULT 0,
    grantee_kind integer NOT NULL,
    grantee_id  integer NOT NULL,
    send_right  integer NOT NULL,
    deny        integer NOT NULL,
    displayed   integer NOT NULL,
    add_addresses text NOT NULL DEFAULT '[]',
    drop_addresses text NOT NULL DEFAULT '[]',
    since       integer NOT NULL,
    until_at    integer NOT NULL DEFAULT 0,
    by_account  integer NOT NULL DEFAULT 0,
    seq         integer NOT NULL,
    PRIMARY KEY (target_account, target_group, grantee_kind, grantee_id, send_right)
) STRICT, WITHOUT ROWID;
CREATE INDEX send_grant_grantee ON send_grant (grantee_kind, grantee_id);

CREATE TABLE identity (
    id          integer PRIMARY KEY,
    uuid        text NOT NULL UNIQUE,
    account_id  integer NOT NULL,
    name        text NOT NULL,
    name_key    text NOT NULL,
    display     text NOT NULL DEFAULT '',
    address     text NOT NULL,
    reply_to    text NOT NULL DEFAULT '',
    signature   text NOT NULL DEFAULT '',
    settings    text NOT NULL DEFAULT '{}',
    UNIQUE (account_id, name_key)
) STRICT;

CREATE TABLE guest (
    id          integer PRIMARY KEY,
    org_id      integer NOT NULL,
    address     text NOT NULL,
    created     integer NOT NULL,
    UNIQUE (org_id, address)
) STRICT;

-- Hashes are hexadecimal; details is a JSON object.
CREATE TABLE audit (
    seq         integer PRIMARY KEY,
    org_id      integer NOT NULL,
    at          integer NOT NULL,
    actor_account integer NOT NULL,
    actor_address text NOT NULL,
    credential  text NOT NULL,
    protocol    text NOT NULL,
    remote      text NOT NULL,
    action      text NOT NULL,
    target_account integer NOT NULL,
    target_address text NOT NULL,
    collection  text NOT NULL,
    details     text NOT NULL,
    previous    text NOT NULL,
    hash        text NOT NULL
) STRICT;
CREATE INDEX audit_target ON audit (target_account, seq);
CREATE INDEX audit_actor ON audit (actor_address, seq);
CREATE INDEX audit_org ON audit (org_id, seq);

-- The end of the chain; its row lock puts the records in a line.
CREATE TABLE audit_head (
    id          integer PRIMARY KEY,
    seq         integer NOT NULL,
    hash        text NOT NULL
) STRICT;
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

-- epoch moves with every change to anybody's rights; rights_change says for the
-- latest epochs what it was, so that a node forgets only that.
CREATE TABLE rights_epoch (
    id          integer PRIMARY KEY,
    epoch       integer NOT NULL
) STRICT;
INSERT INTO rights_epoch (id, epoch) VALUES (1, 1);
CREATE TABLE rights_change (
    epoch       integer NOT NULL,
    kind        integer NOT NULL,
    subject     integer NOT NULL,
    PRIMARY KEY (epoch, kind, subject)
) STRICT, WITHOUT ROWID;

-- Random keys that all nodes share.
CREATE TABLE server_secret (
    name        text PRIMARY KEY,
    value       text NOT NULL
) STRICT;
