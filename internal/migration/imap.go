package migration

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"postroom"
	"postroom/internal/message"
)

// Encryption is how a connection is protected.
type Encryption uint8

// The three ways.
const (
	// TLS from the first byte.
	TLS Encryption = iota
	// StartTLS after the greeting; without it there is no connection.
	StartTLS
	// Cleartext: the password can be read on the way.
	Cleartext
)

// IMAPSource is another IMAP server and who signs in there.
type IMAPSource struct {
	Host       string
	Port       string
	Encryption Encryption
	// TLSConfig checks the server's certificate; nil does it as usual.
	TLSConfig      *tls.Config
	User, Password string
}

const (
	// imapSilence is how long the other server may say nothing.
	imapSilence = 5 * time.Minute
	imapDial    = 30 * time.Second
	// imapChunk is how many messages are asked about at once.
	imapChunk = 500
)

// imapCopy is the copy of one account of another server.
type imapCopy struct {
	*Import
	client *imapclient.Client
	// views are mailboxes that show messages of others (RFC 6154 §2): of
	// these only what is nowhere else is taken. seen are the marks of all
	// messages so far, when there are any views.
	seen map[[16]byte]bool
}

// IMAP imports all mailboxes of a person on another server. It changes nothing
// there. below is the path they are put under; "" or "/" is the account itself.
func (i *Import) IMAP(ctx context.Context, src IMAPSource, below string) error {
	client, err := src.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	defer i.drop()
	c := &imapCopy{Import: i, client: client}
	boxes, err := c.mailboxes()
	if err != nil {
		return lost(err)
	}
	for _, b := range boxes {
		if err := c.mailbox(ctx, b, folderOf(b.names, b.role, below)); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.Join(fmt.Errorf("%s: %w", b.wire, err), i.flush())
		}
	}
	return errors.Join(i.flush(), ended(client.Logout().Wait()))
}

// ended forgives a server that ends the connection without an answer.
func ended(err error) error {
	if refusal := (*imap.Error)(nil); errors.As(err, &refusal) {
		return lost(err)
	}
	return nil
}

// lost is an error of the other server.
func lost(err error) error {
	if errors.As(err, new(*postroom.Error)) {
		return err
	}
	return postroom.Errorf(postroom.Unavailable, "the IMAP server: %s", strings.TrimPrefix(err.Error(), "imap: ")).By(err)
}

// patient is a connection on which silence ends.
type patient struct{ net.Conn }

func (p patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(imapSilence)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

func (s IMAPSource) connect(ctx context.Context) (*imapclient.Client, error) {
	dialer := net.Dialer{Timeout: imapDial}
	raw, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.Host, s.Port))
	if err != nil {
		return nil, lost(err)
	}
	conn := net.Conn(patient{raw})
	cfg := s.TLSConfig.Clone()
	if cfg == nil {
		cfg = new(tls.Config)
	}
	if cfg.ServerName == "" {
		cfg.ServerName = s.Host
	}
	var client *imapclient.Client
	switch s.Encryption {
	case TLS:
		cfg.NextProtos = []string{"imap"}
		secure := tls.Client(conn, cfg)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, lost(err)
		}
		client = imapclient.New(secure, nil)
	case StartTLS:
		if client, err = imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: cfg}); err != nil {
			_ = conn.Close()
			return nil, lost(err)
		}
	case Cleartext:
		client = imapclient.New(conn, nil)
	}
	if err := s.signIn(client); err != nil {
		_ = client.Close()
		return nil, err
	}
	return client, nil
}

func (s IMAPSource) signIn(client *imapclient.Client) error {
	if err := client.WaitGreeting(); err != nil {
		return lost(err)
	}
	caps := client.Caps()
	var err error
	if caps.Has(imap.CapLoginDisabled) && caps.Has(imap.AuthCap("PLAIN")) {
		err = client.Authenticate(sasl.NewPlainClient("", s.User, s.Password))
	} else {
		err = client.Login(s.User, s.Password).Wait()
	}
	if refusal := (*imap.Error)(nil); errors.As(err, &refusal) {
		return postroom.Errorf(postroom.SignInFailed, "the IMAP server refused the sign-in: %s", refusal.Text)
	}
	if err != nil {
		return lost(err)
	}
	return nil
}

// imapMailbox is a mailbox of the other server.
type imapMailbox struct {
	wire  string
	names []string
	role  postroom.Role
	view  bool
}

var imapRoles = map[imap.MailboxAttr]postroom.Role{
	imap.MailboxAttrSent: postroom.RoleSent, imap.MailboxAttrDrafts: postroom.RoleDrafts,
	imap.MailboxAttrTrash: postroom.RoleTrash, imap.MailboxAttrJunk: postroom.RoleJunk,
	imap.MailboxAttrArchive: postroom.RoleArchive,
}

// mailboxes lists what is to be copied, views last.
func (c *imapCopy) mailboxes() ([]imapMailbox, error) {
	var spaces *imap.NamespaceData
	caps := c.client.Caps()
	if caps.Has(imap.CapNamespace) {
		var err error
		if spaces, err = c.client.Namespace().Wait(); err != nil {
			return nil, err
		}
	}
	var options *imap.ListOptions
	if caps.Has(imap.CapSpecialUse) && (caps.Has(imap.CapIMAP4rev2) || caps.Has(imap.Cap("LIST-EXTENDED"))) {
		options = &imap.ListOptions{ReturnSpecialUse: true}
	}
	list, err := c.client.List("", "*", options).Collect()
	if err != nil {
		return nil, err
	}
	var boxes, views []imapMailbox
	for _, l := range list {
		b := imapMailbox{wire: l.Mailbox, names: imapNames(l, spaces)}
		switch {
		case hasAttr(l, imap.MailboxAttrNoSelect) || hasAttr(l, imap.MailboxAttrNonExistent):
			continue
		case b.names == nil:
			c.skip(l.Mailbox, "it is not in this person's own mailbox")
			continue
		case strings.EqualFold(l.Mailbox, "INBOX"):
			b.role = postroom.RoleInbox
		}
		for attr, role := range imapRoles {
			if hasAttr(l, attr) {
				b.role = role
			}
		}
		if hasAttr(l, imap.MailboxAttrAll) || hasAttr(l, imap.MailboxAttrFlagged) || hasAttr(l, imap.MailboxAttrImportant) {
			b.view, b.role = true, postroom.RoleArchive
			views = append(views, b)
			continue
		}
		boxes = append(boxes, b)
	}
	if len(views) > 0 {
		c.seen = make(map[[16]byte]bool)
	}
	return append(boxes, views...), nil
}

func hasAttr(l *imap.ListData, attr imap.MailboxAttr) bool {
	return slices.ContainsFunc(l.Attrs, func(a imap.MailboxAttr) bool { return strings.EqualFold(string(a), string(attr)) })
}

// imapNames splits the name of a mailbox, without the prefix of the person's own
// namespace; nil when it is in one of others.
func imapNames(l *imap.ListData, spaces *imap.NamespaceData) []string {
	name := l.Mailbox
	if spaces != nil {
		for _, n := range append(slices.Clone(spaces.Other), spaces.Shared...) {
			if n.Prefix != "" && (strings.HasPrefix(name, n.Prefix) || n.Delim != 0 && name+string(n.Delim) == n.Prefix) {
				return nil
			}
		}
		for _, n := range spaces.Personal {
			if rest, ok := strings.CutPrefix(name, n.Prefix); ok && n.Prefix != "" && rest != "" {
				name = rest
				break
			}
		}
	}
	if l.Delim == 0 {
		return []string{name}
	}
	return strings.Split(name, string(l.Delim))
}

// imapMessage is what is known of a message before its bytes.
type imapMessage struct {
	uid  imap.UID
	size int64
	Message
	mark Mark
}

// mailbox copies one mailbox.
func (c *imapCopy) mailbox(ctx context.Context, b imapMailbox, to Folder) error {
	_, err := c.client.Select(b.wire, &imap.SelectOptions{ReadOnly: true}).Wait()
	if refused(err) {
		c.fault(b.wire, "it cannot be opened: "+err.Error())
		return nil
	}
	if err != nil {
		return lost(err)
	}
	found, err := c.client.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	if err != nil {
		return lost(err)
	}
	uids := found.AllUIDs()
	if b.view && len(uids) == 0 {
		return nil
	}
	if ok, err := c.open(to); err != nil {
		return err
	} else if !ok {
		c.fault(b.wire, fmt.Sprintf("its %d messages were not taken", len(uids)))
		return nil
	}
	for chunk := range slices.Chunk(uids, imapChunk) {
		if err := ctx.Err(); err != nil {
			return err
		}
		list, err := c.heads(b, chunk)
		if err != nil {
			return err
		}
		if list, err = c.missing(b, list); err != nil {
			return err
		}
		if err := c.bodies(ctx, b, list); err != nil {
			return err
		}
	}
	return c.flush()
}

// refused reports whether the server said no, and goes on.
func refused(err error) bool {
	var e *imap.Error
	return errors.As(err, &e) && e.Type != imap.StatusResponseTypeBye
}

// heads asks what there is to know about messages before their bytes.
func (c *imapCopy) heads(b imapMailbox, uids []imap.UID) ([]imapMessage, error) {
	id := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-ID"}, Peek: true}
	got, err := c.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, Flags: true, InternalDate: true,
		RFC822Size: true, BodySection: []*imap.FetchItemBodySection{id}}).Collect()
	if err != nil {
		return nil, lost(err)
	}
	list := make([]imapMessage, 0, len(got))
	for _, g := range got {
		if g.UID == 0 {
			continue // a change of flags that nobody asked for
		}
		m := imapMessage{uid: g.UID, size: g.RFC822Size}
		m.Name = fmt.Sprintf("%s (UID %d)", b.wire, g.UID)
		m.Received = sane(g.InternalDate, nil)
		m.Flags, m.Keywords = imapFlags(g.Flags)
		m.mark = Mark{Size: m.size, Received: m.Received}
		for _, s := range g.BodySection {
			m.mark.MessageID = message.Summarize(s.Bytes).MessageID
		}
		list = append(list, m)
	}
	if gone := len(uids) - len(list); gone > 0 {
		c.skip(b.wire, fmt.Sprintf("%d messages were deleted there meanwhile", gone))
	}
	return list, nil
}

func imapFlags(list []imap.Flag) (flags postroom.Flags, keywords string) {
	var words []string
	for _, f := range list {
		switch imap.Flag(strings.ToLower(string(f))) {
		case `\seen`:
			flags |= postroom.FlagSeen
		case `\answered`:
			flags |= postroom.FlagAnswered
		case `\flagged`:
			flags |= postroom.FlagFlagged
		case `\deleted`:
			flags |= postroom.FlagDeleted
		case `\draft`:
			flags |= postroom.FlagDraft
		default:
			words = append(words, string(f)) // \Recent is no keyword and is dropped
		}
	}
	return flags, cleanKeywords(words)
}

// missing leaves out what the destination has.
func (c *imapCopy) missing(b imapMailbox, list []imapMessage) ([]imapMessage, error) {
	if c.seen != nil {
		list = slices.DeleteFunc(list, func(m imapMessage) bool {
			key := m.mark.key()
			elsewhere := c.seen[key] && m.mark.MessageID != ""
			c.seen[key] = true
			return b.view && elsewhere
		})
	}
	if len(list) == 0 {
		return nil, nil
	}
	marks := make([]Mark, len(list))
	for n, m := range list {
		marks[n] = m.mark
	}
	known, err := c.Destination.Known(marks)
	if err != nil {
		return nil, err
	}
	missing := list[:0]
	for n, m := range list {
		if known[n] {
			c.sum.Known++
			continue
		}
		missing = append(missing, m)
	}
	return missing, nil
}

// key is a mark in few bytes.
func (m Mark) key() (k [16]byte) {
	text := binary.BigEndian.AppendUint64([]byte(m.MessageID), uint64(m.Size))
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(text, uint64(m.Received.Unix())))
	copy(k[:], sum[:])
	return k
}

// bodies fetches messages, a few at a time.
func (c *imapCopy) bodies(ctx context.Context, b imapMailbox, list []imapMessage) error {
	for len(list) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, bytes := 1, list[0].size
		for n < len(list) && n < BatchMessages && bytes+list[n].size <= BatchBytes {
			bytes += list[n].size
			n++
		}
		if err := c.fetch(list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// fetch fetches and adds messages. What does not come is asked for once more,
// alone.
func (c *imapCopy) fetch(list []imapMessage) error {
	bodies, err := c.fetchBodies(list)
	if err != nil && !refused(err) {
		return lost(err)
	}
	for n, m := range list {
		body := bodies[m.uid]
		if body == nil && len(list) > 1 {
			if err := c.fetch(list[n : n+1]); err != nil {
				return err
			}
			continue
		}
		if body == nil || body.Size() == 0 {
			why := "the server did not give it"
			if err != nil {
				why = err.Error()
			}
			c.fault(m.Name, why)
			continue
		}
		m.Body = body
		if m.Received.IsZero() {
			m.Received = headerDate(body.Head())
		}
		if err := c.add(m.Message); err != nil {
			return err
		}
	}
	return nil
}

func (c *imapCopy) fetchBodies(list []imapMessage) (map[imap.UID]*Body, error) {
	uids := make([]imap.UID, len(list))
	for n, m := range list {
		uids[n] = m.uid
	}
	bodies := make(map[imap.UID]*Body, len(list))
	cmd := c.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	var fault error
	for data := cmd.Next(); data != nil; data = cmd.Next() {
		var uid imap.UID
		var body *Body
		for item := data.Next(); item != nil; item = data.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				uid = item.UID
			case imapclient.FetchItemDataBodySection:
				if item.Literal == nil || fault != nil {
					continue
				}
				body = new(Body)
				_, fault = io.Copy(body, item.Literal)
			}
		}
		if body != nil && fault == nil && bodies[uid] == nil {
			bodies[uid] = body
		}
	}
	return bodies, errors.Join(fault, cmd.Close())
}
