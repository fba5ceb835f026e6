package store

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Topics of hints.
const (
	topicAccount = "account" // payload: the number of the account
	topicLetters = "letters"
	topicRights  = "rights" // payload: the number of the organisation, 0 for all
	topicQueue   = "queue"
	topicPush    = "push"
)

// Watch tells that something may have changed in the accounts watched, or in
// anybody's rights. It is a hint: whoever gets one reads again, and sees what
// their rights then allow.
type Watch struct {
	// C has capacity one; hints that pile up are one.
	C <-chan struct{}

	c       chan struct{}
	hub     *hub
	session *Session
	visible bool // watches what the session may see
	org     postroom.OrgID

	// Guarded by hub.mu.
	accounts []postroom.AccountID // ascending
	hints    Hints                // not asked for yet
	stale    bool                 // accounts are being read again: every hint counts
	again    bool                 // rights changed while they were
	closed   bool
}

// Hints are what a watch was told: accounts that may have changed, or that
// anything may have, anybody's rights too.
type Hints struct {
	Accounts   []postroom.AccountID
	Everything bool
}

// maxHints bounds the accounts of Hints.
const maxHints = 100

// Hints gives what was hinted since it was asked for last. Who received from C
// asks before they read, so that what is hinted meanwhile is hinted again.
func (w *Watch) Hints() Hints {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	told := w.hints
	w.hints = Hints{}
	return told
}

// hub knows who watches what on this node.
type hub struct {
	mu      sync.Mutex
	all     map[*Watch]struct{}
	by      map[postroom.AccountID]map[*Watch]struct{}
	stale   map[*Watch]struct{}
	hints   uint64 // how many came
	readers sync.WaitGroup
	closed  bool
	moves   atomic.Uint64 // how often rights changed; Resync counts
}

func newHub() *hub {
	return &hub{all: make(map[*Watch]struct{}), by: make(map[postroom.AccountID]map[*Watch]struct{}),
		stale: make(map[*Watch]struct{})}
}

// Moves counts how often anybody's rights, or what there is, have changed on this
// node so far: while it is the same, what a session may know of is, too.
func (s *Session) Moves() uint64 { return s.store.hub.moves.Load() }

// Watch begins to watch accounts; an empty list watches all accounts visible
// to the session, also those that become so. Close it when done.
func (s *Session) Watch(ctx context.Context, accounts ...postroom.AccountID) (*Watch, error) {
	return s.watch(ctx, &Watch{visible: len(accounts) == 0, accounts: slices.Clone(accounts)})
}

// watch begins a watch of what is filled in already.
func (s *Session) watch(ctx context.Context, w *Watch) (*Watch, error) {
	c := make(chan struct{}, 1)
	w.C, w.c, w.hub, w.session = c, c, s.store.hub, s
	err := s.store.db.Read(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(`SELECT org_id FROM account WHERE id = $1`, s.Actor().Account).Scan(&w.org)
		if noRow(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	w.hub.mu.Lock()
	w.hub.all[w] = struct{}{}
	if w.visible {
		w.setStale()
	} else {
		w.listen(w.accounts)
	}
	w.hub.mu.Unlock()
	if !w.visible {
		return w, nil
	}
	if err := w.look(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// Close ends the watch.
func (w *Watch) Close() {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	w.closed = true
	w.ignore(w.accounts)
	delete(w.hub.all, w)
	delete(w.hub.stale, w)
}

// look reads which accounts are visible and listens to those. Until then the
// watch is stale and hears everything, so nothing slips through.
func (w *Watch) look(ctx context.Context) error {
	for done := false; !done; {
		var seen []postroom.AccountID
		err := w.session.store.db.Read(ctx, func(tx *db.Tx) (err error) {
			seen, err = w.session.accountsInSight(tx)
			return err
		})
		if err != nil {
			return err
		}
		done = w.settle(append(slices.Clone(seen), w.session.Home()))
	}
	return nil
}

// settle ends being stale, unless rights changed again meanwhile.
func (w *Watch) settle(seen []postroom.AccountID) bool {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	if w.closed {
		return true
	}
	if w.again {
		w.again = false
		return false
	}
	w.ignore(w.accounts)
	w.accounts = seen
	w.listen(seen)
	w.stale = false
	delete(w.hub.stale, w)
	return true
}

// The following need hub.mu.

func (w *Watch) setStale() {
	w.stale = true
	w.hub.stale[w] = struct{}{}
}

func (w *Watch) listen(accounts []postroom.AccountID) {
	for _, a := range accounts {
		if w.hub.by[a] == nil {
			w.hub.by[a] = make(map[*Watch]struct{})
		}
		w.hub.by[a][w] = struct{}{}
	}
}

func (w *Watch) ignore(accounts []postroom.AccountID) {
	for _, a := range accounts {
		delete(w.hub.by[a], w)
		if len(w.hub.by[a]) == 0 {
			delete(w.hub.by, a)
		}
	}
}

// wake hints that an account may have changed; zero: that anything may have.
func (w *Watch) wake(account postroom.AccountID) {
	switch h := &w.hints; {
	case h.Everything || account != 0 && slices.Contains(h.Accounts, account):
	case account == 0 || len(h.Accounts) == maxHints:
		*h = Hints{Everything: true}
	default:
		h.Accounts = append(h.Accounts, account)
	}
	select {
	case w.c <- struct{}{}:
	default:
	}
}

// changed wakes those who watch an account.
func (h *hub) changed(account postroom.AccountID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hints++
	for w := range h.by[account] {
		w.wake(account)
	}
	for w := range h.stale {
		w.wake(account)
	}
}

// rightsChanged wakes everybody of an organisation, or of all when org is zero:
// who could see something may no longer, and the reverse. Those who watch what
// they may see look again.
func (h *hub) rightsChanged(s *Store, org postroom.OrgID) {
	h.moves.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hints++
	for w := range h.all {
		if org != 0 && w.org != 0 && w.org != org {
			continue
		}
		w.wake(0)
		if w.stale {
			w.again = true
		} else if w.visible && !h.closed {
			w.setStale()
			h.readers.Go(func() {
				if err := w.look(context.Background()); err != nil {
					s.opts.Logger.Warn("watch: cannot read what is visible", "error", err)
					return // stays stale: it hears too much, never too little
				}
				h.mu.Lock()
				defer h.mu.Unlock()
				w.wake(0)
			})
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.readers.Wait()
}

// wakeAccount wakes those who watch an account.
func wakeAccount(tx *db.Tx, id postroom.AccountID) {
	tx.Notify(topicAccount, strconv.FormatInt(int64(id), 10))
}

// heard takes a hint of this node or another.
func (s *Store) heard(topic, payload string) {
	switch topic {
	case topicAccount:
		id, _ := strconv.ParseInt(payload, 10, 64)
		s.hub.changed(postroom.AccountID(id))
		s.wakeIndexer()
	case topicRights:
		org, _ := strconv.ParseInt(payload, 10, 64)
		s.hub.rightsChanged(s, postroom.OrgID(org))
		s.rights.wake()
	case topicLetters:
		s.rights.wake()
	case topicQueue:
		s.mail.wake()
	case topicPush:
		s.pushes.wake()
	case db.Resync:
		s.hub.rightsChanged(s, 0)
		s.rights.wake()
		s.wakeIndexer()
		s.mail.wake()
		s.pushes.wake()
	}
}

// wakeRights wakes everybody who watches in the organisation in which rights
// changed, or everywhere when that is not known any more.
func (s *Store) wakeRights(tx *db.Tx, kind changeKind, subject int64) error {
	org := subject
	if kind != changedGroups {
		err := tx.QueryRow(`SELECT org_id FROM account WHERE id = $1`, subject).Scan(&org)
		if noRow(err) {
			org = 0
		} else if err != nil {
			return err
		}
	}
	tx.Notify(topicRights, strconv.FormatInt(org, 10))
	return nil
}

// wakeOrganisation has what follows from rights read again by those who watch
// in an organisation.
func wakeOrganisation(tx *db.Tx, id postroom.OrgID) {
	tx.Notify(topicRights, strconv.FormatInt(int64(id), 10))
}

// wakes hands one hint to each of those who joined.
type wakes struct {
	mu sync.Mutex
	by map[any]chan struct{}
}

func newWakes() *wakes { return &wakes{by: make(map[any]chan struct{})} }

// join gives the channel of one who listens, the same every time.
func (w *wakes) join(who any) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by[who] == nil {
		w.by[who] = make(chan struct{}, 1)
	}
	return w.by[who]
}

func (w *wakes) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.by {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
