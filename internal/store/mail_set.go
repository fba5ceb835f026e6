package store

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Tags are the keywords of an email: flags, and words in canonical form.
type Tags struct {
	Flags postroom.Flags
	Words string
}

// EmailChange changes an email: its keywords, and the mailboxes it is in. What
// is nil or empty stays as it is.
type EmailChange struct {
	// Tags are all keywords afterwards; nil: Add and Remove tell the changes.
	Tags        *Tags
	Add, Remove Tags
	// Once is a keyword, in canonical form, to add to what Tags or Add tell. It must
	// not be there before, or the change is refused with Exists: of several who would
	// act on a message one does. Empty: none.
	Once string
	// Mailboxes are all of those one may look up that it is in afterwards;
	// nil: Enter and Leave tell the changes.
	Mailboxes    []postroom.CollectionID
	Enter, Leave []postroom.CollectionID
}

// errNoEmail is the one answer for what is not there and what may not be seen.
func errNoEmail() error { return postroom.Errorf(postroom.NotFound, "no such message") }

// errNoMailbox refuses a mailbox an email cannot be put into.
func errNoMailbox() error { return postroom.Errorf(postroom.Invalid, "no such mailbox") }

// write runs fn in a transaction that has the account locked.
func (m *Mail) write(ctx context.Context, fn func(*change, *outlook) error) error {
	s := m.session.store
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		c, err := s.begin(tx, m.account)
		if err != nil {
			return err
		}
		r, err := m.outlook(tx)
		if err != nil {
			return err
		}
		return fn(c, r)
	})
}

// one reads an email in a transaction that changes it.
func (m *Mail) one(tx *db.Tx, r *outlook, id postroom.EmailID) (*Email, error) {
	found, err := m.emails(tx, r, []postroom.EmailID{id})
	if err != nil || found[id] == nil {
		return nil, orError(err, errNoEmail())
	}
	return found[id], nil
}

// Change changes an email and returns it as it is afterwards. $seen needs Seen,
// other keywords Write in every mailbox it is in that one may look up (RFC 8621
// §2); to leave one needs DeleteItems and Expunge there, to enter one Insert,
// but for the Trash and Junk of the account when it leaves another. NotFound,
// Denied, Exists (Once is there), Invalid (it would be in no mailbox, or in one that is not there).
func (m *Mail) Change(ctx context.Context, id postroom.EmailID, x EmailChange) (after Email, err error) {
	err = m.write(ctx, func(c *change, r *outlook) error {
		e, err := m.one(c.tx, r, id)
		if err != nil {
			return err
		}
		add, remove, err := x.tags(e)
		if err != nil {
			return err
		}
		enter, leave := x.mailboxes(e)
		if err := m.mayChange(r, e, add, remove, enter, leave); err != nil {
			return err
		}
		if x.Once != "" && !slices.Contains(strings.Fields(add.Words), x.Once) {
			return postroom.Errorf(postroom.Exists, "%s is set already", x.Once)
		}
		if folded, err := m.foldDraft(c, r, e, enter, leave); folded || err != nil {
			return err
		}
		if err := m.retag(c, r, e, add, remove); err != nil {
			return err
		}
		if err := m.relocate(c, r, e, enter, leave); err != nil {
			return err
		}
		now, err := m.emails(c.tx, r, []postroom.EmailID{id})
		if e := now[id]; err == nil && e != nil {
			after = *e
		}
		return err
	})
	return after, err
}

// tags is what to add and what to remove.
func (x *EmailChange) tags(e *Email) (add, remove Tags, err error) {
	want := Tags{e.Flags&^x.Remove.Flags | x.Add.Flags, ""}
	if x.Tags != nil {
		want.Flags = x.Tags.Flags
		want.Words, err = cleanKeywords(x.Tags.Words + " " + x.Once)
	} else if want.Words, err = changeKeywords(e.Keywords, RemoveFlags, x.Remove.Words); err == nil {
		want.Words, err = changeKeywords(want.Words, AddFlags, x.Add.Words+" "+x.Once)
	}
	if err != nil {
		return add, remove, err
	}
	add.Flags, remove.Flags = want.Flags&^e.Flags, e.Flags&^want.Flags
	have, will := strings.Fields(e.Keywords), strings.Fields(want.Words)
	without := func(list, less []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(list), func(w string) bool { return slices.Contains(less, w) }), " ")
	}
	add.Words, remove.Words = without(will, have), without(have, will)
	return add, remove, nil
}

// mailboxes is what to enter and what to leave.
func (x *EmailChange) mailboxes(e *Email) (enter, leave []postroom.CollectionID) {
	target := x.Mailboxes
	if target == nil {
		target = slices.DeleteFunc(slices.Concat(e.Mailboxes, x.Enter), func(id postroom.CollectionID) bool { return slices.Contains(x.Leave, id) })
	}
	for _, id := range target {
		if !slices.Contains(e.Mailboxes, id) && !slices.Contains(enter, id) {
			enter = append(enter, id)
		}
	}
	for _, id := range e.Mailboxes {
		if !slices.Contains(target, id) {
			leave = append(leave, id)
		}
	}
	return enter, leave
}

// removing are the rights to take an email out of a mailbox.
const removing = postroom.DeleteItems | postroom.Expunge

func (m *Mail) mayChange(r *outlook, e *Email, add, remove Tags, enter, leave []postroom.CollectionID) error {
	var need postroom.Rights
	touched := add.Flags | remove.Flags
	if touched&postroom.FlagSeen != 0 {
		need |= postroom.Seen
	}
	if touched&^postroom.FlagSeen != 0 || add.Words != "" || remove.Words != "" {
		need |= postroom.Write
	}
	for _, id := range e.Mailboxes {
		if !r.rights[id].Has(need) {
			return errDenied()
		}
	}
	for _, id := range leave {
		if !r.rights[id].Has(removing) {
			return errDenied()
		}
	}
	if len(e.Mailboxes)+len(enter) == len(leave) {
		return postroom.Errorf(postroom.Invalid, "an email is in one mailbox at least")
	}
	for _, id := range enter {
		box, there := r.box(id)
		bin := box.Role == postroom.RoleTrash || box.Role == postroom.RoleJunk
		switch {
		case !there:
			return errNoMailbox()
		case !r.rights[id].Has(postroom.Insert) && !(bin && len(leave) > 0):
			return errDenied()
		}
	}
	return nil
}

// box finds a mailbox one may look up, or the Trash or Junk.
func (r *outlook) box(id postroom.CollectionID) (postroom.Collection, bool) {
	i := slices.IndexFunc(r.all, func(c postroom.Collection) bool {
		return c.Ref.Collection == id && c.Kind == postroom.MailCollection && id != postroom.RootCollection
	})
	if i < 0 {
		return postroom.Collection{}, false
	}
	bin := r.all[i].Role == postroom.RoleTrash || r.all[i].Role == postroom.RoleJunk
	return r.all[i], bin || r.rights[id].Has(postroom.Lookup)
}

// retag changes the keywords of all copies.
func (m *Mail) retag(c *change, r *outlook, e *Email, add, remove Tags) error {
	for _, step := range []struct {
		op FlagOp
		Tags
	}{{AddFlags, add}, {RemoveFlags, remove}} {
		if step.Flags == 0 && step.Words == "" {
			continue
		}
		for _, item := range e.copies {
			fc := FlagChange{Op: step.op, Flags: step.Flags, Keywords: step.Words, UnchangedSince: -1}
			if _, err := m.mailbox(item.box).changeFlags(c, r.rights[item.box], []postroom.UID{item.UID}, fc); err != nil {
				return err
			}
		}
	}
	return nil
}

// relocate puts an email into mailboxes and takes it out of others.
func (m *Mail) relocate(c *change, r *outlook, e *Email, enter, leave []postroom.CollectionID) error {
	from := e.readCopy()
	if i := slices.IndexFunc(e.copies, func(c emailCopy) bool { return slices.Contains(leave, c.box) }); i >= 0 {
		from = e.copies[i] // then the record says that it was moved from there
	}
	for i, id := range enter {
		action := "message.copy"
		if i == 0 && len(leave) > 0 {
			action = "message.move"
		}
		if err := m.enter(c, from, id, action); err != nil {
			return err
		}
	}
	for _, id := range leave {
		if err := m.leave(c, e, id, len(enter) > 0 && id == from.box); err != nil {
			return err
		}
	}
	return nil
}

// enter puts a copy of an item into a mailbox of the account.
func (m *Mail) enter(c *change, from emailCopy, id postroom.CollectionID, action string) error {
	source := m.mailbox(from.box)
	t, err := source.target(c.tx, postroom.CollectionRef{Account: m.account, Collection: id}, action == "message.move")
	if err != nil {
		return err
	}
	t.from, t.to = c, c
	rows, err := readRows(c.tx, source.ref, []postroom.UID{from.UID})
	if err != nil {
		return err
	}
	var moved Moved
	if err := t.fill(source, rows, &moved); err != nil {
		return err
	}
	return source.recordTransfer(c.tx, action, t.box, moved)
}

// leave takes all copies of an email out of a mailbox. told: the log has it.
func (m *Mail) leave(c *change, e *Email, id postroom.CollectionID, told bool) error {
	return m.drop(c, e, id, told, emailsStay)
}

func (m *Mail) drop(c *change, e *Email, id postroom.CollectionID, told bool, fate emailFate) error {
	box := m.mailbox(id)
	var uids []postroom.UID
	for _, item := range e.copies {
		if item.box == id {
			uids = append(uids, item.UID)
		}
	}
	rows, err := readRows(c.tx, box.ref, ascending(uids))
	if err != nil {
		return err
	}
	if !told {
		names, err := m.session.messagesNamed(c.tx, "message.delete", box.ref, uidsOf(rows))
		if err != nil {
			return err
		}
		if err := m.session.recordMessages(c.tx, "message.delete", box.ref, uidsOf(rows), names, nil); err != nil {
			return err
		}
	}
	return c.removeItems(id, rows, fate)
}

// Destroy removes an email from all mailboxes. Where that is not allowed it
// stays, and leaves only those where it is; then, and when it is allowed in
// none, the answer is Denied. Needs DeleteItems and Expunge. NotFound.
func (m *Mail) Destroy(ctx context.Context, id postroom.EmailID) error {
	stays := false
	err := m.write(ctx, func(c *change, r *outlook) error {
		stays = false
		e, err := m.one(c.tx, r, id)
		if err != nil {
			return err
		}
		for _, box := range e.Mailboxes {
			if !r.rights[box].Has(removing) {
				stays = true
				continue
			}
			if err := m.drop(c, e, box, false, emailsGo); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && stays {
		return postroom.Errorf(postroom.Denied, "permission denied: it is in a mailbox where it may not be deleted")
	}
	return err
}

// NewEmail is an email to be stored.
type NewEmail struct {
	Raw       io.Reader
	Size      int64
	Mailboxes []postroom.CollectionID // at least one
	Tags      Tags
	Received  time.Time // zero: now
}

// Insert stores an email. Needs Insert in every mailbox; keywords beyond the
// rights there are dropped. Invalid (no mailbox, or one that is not there),
// Denied, OverQuota, TooLarge. It is durable when Insert returns.
func (m *Mail) Insert(ctx context.Context, n NewEmail) (stored Email, err error) {
	if len(n.Mailboxes) == 0 {
		return stored, postroom.Errorf(postroom.Invalid, "an email is in one mailbox at least")
	}
	n.Mailboxes = slices.Compact(slices.Sorted(slices.Values(n.Mailboxes)))
	// Who may not need not send the bytes.
	if err := m.read(ctx, func(_ *db.Tx, r *outlook) error { return m.mayInsert(r, n.Mailboxes) }); err != nil {
		return stored, err
	}
	words, err := cleanKeywords(n.Tags.Words)
	if err != nil {
		return stored, err
	}
	b, err := m.session.store.receive(n.Raw, n.Size)
	if err != nil {
		return stored, err
	}
	defer b.Close()
	d := draft{parsed: parse(b), received: m.session.store.micros(n.Received)}
	d.meta.Flags, d.meta.Keywords = n.Tags.Flags, words
	err = m.write(ctx, func(c *change, r *outlook) error {
		if err := m.mayInsert(r, n.Mailboxes); err != nil {
			return err
		}
		id, err := m.insert(c, r, n.Mailboxes, d)
		if err != nil {
			return err
		}
		found, err := m.emails(c.tx, r, []postroom.EmailID{id})
		if err != nil {
			return err
		}
		stored = Email{ID: id, Size: b.Size}
		if e := found[id]; e != nil {
			stored = *e
			return nil
		}
		// Into a mailbox one may add to, and not read.
		return c.tx.QueryRow(`SELECT thread_id FROM email WHERE account_id = $1 AND email_id = $2`, m.account, id).Scan(&stored.Thread)
	})
	return stored, err
}

func (m *Mail) mayInsert(r *outlook, boxes []postroom.CollectionID) error {
	for _, id := range boxes {
		if _, there := r.box(id); !there || !r.rights[id].Has(postroom.Lookup) {
			return errNoMailbox()
		}
		if !r.rights[id].Has(postroom.Insert) {
			return errDenied()
		}
	}
	return nil
}

// insert stores a draft in the first mailbox and puts copies into the others.
func (m *Mail) insert(c *change, r *outlook, boxes []postroom.CollectionID, d draft) (postroom.EmailID, error) {
	first := m.mailbox(boxes[0])
	d.meta.Flags, d.meta.Keywords = permitted(r.rights[boxes[0]], d.meta.Flags, d.meta.Keywords)
	uid, _, err := c.insert(boxes[0], []draft{d}, m.session.Actor().Account)
	if err != nil {
		return 0, err
	}
	names, err := m.session.messagesNamed(c.tx, "message.append", first.ref, []postroom.UID{uid})
	if err != nil {
		return 0, err
	}
	if err := m.session.recordMessages(c.tx, "message.append", first.ref, []postroom.UID{uid}, names, nil); err != nil {
		return 0, err
	}
	rows, err := readRows(c.tx, first.ref, []postroom.UID{uid})
	if err != nil {
		return 0, err
	}
	for _, id := range boxes[1:] {
		if err := m.enter(c, emailCopy{box: boxes[0], row: rows[0]}, id, "message.copy"); err != nil {
			return 0, err
		}
	}
	return rows[0].Email, nil
}
