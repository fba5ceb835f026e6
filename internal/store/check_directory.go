package store

// directoryInvariants are invariants of the directory.
var directoryInvariants = []struct{ text, query string }{
	{"account %v has domain %v, plan %v or organisation %v that is not there or not together", `SELECT a.id, a.domain_id, a.plan_id, a.org_id
		FROM account a LEFT JOIN domain d ON d.id = a.domain_id AND d.org_id = a.org_id
		LEFT JOIN plan p ON p.id = a.plan_id AND p.org_id = a.org_id
		LEFT JOIN organisation o ON o.id = a.org_id WHERE d.id IS NULL OR p.id IS NULL OR o.id IS NULL`},
	{"group %v has domain %v or organisation %v that is not there or not together", `SELECT g.id, g.domain_id, g.org_id
		FROM mail_group g LEFT JOIN domain d ON d.id = g.domain_id AND d.org_id = g.org_id WHERE d.id IS NULL`},
	{"account %v does not have its primary address %q", `SELECT a.id, a.address FROM account a
		LEFT JOIN address d ON d.address = a.address AND d.account_id = a.id AND d.is_primary = 1 WHERE d.address IS NULL`},
	{"group %v does not have its primary address %q", `SELECT g.id, g.address FROM mail_group g
		LEFT JOIN address d ON d.address = g.address AND d.group_id = g.id AND d.is_primary = 1 WHERE d.address IS NULL`},
	{"address %q is of account %v and group %v, of which one must be there", `SELECT d.address, d.account_id, d.group_id FROM address d
		LEFT JOIN account a ON a.id = d.account_id LEFT JOIN mail_group g ON g.id = d.group_id
		WHERE (a.id IS NULL) = (g.id IS NULL)`},
	{"account %v has %v primary addresses", `SELECT account_id, COUNT(*) FROM address WHERE is_primary = 1 AND account_id <> 0
		GROUP BY account_id HAVING COUNT(*) <> 1`},
	{"organisation %v has no default plan", `SELECT id FROM organisation WHERE id NOT IN (SELECT org_id FROM plan WHERE name_key = 'default')`},
	{"group %v has the member %v, %v, %q that is not there", `SELECT m.group_id, m.account_id, m.member_group, m.outside FROM group_member m
		LEFT JOIN mail_group h ON h.id = m.group_id LEFT JOIN account a ON a.id = m.account_id
		LEFT JOIN mail_group g ON g.id = m.member_group
		WHERE h.id IS NULL OR a.id IS NULL AND g.id IS NULL AND m.outside = ''`},
	{"grant on %v-%v to grantee %v %v, who is not there", `SELECT x.account_id, x.collection_id, x.grantee_kind, x.grantee_id FROM access_grant x
		LEFT JOIN account a ON x.grantee_kind = 1 AND a.id = x.grantee_id LEFT JOIN mail_group g ON x.grantee_kind = 2 AND g.id = x.grantee_id
		LEFT JOIN domain d ON x.grantee_kind = 3 AND d.id = x.grantee_id LEFT JOIN plan p ON x.grantee_kind = 4 AND p.id = x.grantee_id
		WHERE x.grantee_kind <= 4 AND a.id IS NULL AND g.id IS NULL AND d.id IS NULL AND p.id IS NULL`},
	{"send right on %v, %v to grantee %v %v: one of them is not there", `SELECT x.target_account, x.target_group, x.grantee_kind, x.grantee_id
		FROM send_grant x LEFT JOIN account t ON t.id = x.target_account LEFT JOIN mail_group u ON u.id = x.target_group
		LEFT JOIN account a ON x.grantee_kind = 1 AND a.id = x.grantee_id LEFT JOIN mail_group g ON x.grantee_kind = 2 AND g.id = x.grantee_id
		WHERE t.id IS NULL AND u.id IS NULL OR x.grantee_kind = 1 AND a.id IS NULL OR x.grantee_kind = 2 AND g.id IS NULL`},
	{"send right on %v, %v to domain or plan %v, which is not there", `SELECT x.target_account, x.target_group, x.grantee_id FROM send_grant x
		LEFT JOIN domain d ON x.grantee_kind = 3 AND d.id = x.grantee_id LEFT JOIN plan p ON x.grantee_kind = 4 AND p.id = x.grantee_id
		WHERE x.grantee_kind IN (3, 4) AND d.id IS NULL AND p.id IS NULL`},
	{"request %v is to group %v or of account %v, which is not there", `SELECT r.id, r.group_id, r.account_id FROM group_request r
		LEFT JOIN mail_group g ON g.id = r.group_id LEFT JOIN account a ON a.id = r.account_id
		WHERE g.id IS NULL OR r.account_id <> 0 AND a.id IS NULL`},
	{"letter %v is about request %v, which is not there", `SELECT id, request_id FROM group_letter WHERE request_id NOT IN (SELECT id FROM group_request)`},
	{"subscription of account %v in account %v, one of which is not there", `SELECT account_id, home_id FROM subscription
		WHERE account_id <> 0 AND account_id NOT IN (SELECT id FROM account) OR home_id <> 0 AND home_id NOT IN (SELECT id FROM account)`},
	{"read state of reader %v, who is not there", `SELECT DISTINCT reader_id FROM read_state WHERE reader_id NOT IN (SELECT id FROM account)`},
	{"wording %q of organisation %v, which is not there", `SELECT kind, org_id FROM wording WHERE org_id NOT IN (SELECT id FROM organisation)`},
	{"identity %v is of account %v, which is not there", `SELECT id, account_id FROM identity WHERE account_id NOT IN (SELECT id FROM account)`},
	{"account %v is said to forward to %v addresses, which it does not, or is not there", `SELECT f.account_id, f.addresses FROM forwarding f
		WHERE f.account_id NOT IN (SELECT id FROM account)
		OR f.addresses <> (SELECT COUNT(*) FROM forwarding_address a WHERE a.account_id = f.account_id)`},
	{"out-of-office or forwarding of account %v, which is not there", `SELECT account_id FROM out_of_office
		WHERE account_id NOT IN (SELECT id FROM account)
		UNION SELECT account_id FROM out_of_office_told WHERE account_id NOT IN (SELECT id FROM account)
		UNION SELECT account_id FROM forwarding_address WHERE account_id NOT IN (SELECT account_id FROM forwarding)`},
	{"invitation of account %v, whose state is %v", `SELECT i.account_id, COALESCE(a.state, 0) FROM invitation i
		LEFT JOIN account a ON a.id = i.account_id WHERE COALESCE(a.state, 0) <> 1`},
	{"credential %v is of account %v, which is not there", `SELECT id, account_id FROM credential WHERE account_id NOT IN (SELECT id FROM account)`},
	{"use or session of credential %v of account %v, which is not there", `SELECT u.credential_id, u.account_id FROM credential_use u
		WHERE NOT EXISTS (SELECT 1 FROM credential c WHERE c.id = u.credential_id AND c.account_id = u.account_id)
		UNION SELECT s.parent, s.account_id FROM credential s
		WHERE s.parent <> 0 AND NOT EXISTS (SELECT 1 FROM credential c WHERE c.id = s.parent AND c.account_id = s.account_id)`},
	{"passkey or provider's account of credential %v of account %v, which is not there", `SELECT p.credential_id, p.account_id FROM passkey p
		WHERE NOT EXISTS (SELECT 1 FROM credential c WHERE c.id = p.credential_id AND c.account_id = p.account_id AND c.kind = 5)
		UNION SELECT p.credential_id, p.account_id FROM provider_account p
		WHERE NOT EXISTS (SELECT 1 FROM credential c WHERE c.id = p.credential_id AND c.account_id = p.account_id AND c.kind = 6)
		UNION SELECT c.id, c.account_id FROM credential c WHERE c.kind = 5 AND c.id NOT IN (SELECT credential_id FROM passkey)
		OR c.kind = 6 AND c.id NOT IN (SELECT credential_id FROM provider_account)`},
	{"second factor of account %v, which is not there", `SELECT account_id FROM second_factor WHERE account_id NOT IN (SELECT id FROM account)
		UNION SELECT account_id FROM recovery_code WHERE account_id NOT IN (SELECT account_id FROM second_factor WHERE confirmed = 1)`},
}
