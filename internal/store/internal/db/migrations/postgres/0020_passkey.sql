-- Passkeys, and accounts at identity providers.

-- +goose Up
-- Further kinds of credentials: 5 a passkey, 6 an account at an identity
-- provider. key_id is the authenticator's number of the key in base64url,
-- record what is needed to check it, as JSON. sign_count only grows, or stays 0.
CREATE TABLE passkey (
    credential_id bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    key_id      text NOT NULL UNIQUE,
    record      text NOT NULL,
    sign_count  bigint NOT NULL DEFAULT 0
);
CREATE INDEX passkey_account ON passkey (account_id);

CREATE TABLE provider_account (
    credential_id bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    provider    text NOT NULL,
    issuer      text NOT NULL,
    subject     text NOT NULL,
    email       text NOT NULL DEFAULT '',
    UNIQUE (issuer, subject)
);
CREATE INDEX provider_account_account ON provider_account (account_id);

-- Challenges and confirmations that were used, until they would have ended
-- anyway: none counts twice. Those that were not used are nowhere.
CREATE TABLE spent (
    hash        text PRIMARY KEY,
    until_at    bigint NOT NULL
);

-- +goose Down
DROP TABLE spent;
DROP TABLE provider_account;
DROP TABLE passkey;
DELETE FROM credential WHERE kind > 4;
