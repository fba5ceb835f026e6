package main

import (
	"bufio"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
)

type auditExport struct {
	auditFilter
	Format string `enum:"jsonl,csv" default:"jsonl" help:"jsonl, which audit verify --file reads, or csv for a spreadsheet."`
}

// exportPage is how many records are asked for, and held, at a time.
const exportPage = 2000

func (a *auditExport) Run(c *command) error {
	write := json.NewEncoder(c.out).Encode
	end := func() error { return nil }
	if a.Format == "csv" {
		sheet := csv.NewWriter(c.out)
		sheet.UseCRLF = true // RFC 4180 §2
		if err := sheet.Write(auditColumns); err != nil {
			return fmt.Errorf("export: %w", err)
		}
		write = func(r any) error { return sheet.Write(auditRow(r.(adminwire.AuditRecord))) }
		end = func() error { sheet.Flush(); return sheet.Error() }
	}
	var after int64
	for {
		list, err := a.page(c, after, exportPage)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := write(r); err != nil {
				return fmt.Errorf("export: %w", err)
			}
			after = r.Seq
		}
		if len(list) < exportPage {
			return end()
		}
	}
}

var auditColumns = []string{"seq", "time", "actor", "credential", "protocol", "remote", "action", "target", "collection", "through",
	"details", "previous", "hash"}

func auditRow(r adminwire.AuditRecord) []string {
	through := r.Details["through"]
	delete(r.Details, "through")
	row := []string{strconv.FormatInt(r.Seq, 10), when(&r.At), r.Actor, r.Credential, r.Protocol, r.Remote,
		or(r.Action, "(erased)"), r.Target, r.Collection, through, details(r.Details), r.Previous, r.Hash}
	for i := range row {
		row[i] = plainCell(row[i])
	}
	return row
}

// plainCell keeps a spreadsheet from taking a text for a formula: one that
// begins like a formula gets an apostrophe before it.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

type auditVerify struct {
	File string `type:"path" help:"Check an export (jsonl) instead, without the server."`
	Part bool   `help:"With --file: it is an export of a part, in which records may be missing."`
}

func (a *auditVerify) Run(c *command) error {
	if a.File == "" {
		v, err := fetch[adminwire.AuditVerified](c, path("audit", "verify"))
		if err != nil {
			return err
		}
		return c.answer(v, func() { c.printf("%d records, the chain is whole\n", v.Records) })
	}
	chain := postroom.AuditChain{Gaps: a.Part}
	if err := a.walk(&chain); err != nil {
		return err
	}
	v := adminwire.AuditVerified{Records: chain.Records, Missing: chain.Missing, Erased: chain.Emptied,
		Last: chain.Last, Hash: hex.EncodeToString(chain.LastHash[:])}
	return c.answer(v, func() {
		if v.Missing > 0 {
			c.printf("%d records, each is as it was written; others are missing in %d places\n", v.Records, v.Missing)
		} else {
			c.printf("%d records, the chain is whole up to %s\n", v.Records, v.Hash)
		}
	})
}

// walk reads the file twice: first what was erased, then everything.
func (a *auditVerify) walk(chain *postroom.AuditChain) error {
	err := eachRecord(a.File, func(r postroom.AuditRecord) error {
		if r.Action == postroom.AuditErase {
			return chain.Cover(r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = eachRecord(a.File, func(r postroom.AuditRecord) error { return chain.Add(r, postroom.AuditDetails(r.Details)) })
	if err != nil {
		return err
	}
	return chain.End()
}

// maxAuditLine bounds one line of an export, in bytes.
const maxAuditLine = 1 << 20

// eachRecord reads an export line by line.
func eachRecord(file string, do func(postroom.AuditRecord) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxAuditLine)
	n := 0
	for lines.Scan() {
		n++
		var r adminwire.AuditRecord
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return postroom.Errorf(postroom.Invalid, "line %d is no audit record", n)
		}
		record, err := recordOf(r)
		if err != nil {
			return postroom.Errorf(postroom.Invalid, "line %d: %v", n, err)
		}
		if err := do(record); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

// recordOf is the inverse of what the server writes.
func recordOf(r adminwire.AuditRecord) (postroom.AuditRecord, error) {
	out := postroom.AuditRecord{Seq: r.Seq, Org: postroom.OrgID(r.Org), At: r.At, Action: r.Action,
		Actor: postroom.Actor{Account: postroom.AccountID(r.ActorID), Address: r.Actor, Credential: r.Credential,
			Protocol: r.Protocol, Remote: r.Remote},
		Target: postroom.AccountID(r.TargetID), TargetAddress: r.Target, Collection: r.Collection, Details: r.Details}
	for _, h := range []struct {
		to   *[32]byte
		text string
	}{{&out.Previous, r.Previous}, {&out.Hash, r.Hash}} {
		b, err := hex.DecodeString(h.text)
		if err != nil || len(b) != len(h.to) {
			return out, errors.New("a hash is not 64 hexadecimal digits")
		}
		copy(h.to[:], b)
	}
	return out, nil
}
