package postroom

import (
	"strings"
	"testing"
	"time"
)

// chainOf writes records as the store does: numbered, with their hashes.
func chainOf(records ...AuditRecord) []AuditRecord {
	var previous [32]byte
	for i := range records {
		r := &records[i]
		r.Seq, r.Previous, r.At = int64(i+1), previous, time.Unix(int64(i), 1000).UTC()
		r.Hash = r.Sum(AuditDetails(r.Details))
		previous = r.Hash
	}
	return records
}

func verify(records []AuditRecord, gaps bool) error {
	c := AuditChain{Gaps: gaps}
	for _, r := range records {
		if r.Action == AuditErase {
			if err := c.Cover(r); err != nil {
				return err
			}
		}
	}
	for _, r := range records {
		if err := c.Add(r, AuditDetails(r.Details)); err != nil {
			return err
		}
	}
	return c.End()
}

func empty(r AuditRecord) AuditRecord {
	return AuditRecord{Seq: r.Seq, Org: r.Org, Previous: r.Previous, Hash: r.Hash}
}

func TestAuditChain(t *testing.T) {
	fresh := func() []AuditRecord {
		records := chainOf(AuditRecord{Org: 1, Action: "a"}, AuditRecord{Org: 2, Action: "b", Details: map[string]string{"x": "<&>\xff"}},
			AuditRecord{Org: 1, Action: "c"}, AuditRecord{Org: 1, Action: "d"})
		var digest EraseDigest
		digest.Add(1, records[0].Hash)
		digest.Add(3, records[2].Hash)
		records = chainOf(append(records, AuditRecord{Org: 1, Action: AuditErase, Details: digest.Details()})...)
		records[0], records[2] = empty(records[0]), empty(records[2])
		return records
	}
	for name, c := range map[string]struct {
		change func([]AuditRecord) []AuditRecord
		gaps   bool
		want   string
	}{
		"whole":             {func(r []AuditRecord) []AuditRecord { return r }, false, ""},
		"changed":           {func(r []AuditRecord) []AuditRecord { r[1].Action = "e"; return r }, false, "record 2 does not fit"},
		"changed detail":    {func(r []AuditRecord) []AuditRecord { r[1].Details["x"] = "y"; return r }, false, "record 2 does not fit"},
		"removed":           {func(r []AuditRecord) []AuditRecord { return append(r[:1], r[2:]...) }, false, "record 2 is missing"},
		"first removed":     {func(r []AuditRecord) []AuditRecord { return r[1:] }, false, "record 1 is missing"},
		"a part":            {func(r []AuditRecord) []AuditRecord { return append(r[:1], r[3:]...) }, true, ""},
		"a changed part":    {func(r []AuditRecord) []AuditRecord { r[3].Org = 7; return r[3:] }, true, "record 4 does not fit"},
		"emptied":           {func(r []AuditRecord) []AuditRecord { r[3] = empty(r[3]); return r }, false, "record 4 is empty"},
		"emptied of others": {func(r []AuditRecord) []AuditRecord { r[1] = empty(r[1]); return r }, false, "record 2 is empty"},
		"emptied as theirs": {func(r []AuditRecord) []AuditRecord { r[1] = empty(r[1]); r[1].Org = 1; return r }, false, "others are empty"},
		"hash changed":      {func(r []AuditRecord) []AuditRecord { r[0].Hash[0]++; return r }, false, "record 2 does not fit"},
	} {
		err := verify(c.change(fresh()), c.gaps)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
