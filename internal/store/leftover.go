package store

import (
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store/internal/db"
)

// addressMoved brings along what names an address that becomes another, or that
// goes when to is empty: forwarding, identities, and the lists of single grants.
// Whoever gets the address later inherits nothing.
func addressMoved(tx *db.Tx, from, to string) error {
	if err := moveForwards(tx, from, to); err != nil {
		return err
	}
	if err := moveIdentities(tx, from, to); err != nil {
		return err
	}
	return moveListed(tx, from, to)
}

// moveIdentities removes the identities that people chose on an address that
// goes, or on a subaddress of it. Those that followed a rename ask for replies
// to the new address too; others do not learn it.
func moveIdentities(tx *db.Tx, from, to string) error {
	at := strings.LastIndexByte(from, '@')
	local, domain := from[:at]+"+", from[at:]
	type row struct {
		id               int64
		address, replyTo string
	}
	var rows []row
	err := tx.Each(`SELECT id, address, reply_to FROM identity WHERE address = $1 OR reply_to = $1
		OR substr(address, 1, length($2)) = $2 AND substr(address, length(address) - length($3) + 1) = $3
		OR substr(reply_to, 1, length($2)) = $2 AND substr(reply_to, length(reply_to) - length($3) + 1) = $3`,
		[]any{from, local, domain}, func(scan func(...any) error) error {
			var r row
			err := scan(&r.id, &r.address, &r.replyTo)
			rows = append(rows, r)
			return err
		})
	if err != nil {
		return err
	}
	for _, r := range rows {
		query, args := `UPDATE identity SET reply_to = $2 WHERE id = $1`, []any{r.id, readdressed(r.replyTo, from, to)}
		switch {
		case to == "" && readdressed(r.address, from, "") == "":
			query, args = `DELETE FROM identity WHERE id = $1`, args[:1]
		case to != "" && readdressed(r.address, to, "") != "":
			continue
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
	}
	return nil
}

// readdressed is an address after another, or its base, was renamed; empty when
// that went.
func readdressed(address, from, to string) string {
	a, err := addr.Parse(address)
	switch {
	case err != nil || address != from && a.Base().String() != from:
		return address
	case to == "":
		return ""
	}
	return moved(address, to)
}

// listedGrant is a grant to send with addresses of its own.
type listedGrant struct {
	seq       int64
	target    postroom.SendTarget
	add, drop []string
}

func eachListed(tx *db.Tx, where string, args []any, do func(listedGrant)) error {
	return tx.Each(`SELECT seq, target_account, target_group, add_addresses, drop_addresses FROM send_grant `+where, args,
		func(scan func(...any) error) error {
			var g listedGrant
			var add, drop string
			if err := scan(&g.seq, &g.target.Account, &g.target.Group, &add, &drop); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(add), &g.add); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(drop), &g.drop); err != nil {
				return err
			}
			do(g)
			return nil
		})
}

// moveListed renames or removes an address in the lists of the grants to send
// as whoever has it.
func moveListed(tx *db.Tx, from, to string) error {
	var t postroom.SendTarget
	held := to
	if held == "" {
		held = from
	}
	err := tx.QueryRow(`SELECT account_id, group_id FROM address WHERE address = $1`, held).Scan(&t.Account, &t.Group)
	if noRow(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var grants []listedGrant
	err = eachListed(tx, `WHERE target_account = $1 AND target_group = $2`, []any{t.Account, t.Group}, func(g listedGrant) {
		if slices.Contains(g.add, from) || slices.Contains(g.drop, from) {
			grants = append(grants, g)
		}
	})
	if err != nil {
		return err
	}
	for _, g := range grants {
		add, err := json.Marshal(relisted(g.add, from, to))
		if err != nil {
			return err
		}
		drop, err := json.Marshal(relisted(g.drop, from, to))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE send_grant SET add_addresses = $2, drop_addresses = $3 WHERE seq = $1`, g.seq, string(add), string(drop)); err != nil {
			return err
		}
	}
	return nil
}

// relisted is a list in which one address is another, or gone.
func relisted(list []string, from, to string) []string {
	out := make([]string, 0, len(list))
	for _, a := range list {
		if a == from {
			a = to
		}
		if a != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
