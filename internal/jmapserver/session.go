package jmapserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

const (
	sessionPath  = "/jmap/session"
	apiPath      = "/jmap/api"
	uploadPath   = "/jmap/upload/"
	downloadPath = "/jmap/download/"
)

// sessionObject is the Session object (RFC 8620 §2).
type sessionObject struct {
	Capabilities    map[string]any                 `json:"capabilities"`
	Accounts        map[jmapwire.ID]sessionAccount `json:"accounts"`
	PrimaryAccounts map[string]jmapwire.ID         `json:"primaryAccounts"`
	Username        string                         `json:"username"`
	APIURL          string                         `json:"apiUrl"`
	DownloadURL     string                         `json:"downloadUrl"`
	UploadURL       string                         `json:"uploadUrl"`
	EventSourceURL  string                         `json:"eventSourceUrl"`
	State           string                         `json:"state"`
}

// sessionAccount is an Account object.
type sessionAccount struct {
	Name                string         `json:"name"`
	IsPersonal          bool           `json:"isPersonal"`
	IsReadOnly          bool           `json:"isReadOnly"`
	AccountCapabilities map[string]any `json:"accountCapabilities"`
}

// capabilities are those of the server, with what the Session object says of
// them.
var capabilities = map[string]any{
	coreCapability: struct {
		Limits
		Collations []string `json:"collationAlgorithms"`
	}{limits, []string{"i;ascii-casemap", "i;octet", "i;unicode-casemap"}},
	mailCapability:       struct{}{},
	submissionCapability: struct{}{},
	vacationCapability:   struct{}{},
	sharedCapability:     struct{}{},
	principalsCapability: struct{}{},
	mailShareCapability:  struct{}{},
	quotaCapability:      struct{}{},
	blobCapability:       struct{}{},
	socketCapability:     struct{}{}, // getSession knows the URL
	mdnCapability:        struct{}{},
	vapidCapability:      struct{}{}, // getSession knows the key
	imageCapability:      struct{}{}, // likewise
}

// mailAccount is what an account says of its mail (RFC 8621 §1.3.1).
type mailAccount struct {
	MaxMailboxesPerEmail     *int     `json:"maxMailboxesPerEmail"`
	MaxMailboxDepth          *int     `json:"maxMailboxDepth"`
	MaxSizeMailboxName       int      `json:"maxSizeMailboxName"`
	MaxSizeAttachments       int64    `json:"maxSizeAttachmentsPerEmail"`
	EmailQuerySortOptions    []string `json:"emailQuerySortOptions"`
	MayCreateTopLevelMailbox bool     `json:"mayCreateTopLevelMailbox"`
}

// accountCapabilities says what an account can do for somebody who may do with
// its root what rights say. personal tells their own account.
func accountCapabilities(a store.MailAccount, personal bool) map[string]any {
	all := map[string]any{
		submissionCapability: submissionAccount{MaxDelayedSend: int64(store.MaxHold / time.Second),
			Extensions: map[string][]string{"FUTURERELEASE": {}, "DSN": {}}},
		sharedCapability: struct{}{},
		mdnCapability:    struct{}{},
		mailCapability: mailAccount{MaxSizeMailboxName: postroom.MaxCollectionName, MaxSizeAttachments: maxAttachments,
			EmailQuerySortOptions: sortOptions, MayCreateTopLevelMailbox: a.Root.Has(postroom.Read | postroom.CreateChild)},
	}
	if personal {
		all[vacationCapability] = struct{}{}
	}
	return all
}

// submissionAccount is what an account says of sending (RFC 8621 §1.3.2).
type submissionAccount struct {
	MaxDelayedSend int64               `json:"maxDelayedSend"`
	Extensions     map[string][]string `json:"submissionExtensions"`
}

// maxAttachments bounds the attachments of an email, in bytes.
const maxAttachments = 50 << 20

// newSession makes the Session object, without URLs.
func newSession(ctx context.Context, session *store.Session) (*sessionObject, error) {
	accounts, err := session.MailAccounts(ctx)
	if err != nil {
		return nil, err
	}
	o := &sessionObject{Capabilities: capabilities, Accounts: make(map[jmapwire.ID]sessionAccount), PrimaryAccounts: make(map[string]jmapwire.ID),
		Username: session.Actor().Address}
	for _, a := range accounts {
		id := jmapwire.AccountID(a.ID)
		personal := a.ID == session.Home()
		of := sessionAccount{Name: a.Address, IsPersonal: personal, IsReadOnly: a.ReadOnly, AccountCapabilities: accountCapabilities(a, personal)}
		sharingCapabilities(of.AccountCapabilities, session, a.ID)
		o.Accounts[id] = of
		if personal {
			for name := range of.AccountCapabilities {
				o.PrimaryAccounts[name] = id
			}
		}
	}
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	o.State = hex.EncodeToString(sum[:8])
	return o, nil
}

// sessionState stands for what the Session object says.
func sessionState(ctx context.Context, session *store.Session) (string, error) {
	o, err := newSession(ctx, session)
	if err != nil {
		return "", err
	}
	return o.State, nil
}

func (s *Server) getSession(w http.ResponseWriter, r *http.Request, session *store.Session) {
	o, err := newSession(r.Context(), session)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	at := s.opts.Base(r)
	o.Capabilities = maps.Clone(o.Capabilities)
	o.Capabilities[socketCapability] = socketOffer{"ws" + strings.TrimPrefix(at, "http") + socketPath, true}
	if delete(o.Capabilities, imageCapability); s.opts.Images != nil {
		o.Capabilities[imageCapability] = newImageOffer(at, s.opts.Hostname)
	}
	if o.Capabilities[vapidCapability] = (vapidOffer{s.opts.PushKey}); s.opts.PushKey == "" {
		delete(o.Capabilities, vapidCapability)
	}
	o.APIURL = at + apiPath
	o.UploadURL = at + uploadPath + "{accountId}/"
	o.DownloadURL = at + downloadPath + "{accountId}/{blobId}/{name}?type={type}"
	o.EventSourceURL = at + eventsPath + "?types={types}&closeafter={closeafter}&ping={ping}"
	s.json(w, http.StatusOK, "application/json", o)
}
