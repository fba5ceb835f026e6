package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// Mail to a group with one of these details (RFC 5233) is not for its members.
const (
	subscribeDetail   = "subscribe"
	unsubscribeDetail = "unsubscribe"
	confirmAnswer     = "confirm-"
	approveAnswer     = "approve-"
	refuseAnswer      = "refuse-"
)

// GroupMail is what a mail to such an address asks or answers.
type GroupMail struct {
	act     GroupAct // for a wish
	group   postroom.GroupID
	answer  string // for an answer, with the request and who has the address
	request int64
	who     postroom.AccountID
}

// GroupMessage is what is known of such a mail.
type GroupMessage struct {
	// From is the one address in its From field, else its envelope sender.
	From string
	// SignedIn is who submitted it; nil for mail from outside.
	SignedIn *postroom.Actor
}

// tokenMAC is how many bytes of the MAC a token has.
const tokenMAC = 10

var tokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// requestToken is a secret that names a request and somebody: it cannot be made
// without the server's key.
func requestToken(key []byte, purpose string, request int64, who postroom.AccountID) string {
	plain := binary.AppendUvarint(nil, uint64(request))
	plain = binary.AppendUvarint(plain, uint64(who))
	m := hmac.New(sha256.New, key)
	m.Write([]byte(purpose))
	m.Write(plain)
	return tokenText.EncodeToString(append(plain, m.Sum(nil)[:tokenMAC]...))
}

// readToken is the inverse of requestToken.
func readToken(key []byte, purpose, token string) (request int64, who postroom.AccountID, ok bool) {
	raw, err := tokenText.DecodeString(token)
	if err != nil || len(raw) > 2*binary.MaxVarintLen64+tokenMAC {
		return 0, 0, false
	}
	r, n := binary.Uvarint(raw)
	if n <= 0 {
		return 0, 0, false
	}
	w, _ := binary.Uvarint(raw[n:])
	request, who = int64(r), postroom.AccountID(w)
	return request, who, hmac.Equal([]byte(requestToken(key, purpose, request, who)), []byte(token))
}

// requestKey is the key of the tokens. It is random, shared by all nodes, and
// never changes.
func (s *Store) requestKey(ctx context.Context) (key []byte, err error) {
	read := func(tx *db.Tx) (err error) {
		key, err = readRequestKey(tx)
		return err
	}
	if err = s.db.Read(ctx, read); !noRow(err) {
		return key, err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO server_secret (name, value) VALUES ('request', $1) ON CONFLICT DO NOTHING`, hex.EncodeToString(fresh))
		return orError(err, read(tx))
	})
	return key, err
}

func readRequestKey(tx *db.Tx) ([]byte, error) {
	var text string
	if err := tx.QueryRow(`SELECT value FROM server_secret WHERE name = 'request'`).Scan(&text); err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

// groupMail finds what a mail to an address that nobody has asks of a group; nil
// when nothing.
func (d *DeliverySession) groupMail(tx *db.Tx, a addr.Address, group postroom.GroupID, sender string) (*GroupMail, error) {
	detail := a.Detail()
	mail := &GroupMail{group: group}
	switch {
	case group != 0 && detail == subscribeDetail:
		mail.act = JoinGroup
	case group != 0 && detail == unsubscribeDetail:
		mail.act = LeaveGroup
	default:
		if found, err := mail.readAnswer(tx, detail); err != nil || !found {
			return nil, err
		}
	}
	if sender == "" {
		return nil, postroom.Errorf(postroom.Denied, "mail of programs is not answered at %s", a)
	}
	if mail.act == 0 {
		return mail, nil
	}
	g, err := readGroup(tx, group)
	if err != nil {
		return nil, err
	}
	_, err = wish{act: mail.act}.policy(g)
	return mail, err
}

func (m *GroupMail) readAnswer(tx *db.Tx, detail string) (bool, error) {
	for _, m.answer = range []string{confirmAnswer, approveAnswer, refuseAnswer} {
		token, found := strings.CutPrefix(detail, m.answer)
		if !found {
			continue
		}
		key, err := readRequestKey(tx)
		if noRow(err) {
			return false, nil // no letter was ever written
		}
		if err != nil {
			return false, err
		}
		m.request, m.who, found = readToken(key, m.answer, token)
		return found, nil
	}
	return false, nil
}

// AnswerGroup does what a mail to a group's own addresses asks. Whoever signed
// in is believed; whom a mail from outside speaks of is asked by mail first,
// for everybody can write one. Errors are refusals with a text for the sender.
func (d *DeliverySession) AnswerGroup(ctx context.Context, mail *GroupMail, m GroupMessage) error {
	s := d.session.store
	if _, err := s.requestKey(ctx); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ChangeRights(); err != nil {
			return err
		}
		if mail.act != 0 {
			return d.wished(tx, mail, m)
		}
		r, err := readRequest(tx, mail.request)
		if postroom.KindOf(err) == postroom.NotFound {
			return postroom.Errorf(postroom.NotFound, "the request is no longer known")
		}
		if err != nil {
			return err
		}
		g, err := readGroup(tx, r.Group)
		if err != nil {
			return err
		}
		if mail.answer == confirmAnswer {
			return d.confirmed(tx, g, r)
		}
		return d.answered(tx, g, r, mail)
	})
}

// byMail is the directory as somebody who wrote a mail, with the caller they are.
func (d *DeliverySession) byMail(tx *db.Tx, account postroom.AccountID, address string) (*Directory, *caller, error) {
	actor := postroom.Actor{Account: account, Address: address, Protocol: "mail"}
	c := &caller{}
	if account != 0 {
		a, err := readAccount(tx, account)
		if err != nil {
			return nil, nil, err
		}
		actor.Address, c.account = a.Address, a
	}
	c.session = d.session.store.NewSession(mint.Seal(mint.Warrant{Purpose: mint.Delivery, Actor: actor}))
	return &Directory{session: c.session}, c, nil
}

// wished takes a mail to group+subscribe or group+unsubscribe.
func (d *DeliverySession) wished(tx *db.Tx, mail *GroupMail, m GroupMessage) error {
	g, err := readGroup(tx, mail.group)
	if err != nil {
		return err
	}
	w := wish{act: mail.act, name: canonicalOrSelf(m.From)}
	if w.member, err = memberNamed(tx, g.Org, m.From); postroom.KindOf(err) == postroom.NotFound {
		if a, bad := canonical(m.From); bad == nil && a.Base() != a {
			w.member, err = memberNamed(tx, g.Org, a.Base().String())
		}
	}
	if err != nil {
		return err
	}
	if w.member.Group != 0 {
		return postroom.Errorf(postroom.Denied, "%s is a group: the owners of %s add it", printable(m.From), g.Address)
	}
	if _, err := w.policy(g); err != nil {
		return err
	}
	as, c, err := d.byMail(tx, w.member.Account, w.name)
	if err != nil {
		return err
	}
	if m.SignedIn != nil && w.member.Account != 0 && m.SignedIn.Account == w.member.Account {
		_, err := as.ask(tx, c, g, w)
		return err
	}
	// Whether somebody is a member is not told to who may be somebody else.
	if err := w.pointless(tx, g); err != nil {
		if kind := postroom.KindOf(err); kind == postroom.Exists || kind == postroom.NotFound {
			return nil
		}
		return err
	}
	_, err = as.request(tx, g, w, RequestUnconfirmed)
	return err
}

// confirmed takes the answer of whom a request is about.
func (d *DeliverySession) confirmed(tx *db.Tx, g postroom.Group, r GroupRequest) error {
	s := d.session.store
	if r.State != RequestUnconfirmed || !r.open(s.now()) {
		return nil // a second answer, or a late one: nothing is to be said
	}
	as, c, err := d.byMail(tx, r.Member.Account, r.Address)
	if err != nil {
		return err
	}
	w := wish{act: r.Act, member: r.Member, name: r.Address}
	policy, err := w.policy(g)
	if err != nil {
		return err
	}
	if w.pointless(tx, g) != nil {
		policy = postroom.SubscriptionClosed // done meanwhile in another way
	}
	r.Decided = db.Time(db.Micros(s.now()))
	switch policy {
	case postroom.SubscriptionApproval:
		r.State, r.Expires = RequestWaiting, r.Decided.Add(requestLasts)
		_, err := tx.Exec(`UPDATE group_request SET state = $2, expires = $3, forget = $4 WHERE id = $1`, r.ID, r.State, r.Expires,
			r.Expires.Add(requestLasts))
		if err == nil {
			err = s.requestLetters(tx, g, r)
		}
		if err != nil {
			return err
		}
	case postroom.SubscriptionOpen:
		if err := as.fulfil(tx, c, g, w); err != nil {
			return err
		}
		fallthrough
	default:
		r.State = RequestDone
		if err := s.settleRequest(tx, r); err != nil {
			return err
		}
	}
	return c.session.recordOn(tx, "group.request.confirm", g.Org, g.Address, r.details())
}

// answered takes the answer of an owner, by the address that only they have.
func (d *DeliverySession) answered(tx *db.Tx, g postroom.Group, r GroupRequest, mail *GroupMail) error {
	s := d.session.store
	owners, err := s.managersOf(tx, g)
	if err != nil {
		return err
	}
	as, c, err := d.byMail(tx, mail.who, "")
	if err != nil {
		return err
	}
	owns := false
	for _, id := range owners {
		owns = owns || id == mail.who
	}
	if !owns || c.account.State != postroom.Active {
		return postroom.Errorf(postroom.Denied, "%s does not manage %s any more", c.account.Address, g.Address)
	}
	if !r.open(s.now()) {
		return s.queueLetter(tx, r.ID, LetterLate, postroom.Member{Account: mail.who})
	}
	answer := Approve
	if mail.answer == refuseAnswer {
		answer = Refuse
	}
	_, err = as.decide(tx, c, g, r, answer)
	return err
}

// atGroup finds what a mail to an address asks of a group. asks without a mail is
// an address of a group that looks like a secret one and is none.
func (d *DeliverySession) atGroup(tx *db.Tx, a addr.Address, sender string) (mail *GroupMail, asks bool, err error) {
	detail := a.Detail()
	answers := strings.HasPrefix(detail, confirmAnswer) || strings.HasPrefix(detail, approveAnswer) || strings.HasPrefix(detail, refuseAnswer)
	if !answers && detail != subscribeDetail && detail != unsubscribeDetail {
		return nil, false, nil
	}
	if _, taken, err := receiverAt(tx, a.String()); err != nil || taken {
		return nil, false, err // somebody's alias
	}
	base, _, err := receiverAt(tx, a.Base().String())
	if err == nil {
		mail, err = d.groupMail(tx, a, base.Group, sender)
	}
	return mail, answers && base.Group != 0, err
}
