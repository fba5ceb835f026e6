-- Automatic replies and forwarding of accounts.

-- +goose Up
-- One row an account that was ever away. addresses is a JSON array. version
-- moves with every change: a reply made for another one is not sent.
CREATE TABLE out_of_office (
    account_id      bigint PRIMARY KEY,
    enabled         smallint NOT NULL,
    from_at         bigint NOT NULL,
    until_at        bigint NOT NULL,
    subject         text NOT NULL,
    body            text NOT NULL,
    outsiders       smallint NOT NULL,
    outside_body    text NOT NULL,
    days            integer NOT NULL,
    addresses       text NOT NULL,
    version         bigint NOT NULL
);

-- Who was answered, and from when on they may be again.
CREATE TABLE out_of_office_told (
    account_id      bigint NOT NULL,
    sender          text NOT NULL,
    again           bigint NOT NULL,
    PRIMARY KEY (account_id, sender)
);
CREATE INDEX out_of_office_told_again ON out_of_office_told (again);

-- One row an account that forwards or has said that it keeps no copy.
-- addresses counts those it forwards to.
CREATE TABLE forwarding (
    account_id      bigint PRIMARY KEY,
    no_copy         smallint NOT NULL,
    addresses       integer NOT NULL
);

-- base is the address without its detail. fixed is 1 when the administrator
-- chose it.
CREATE TABLE forwarding_address (
    account_id      bigint NOT NULL,
    fixed           smallint NOT NULL,
    address         text NOT NULL,
    base            text NOT NULL,
    PRIMARY KEY (account_id, fixed, address)
);
CREATE INDEX forwarding_address_base ON forwarding_address (base);

-- +goose Down
DROP TABLE forwarding_address;
DROP TABLE forwarding;
DROP TABLE out_of_office_told;
DROP TABLE out_of_office;
