-- What administrators may do, what plans allow, and what organisations may have.
-- Abilities and features are sets of bits, postroom.Abilities and
-- postroom.Features; their high bits are those of later versions.

-- +goose Up
-- Administrators keep what they had: everything, but for those of one
-- organisation not to break glass (bit 16).
ALTER TABLE account ADD COLUMN abilities integer NOT NULL DEFAULT 0;
UPDATE account SET abilities = 4611686018427387903 WHERE admin = 2;
UPDATE account SET abilities = 4611686018427322367 WHERE admin = 1;

-- What a credential passes on of its account's abilities.
ALTER TABLE credential ADD COLUMN abilities integer NOT NULL DEFAULT 0;
UPDATE credential SET abilities = 4611686018427387903
    WHERE kind = 1 OR mask = (SELECT MAX(mask) FROM credential WHERE kind = 1) AND may_send = 1;

-- for_kind is the only kind of account that may have the plan, 0 for any.
-- Limits are negative, message_bytes 0, when there is none.
ALTER TABLE plan ADD COLUMN for_kind integer NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN features integer NOT NULL DEFAULT 4611686018427387903;
ALTER TABLE plan ADD COLUMN message_bytes integer NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN max_aliases integer NOT NULL DEFAULT -1;

-- Plans of new accounts by kind; 0 is the plan called default.
ALTER TABLE organisation ADD COLUMN person_plan integer NOT NULL DEFAULT 0;
ALTER TABLE organisation ADD COLUMN shared_plan integer NOT NULL DEFAULT 0;
ALTER TABLE organisation ADD COLUMN resource_plan integer NOT NULL DEFAULT 0;
ALTER TABLE organisation ADD COLUMN max_accounts integer NOT NULL DEFAULT -1;
ALTER TABLE organisation ADD COLUMN max_shared integer NOT NULL DEFAULT -1;
ALTER TABLE organisation ADD COLUMN max_bytes integer NOT NULL DEFAULT -1;
ALTER TABLE organisation ADD COLUMN max_domains integer NOT NULL DEFAULT -1;
-- The longest time that glass may stay broken, in seconds.
ALTER TABLE organisation ADD COLUMN break_glass integer NOT NULL DEFAULT 86400;

-- Why a grant was made in an emergency; empty for all others.
ALTER TABLE access_grant ADD COLUMN reason text NOT NULL DEFAULT '';
