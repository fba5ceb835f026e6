package postroom

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
)

// AuditErase is the action of a record that says that the contents of older
// records of its organisation were erased: from and to are the first and last
// of them, records how many, digest the SHA-256 of their numbers and hashes.
const AuditErase = "audit.erase"

// Erased reports whether the contents of a record were erased. Its number, its
// organisation and the two hashes stay.
func (r *AuditRecord) Erased() bool { return r.Action == "" }

// AuditDetails is the text of details as it is stored and hashed.
func AuditDetails(details map[string]string) string {
	if details == nil {
		details = map[string]string{}
	}
	text, err := json.Marshal(details)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(text)
}

// Sum is what Hash has to be: the SHA-256 of the record as a JSON array in the
// order of the columns, the hash before it included. JSON escapes line ends, so
// that no value can pass for another. details is the text of Details.
func (r *AuditRecord) Sum(details string) [32]byte {
	at := int64(0)
	if !r.At.IsZero() {
		at = r.At.UnixMicro()
	}
	line, err := json.Marshal([]any{r.Seq, r.Org, at, r.Actor.Account, r.Actor.Address, r.Actor.Credential,
		r.Actor.Protocol, r.Actor.Remote, r.Action, r.Target, r.TargetAddress, r.Collection, details,
		hex.EncodeToString(r.Previous[:])})
	if err != nil {
		panic(err) // numbers and strings always marshal
	}
	return sha256.Sum256(line)
}

// EraseDigest sums up the records that are erased together.
type EraseDigest struct {
	From, To, Records int64
	sum               hash.Hash
}

// Add takes the next record.
func (d *EraseDigest) Add(seq int64, hash [32]byte) {
	if d.sum == nil {
		d.sum = sha256.New()
		d.From = seq
	}
	d.To = seq
	d.Records++
	fmt.Fprintf(d.sum, "%d %x\n", seq, hash)
}

// Details are those of the AuditErase record.
func (d *EraseDigest) Details() map[string]string {
	digest := ""
	if d.sum != nil {
		digest = hex.EncodeToString(d.sum.Sum(nil))
	}
	return map[string]string{"from": strconv.FormatInt(d.From, 10), "to": strconv.FormatInt(d.To, 10),
		"records": strconv.FormatInt(d.Records, 10), "digest": digest}
}

// AuditChain checks the chain of a log, record by record: first every
// AuditErase record goes to Cover, then every record to Add, both in order, and
// then End is asked. Its errors are of kind Invalid and say where the chain is
// broken. It keeps nothing of the records but of those that erase.
type AuditChain struct {
	// Gaps allows records to be missing, as in an export of a part. Erased
	// records need a cover all the same.
	Gaps bool
	// Records, Missing and Emptied count what was seen: records, places where
	// some are missing, and records whose contents were erased.
	Records, Missing, Emptied int64
	// Last is the number of the last record, LastHash its hash.
	Last     int64
	LastHash [32]byte
	covers   map[OrgID][]*auditCover
}

// auditCover is an AuditErase record and what was found of what it covers.
type auditCover struct {
	seq      int64
	from, to int64
	said     map[string]string
	found    EraseDigest
}

// Cover takes a record that erases.
func (c *AuditChain) Cover(r AuditRecord) error {
	from, err1 := strconv.ParseInt(r.Details["from"], 10, 64)
	to, err2 := strconv.ParseInt(r.Details["to"], 10, 64)
	if err1 != nil || err2 != nil || from < 1 || to < from || r.Seq <= to {
		return Errorf(Invalid, "audit record %d does not say what it erased", r.Seq)
	}
	if c.covers == nil {
		c.covers = make(map[OrgID][]*auditCover)
	}
	c.covers[r.Org] = append(c.covers[r.Org], &auditCover{seq: r.Seq, from: from, to: to, said: r.Details})
	return nil
}

// Add takes the next record. details is the text of its Details.
func (c *AuditChain) Add(r AuditRecord, details string) error {
	broken := Errorf(Invalid, "audit record %d does not fit the chain", r.Seq)
	switch {
	case r.Seq == c.Last+1:
		if r.Previous != c.LastHash {
			return broken
		}
	case c.Gaps && r.Seq > c.Last:
		c.Missing++
	default:
		return Errorf(Invalid, "audit record %d is missing: the next one is %d", c.Last+1, r.Seq)
	}
	c.Records++
	c.Last, c.LastHash = r.Seq, r.Hash
	if !r.Erased() {
		if r.Sum(details) != r.Hash {
			return broken
		}
		return nil
	}
	c.Emptied++
	for _, cover := range c.covers[r.Org] {
		if cover.from <= r.Seq && r.Seq <= cover.to {
			cover.found.Add(r.Seq, r.Hash)
			return nil
		}
	}
	return Errorf(Invalid, "audit record %d is empty, and no later record says that it was erased", r.Seq)
}

// End checks that what was erased is what the covering records name.
func (c *AuditChain) End() error {
	if c.Gaps {
		return nil
	}
	for _, covers := range c.covers {
		for _, cover := range covers {
			if found := cover.found.Details(); found["digest"] != cover.said["digest"] || found["records"] != cover.said["records"] {
				return Errorf(Invalid, "audit record %d erased %s records up to %d; %d others are empty", cover.seq,
					cover.said["records"], cover.to, cover.found.Records)
			}
		}
	}
	return nil
}
