package rights

import "postroom"

// Operation is one thing that can be done to a collection. An operation on two
// collections (copy, move, rename) is two of them, one for each.
type Operation uint8

const (
	// List shows that the collection exists.
	List Operation = 1 + iota
	// Open selects it, STATUS included.
	Open
	// Search searches its items.
	Search
	// Fetch reads items.
	Fetch
	// MarkSeen changes the read state.
	MarkSeen
	// SetFlags changes flags other than \Seen and \Deleted.
	SetFlags
	// SetDeleted changes the flag \Deleted.
	SetDeleted
	// EditItem changes or renames an item in place.
	EditItem
	// Append adds an item; also saving a draft.
	Append
	// CopySource copies items out of the collection.
	CopySource
	// CopyTarget copies items into it.
	CopyTarget
	// MoveSource moves items out of it.
	MoveSource
	// MoveTarget moves items into it.
	MoveTarget
	// DiscardTarget moves items into the Trash or Junk of the account that
	// they come from: the right at the source is enough.
	DiscardTarget
	// ExpungeItems deletes items for good.
	ExpungeItems
	// CreateCollection makes a child of the collection.
	CreateCollection
	// RemoveCollection deletes the collection.
	RemoveCollection
	// RenameSource renames or moves the collection.
	RenameSource
	// RenameParent puts a collection that is renamed or moved under it.
	RenameParent
	// ShowMyRights tells the subject its own rights.
	ShowMyRights
	// GetGrants shows all grants.
	GetGrants
	// SetGrants gives and takes grants, and sets Inherit.
	SetGrants
	// AnswerInvitation answers for the owner.
	AnswerInvitation
	// AnswerPrivateInvitation answers a private one for the owner.
	AnswerPrivateInvitation
	// FetchPrivate reads private events.
	FetchPrivate
	// EditPrivate changes private events.
	EditPrivate
	// QueryFreeBusy asks when the owner is busy.
	QueryFreeBusy
)

// operations is the table of what needs what. all: every one of these rights;
// any: at least one of these.
var operations = [...]struct {
	name     string
	all, any postroom.Rights
}{
	List:          {"list", postroom.Lookup, 0},
	Open:          {"open", postroom.Read, 0},
	Search:        {"search", postroom.Read, 0},
	Fetch:         {"fetch", postroom.Read, 0},
	MarkSeen:      {"mark-seen", postroom.Seen, 0},
	SetFlags:      {"set-flags", postroom.Write, 0},
	SetDeleted:    {"set-deleted", postroom.DeleteItems, 0},
	EditItem:      {"edit-item", postroom.Write, 0},
	Append:        {"append", postroom.Insert, 0},
	CopySource:    {"copy-source", postroom.Read, 0},
	CopyTarget:    {"copy-target", postroom.Insert, 0},
	MoveSource:    {"move-source", postroom.DeleteItems | postroom.Expunge, 0},
	MoveTarget:    {"move-target", postroom.Insert, 0},
	DiscardTarget: {"discard-target", postroom.NoRights, 0},
	ExpungeItems:  {"expunge", postroom.Expunge, 0},
	// r and i on the parent. Of the letter i it is the RFC 4314 right k that
	// makes children.
	CreateCollection: {"create-collection", postroom.Read | postroom.CreateChild, 0},
	RemoveCollection: {"remove-collection", postroom.DeleteCollection, 0},
	RenameSource:     {"rename-source", postroom.DeleteCollection, 0},
	RenameParent:     {"rename-parent", postroom.CreateChild, 0},
	// RFC 4314 §4 asks for one of these.
	ShowMyRights: {"show-my-rights", 0, postroom.Lookup | postroom.Read | postroom.Insert | postroom.CreateChild |
		postroom.DeleteCollection | postroom.DeleteItems | postroom.Administer},
	GetGrants:               {"get-grants", postroom.Administer, 0},
	SetGrants:               {"set-grants", postroom.Administer, 0},
	AnswerInvitation:        {"answer-invitation", postroom.AnswerInvitations, 0},
	AnswerPrivateInvitation: {"answer-private-invitation", postroom.AnswerInvitations | postroom.SeePrivate, 0},
	FetchPrivate:            {"fetch-private", postroom.Read | postroom.SeePrivate, 0},
	EditPrivate:             {"edit-private", postroom.Write | postroom.SeePrivate, 0},
	QueryFreeBusy:           {"query-free-busy", 0, postroom.FreeBusy | postroom.Read},
}

// Operations returns every operation in the order of the table.
func Operations() []Operation {
	all := make([]Operation, 0, len(operations)-1)
	for op := range operations[1:] {
		all = append(all, Operation(op+1))
	}
	return all
}

// String is the stable name, lower case with hyphens.
func (op Operation) String() string {
	if int(op) < len(operations) {
		return operations[op].name
	}
	return ""
}

// ParseOperation is the inverse of String.
func ParseOperation(name string) (op Operation, ok bool) {
	for i, row := range operations[1:] {
		if row.name == name {
			return Operation(i + 1), true
		}
	}
	return 0, false
}

// Needs returns what the operation needs: every right of all and, when any is
// not empty, at least one right of any.
func (op Operation) Needs() (all, any postroom.Rights) {
	if op == 0 || int(op) >= len(operations) {
		return postroom.AllRights, 0
	}
	return operations[op].all, operations[op].any
}

// Answer is the outcome of a decision, the same in every protocol.
type Answer uint8

const (
	// NotFound: may not look it up; exactly what a name that does not exist
	// gets. It is the zero value, so that a forgotten decision discloses
	// nothing.
	NotFound Answer = iota
	// Denied: may look it up, lacks the right.
	Denied
	// Done: has the right.
	Done
)

// String is notFound, denied or done.
func (a Answer) String() string { return [...]string{"notFound", "denied", "done"}[min(a, Done)] }

// Err returns nil for Done and an error of the kind Denied or NotFound
// otherwise. Its text names nothing, so it is the same for what is hidden and
// for what does not exist.
func (a Answer) Err() error {
	switch a {
	case Done:
		return nil
	case Denied:
		return postroom.Errorf(postroom.Denied, "permission denied")
	}
	return postroom.Errorf(postroom.NotFound, "no such collection")
}

// Decide answers whether someone with these effective rights may do op. The
// operation DiscardTarget must be asked only together with MoveSource.
func Decide(r postroom.Rights, op Operation) Answer {
	all, any := op.Needs()
	switch {
	case op != 0 && int(op) < len(operations) && r.Has(all) && (any == 0 || r.Any(any)):
		return Done
	case r.Has(postroom.Lookup):
		return Denied
	}
	return NotFound
}

// Missing returns what r lacks for op: all of it must be added, or where the
// operation asks for one of several, any one of it.
func Missing(r postroom.Rights, op Operation) postroom.Rights {
	all, any := op.Needs()
	if any != 0 && !r.Any(any) {
		return all&^r | any
	}
	return all &^ r
}
