package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// WorkChange changes where a conversation stands.
type WorkChange struct {
	Status *postroom.WorkStatus // nil leaves it
	// Assignee is whose work it is from now on, an address; "" nobody's, nil
	// leaves it.
	Assignee *string
}

// isKeywordByte reports whether a byte may stand in a keyword of IMAP (an atom,
// RFC 9051 §9) and of JMAP (RFC 8621 §4.1.1); "=" begins an escape.
func isKeywordByte(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune(`(){]%*"\=`, rune(c))
}

// escapeKeyword writes an address so that it may stand in a keyword: other
// bytes become "=" and two digits, as in quoted-printable.
func escapeKeyword(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if isKeywordByte(s[i]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "=%02x", s[i])
		}
	}
	return b.String()
}

func unescapeKeyword(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		var c byte
		if s[i] == '=' && i+2 < len(s) {
			if n, err := fmt.Sscanf(s[i+1:i+3], "%02x", &c); n == 1 && err == nil {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "\ufffd")
}

// ChangeWork sets where a conversation stands, on all its messages whose
// keywords the session may set. NotFound without Read on any of them, Denied
// without Write; Invalid for an assignee who cannot read the conversation.
func (s *Session) ChangeWork(ctx context.Context, account postroom.AccountID, thread postroom.ThreadID, w WorkChange) error {
	if w.Status != nil && w.Status.String() == "" {
		return postroom.Errorf(postroom.Invalid, "a conversation is open, waiting or done")
	}
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		c, err := s.store.begin(tx, account)
		if err != nil {
			return err
		}
		items, err := s.threadItems(tx, account, thread)
		if err != nil {
			return err
		}
		if w.Assignee != nil && *w.Assignee != "" {
			if *w.Assignee, err = s.assignable(tx, account, items, *w.Assignee); err != nil {
				return err
			}
		}
		items = slices.DeleteFunc(items, func(it threadItem) bool { return !it.have.Has(postroom.Write) })
		if len(items) == 0 {
			return postroom.Errorf(postroom.Denied, "permission denied: the status of this conversation")
		}
		return s.writeWork(c, items, w)
	})
}

// writeWork sets keywords, mailbox by mailbox.
func (s *Session) writeWork(c *change, items []threadItem, w WorkChange) error {
	byBox := make(map[postroom.CollectionRef][]postroom.UID)
	for _, it := range items {
		words, err := cleanKeywords(w.apply(it.Keywords))
		if err != nil {
			return err
		}
		if words == it.Keywords {
			continue
		}
		if _, err := c.number(); err != nil {
			return err
		}
		if err := c.updateItem(it.ref.Collection, it.UID, it.Flags, words); err != nil {
			return err
		}
		byBox[it.ref] = append(byBox[it.ref], it.UID)
	}
	for _, ref := range slices.SortedFunc(maps.Keys(byBox), func(a, b postroom.CollectionRef) int { return cmp.Compare(a.Collection, b.Collection) }) {
		uids := ascending(byBox[ref])
		if _, _, err := c.touch(ref.Collection, tally{}); err != nil {
			return err
		}
		names, err := s.messagesNamed(c.tx, "message.flag", ref, uids)
		if err == nil {
			err = s.recordMessages(c.tx, "message.flag", ref, uids, names, w.details())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// apply is the keywords after the change.
func (w WorkChange) apply(keywords string) string {
	words := strings.Fields(keywords)
	if w.Status != nil {
		words = slices.DeleteFunc(words, func(k string) bool { return k == waitingKeyword || k == doneKeyword })
		switch *w.Status {
		case postroom.WorkWaiting:
			words = append(words, waitingKeyword)
		case postroom.WorkDone:
			words = append(words, doneKeyword)
		}
	}
	if w.Assignee != nil {
		words = slices.DeleteFunc(words, func(k string) bool { return k == assignedKeyword || strings.HasPrefix(k, assigneePrefix) })
		if *w.Assignee != "" {
			words = append(words, assignedKeyword, assigneePrefix+escapeKeyword(*w.Assignee))
		}
	}
	return strings.Join(words, " ")
}

// details is the change as the audit log shows it.
func (w WorkChange) details() map[string]string {
	d := make(map[string]string)
	if w.Status != nil {
		d["status"] = w.Status.String()
	}
	if w.Assignee != nil {
		d["assignee"] = cmp.Or(*w.Assignee, "nobody")
	}
	return d
}
