-- What is asked of the audit log is found without reading all of it: records of an
-- action, about an address, of a time.

-- +goose Up
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_address ON audit (target_address, seq);
CREATE INDEX audit_at ON audit (at, seq);

-- +goose Down
DROP INDEX audit_at;
DROP INDEX audit_address;
DROP INDEX audit_action;
