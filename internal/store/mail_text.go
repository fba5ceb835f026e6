package store

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/shelf"
	"postroom/internal/store/internal/db"
)

// SortText is a text that emails are sorted by.
type SortText uint8

// The texts: the name in the first address, or else that address; the base
// subject of RFC 5256 §2.1. Case makes no difference (RFC 5051).
const (
	ByFrom SortText = iota
	ByTo
	BySubject
	sortTexts
)

// mailText is what else of an email never changes, and is asked for less often
// than its mailFact.
type mailText struct {
	by [sortTexts]string
}

// mailTextBytes is the memory of one, with its places in the orders and without
// its texts; maxMailTextBytes bounds that of all: about one million emails.
const mailTextBytes, maxMailTextBytes = 80, 192 << 20

// mailTexts keeps the texts of the accounts asked for last. As with mailFacts,
// what is kept never goes stale: only newer ones are read.
type mailTexts struct {
	by *shelf.Shelf[postroom.AccountID, *mailTextList]
}

func newMailTexts() *mailTexts {
	return &mailTexts{by: shelf.New[postroom.AccountID, *mailTextList](maxMailTextBytes)}
}

// mailTextList has the text of email n at n. It is never changed.
type mailTextList struct {
	account postroom.AccountID
	bytes   int
	texts   []mailText
	// sorted are the emails in each order, rank is the place of each among
	// them: the same for the same text.
	sorted [sortTexts][]postroom.EmailID
	rank   [sortTexts][]uint32
}

// read returns the texts of all emails of an account below a number.
func (k *mailTexts) read(tx *db.Tx, account postroom.AccountID, next int) (*mailTextList, error) {
	kept, ok := k.by.Get(account)
	if !ok {
		kept = &mailTextList{}
	}
	if len(kept.texts) >= next {
		return kept, nil
	}
	l := &mailTextList{account: account, bytes: kept.bytes, texts: make([]mailText, next)}
	fresh, err := l.read(tx, copy(l.texts, kept.texts))
	if err != nil {
		return nil, err
	}
	for by := range sortTexts {
		l.arrange(by, kept.sorted[by], slices.Clone(fresh))
	}
	k.by.Put(account, l, l.bytes, func(old *mailTextList) bool { return len(old.texts) < len(l.texts) })
	return l, nil
}

// read reads the texts from a number on, and says of which emails.
func (l *mailTextList) read(tx *db.Tx, from int) (fresh []postroom.EmailID, err error) {
	var known keywordTable
	err = tx.Each(`SELECT email_id, summary FROM email WHERE account_id = $1 AND email_id >= $2 AND email_id < $3`,
		[]any{l.account, from, len(l.texts)}, func(scan func(...any) error) error {
			var id postroom.EmailID
			var b []byte
			var s message.Summary
			if err := scan(&id, &b); err != nil {
				return err
			}
			if err := s.UnmarshalFields(b); err != nil {
				return err
			}
			t := &l.texts[id]
			t.by = [sortTexts]string{ByFrom: known.one(firstName(s.Envelope.From)), ByTo: known.one(firstName(s.Envelope.To)),
				BySubject: strings.Clone(message.Casemap(s.BaseSubject))}
			l.bytes += mailTextBytes + len(t.by[BySubject]) + 16
			fresh = append(fresh, id)
			return nil
		})
	return fresh, err
}

// arrange merges new emails into an order, and numbers it.
func (l *mailTextList) arrange(by SortText, old, fresh []postroom.EmailID) {
	slices.SortFunc(fresh, func(a, b postroom.EmailID) int { return cmp.Compare(l.texts[a].by[by], l.texts[b].by[by]) })
	all := make([]postroom.EmailID, 0, len(old)+len(fresh))
	for _, id := range fresh {
		n, _ := slices.BinarySearchFunc(old, l.texts[id].by[by], func(o postroom.EmailID, text string) int { return cmp.Compare(l.texts[o].by[by], text) })
		all = append(append(all, old[:n]...), id)
		old = old[n:]
	}
	all = append(all, old...)
	rank := make([]uint32, len(l.texts))
	for i := 1; i < len(all); i++ {
		rank[all[i]] = rank[all[i-1]]
		if l.texts[all[i]].by[by] != l.texts[all[i-1]].by[by] {
			rank[all[i]]++
		}
	}
	l.sorted[by], l.rank[by] = all, rank
}

// firstName is the name in the first address of a list, or that address.
func firstName(addresses []message.Address) string {
	for _, a := range addresses {
		if a.Kind != message.Mailbox {
			continue
		}
		text := a.DisplayName()
		switch {
		case text != "":
		case a.Host == "":
			text = a.Mailbox
		default:
			text = a.String()
		}
		return message.Casemap(strings.ToValidUTF8(text, string(utf8.RuneError)))
	}
	return ""
}
