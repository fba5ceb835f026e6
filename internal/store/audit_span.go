package store

import (
	"cmp"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
)

// The log names messages by their UIDs, a whole command in one record. So that
// the records of one message are found without reading the log, each range is
// also kept in blocks: any range of n UIDs is at most 2·log2(n) blocks whose
// length is a power of two and whose first UID is a multiple of it, and a UID
// lies in 33 possible blocks.

// span numbers a block of 1<<exponent UIDs; number is that of the block.
func span(number int64, exponent int) int64 { return number<<6 | int64(exponent) }

// maxExponent is that of the block of all UIDs.
const maxExponent = 32

// spansOf cuts ascending UIDs into blocks.
func spansOf(uids []postroom.UID) (spans []int64) {
	for i := 0; i < len(uids); {
		j := i
		for j+1 < len(uids) && uids[j+1] == uids[j]+1 {
			j++
		}
		low, high := int64(uids[i]), int64(uids[j])+1
		for exponent := 0; low < high; exponent++ {
			if low&1 == 1 {
				spans = append(spans, span(low, exponent))
				low++
			}
			if high&1 == 1 {
				high--
				spans = append(spans, span(high, exponent))
			}
			low, high = low>>1, high>>1
		}
		i = j + 1
	}
	return spans
}

// spansWith are all blocks in which a UID can lie.
func spansWith(uid postroom.UID) []int64 {
	spans := make([]int64, 0, maxExponent+1)
	for exponent := 0; exponent <= maxExponent; exponent++ {
		spans = append(spans, span(int64(uid)>>exponent, exponent))
	}
	return spans
}

// maxAuditUIDs bounds the text of the UIDs in one record, in bytes. A command
// on more of them is several records.
const maxAuditUIDs = 1800

// recordMessages records an act on messages of a collection: one record,
// unless its UIDs do not fit. uids must be ascending. names are Message-IDs,
// of messagesNamed. Details must not have uids.
func (s *Session) recordMessages(tx *db.Tx, action string, ref postroom.CollectionRef, uids []postroom.UID, names string, details map[string]string) error {
	if !s.recorded(action, ref.Account) || len(uids) == 0 {
		return nil
	}
	v, err := s.seat(tx, ref.Account)
	if err != nil {
		return err
	}
	return s.recordMessagesIn(tx, v, action, ref, uids, names, details)
}

// recordMessagesIn is recordMessages with what tx has shown of the account.
func (s *Session) recordMessagesIn(tx *db.Tx, v view, action string, ref postroom.CollectionRef, uids []postroom.UID, names string, details map[string]string) error {
	if !s.recorded(action, ref.Account) || len(uids) == 0 {
		return nil
	}
	text := uidSet(uids)
	if len(text) > maxAuditUIDs && len(uids) > 1 {
		half := len(uids) / 2
		if err := s.recordMessagesIn(tx, v, action, ref, uids[:half], names, details); err != nil {
			return err
		}
		return s.recordMessagesIn(tx, v, action, ref, uids[half:], "", details)
	}
	all := map[string]string{"uids": text}
	for k, v := range details {
		all[k] = v
	}
	if names != "" {
		all["message_ids"] = names
	}
	seq, err := s.writeIn(tx, v, action, ref, all)
	if err != nil {
		return err
	}
	for _, n := range spansOf(uids) {
		_, err := tx.Exec(`INSERT INTO audit_span (account_id, collection_id, span, seq) VALUES ($1, $2, $3, $4)`,
			ref.Account, ref.Collection, n, seq)
		if err != nil {
			return err
		}
	}
	return nil
}

// maxNamed bounds the messages that a record names by their Message-IDs, and
// maxNamedBytes the text.
const (
	maxNamed      = 3
	maxNamedBytes = 500
)

// messagesNamed are the Message-IDs of the first of some messages that are in a
// mailbox, for the log. Nothing when the act is not recorded.
func (s *Session) messagesNamed(tx *db.Tx, action string, ref postroom.CollectionRef, uids []postroom.UID) (string, error) {
	if !s.recorded(action, ref.Account) {
		return "", nil
	}
	var names nameList
	for _, uid := range uids[:min(len(uids), maxNamed)] {
		var summary []byte
		err := tx.QueryRow(`SELECT e.summary FROM item i JOIN email e ON e.account_id = i.account_id AND e.email_id = i.email_id
			WHERE i.account_id = $1 AND i.collection_id = $2 AND i.uid = $3`, ref.Account, ref.Collection, uid).Scan(&summary)
		if noRow(err) {
			continue
		}
		if err != nil {
			return "", err
		}
		var m message.Summary
		if err := m.UnmarshalBinary(summary); err != nil {
			return "", err
		}
		names.add(m.MessageID)
	}
	return names.String(), nil
}

// nameList is the Message-IDs of the first of some messages.
type nameList struct {
	names       []string
	seen, bytes int
}

// add takes the Message-ID of the next message, which may be empty.
func (l *nameList) add(id string) {
	if l.seen++; l.seen > maxNamed {
		return
	}
	if id = strings.Trim(id, "<> \t"); id != "" && l.bytes+len(id) < maxNamedBytes {
		l.bytes += len(id) + 3
		l.names = append(l.names, "<"+id+">")
	}
}

// String is how a record has them.
func (l *nameList) String() string { return strings.Join(l.names, " ") }

// seqsOf finds the records about a place, in ascending order.
func seqsOf(tx *db.Tx, ref postroom.CollectionRef, uid postroom.UID) (seqs []int64, err error) {
	for _, n := range spansWith(uid) {
		err := tx.Each(`SELECT seq FROM audit_span WHERE account_id = $1 AND collection_id = $2 AND span = $3`,
			[]any{ref.Account, ref.Collection, n}, func(scan func(...any) error) error {
				var seq int64
				err := scan(&seq)
				seqs = append(seqs, seq)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(seqs, cmp.Compare[int64])
	return slices.Compact(seqs), nil
}
