package jmapserver

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
	"postroom/internal/webpush"
)

// vapidCapability says how push services know this server (RFC 9749).
const vapidCapability = "urn:ietf:params:jmap:webpush-vapid"

// vapidOffer is what the Session object says of it.
type vapidOffer struct {
	Key string `json:"applicationServerKey"`
}

const (
	// maxDevice bounds a deviceClientId, and maxType the name of a type, in bytes.
	maxDevice, maxType = 256, 100
	// maxPushTypes bounds the types of one subscription.
	maxPushTypes = 50
)

// pushGetArgs are those of PushSubscription/get, which has no account (RFC 8620
// §7.2.1).
type pushGetArgs struct {
	IDs        *[]jmapwire.ID `jmap:"ids"`
	Properties *[]string      `jmap:"properties"`
}

// pushSetArgs are those of PushSubscription/set (§7.2.2).
type pushSetArgs struct {
	Create  map[jmapwire.ID]json.RawMessage  `jmap:"create"`
	Update  map[jmapwire.Ref]json.RawMessage `jmap:"update"`
	Destroy []jmapwire.Ref                   `jmap:"destroy"`
}

var pushProperties = []string{"id", "deviceClientId", "verificationCode", "expires", "types"}

func pushID(n int64) jmapwire.ID { return jmapwire.ID("W" + strconv.FormatInt(n, 10)) }

// parsePushID is the inverse of pushID.
func parsePushID(id jmapwire.ID) (int64, bool) {
	rest, is := strings.CutPrefix(string(id), "W")
	n, err := strconv.ParseInt(rest, 10, 64)
	return n, is && err == nil && n > 0 && pushID(n) == id
}

// pushGet is PushSubscription/get. URL and keys are kept to themselves.
func (c *call) pushGet(a pushGetArgs) (any, error) {
	if a.Properties != nil {
		for _, name := range *a.Properties {
			if name == "url" || name == "keys" {
				return nil, saying("forbidden", postroom.Errorf(postroom.Denied, "%s is not told", name))
			}
		}
	}
	properties, err := chosen(a.Properties, pushProperties)
	if err != nil {
		return nil, err
	}
	list, err := c.session.PushSubscriptions(c.ctx)
	if err != nil {
		return nil, err
	}
	g, err := got(jmapwire.Get{IDs: a.IDs}, "", list, func(p store.PushSubscription) jmapwire.ID { return pushID(p.ID) }, func(p store.PushSubscription) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = pushProperty(p, name)
		}
		return o
	})
	return struct {
		List     []any         `json:"list"`
		NotFound []jmapwire.ID `json:"notFound"`
	}{g.List, g.NotFound}, err
}

func pushProperty(p store.PushSubscription, name string) any {
	switch name {
	case "id":
		return pushID(p.ID)
	case "deviceClientId":
		return p.Device
	case "verificationCode":
		// Who reads it here would not need the push service to have told it.
		if p.Verified {
			return p.Code
		}
	case "expires":
		return jmapwire.UTCDate(p.Expires)
	case "types":
		if p.Types != nil {
			return p.Types
		}
	}
	return nil
}

// pushSet is PushSubscription/set.
func (c *call) pushSet(a pushSetArgs) (any, error) {
	const method = "PushSubscription/set"
	set, err := c.set(method, jmapwire.Set{Create: a.Create, Update: a.Update, Destroy: a.Destroy}, setter{
		state:  func() (string, error) { return "", nil },
		create: c.pushCreate,
		update: c.pushUpdate,
		destroy: func(id jmapwire.ID) error {
			n, ok := parsePushID(id)
			if !ok {
				return jmapwire.Fail("notFound")
			}
			return c.session.RemovePushSubscription(c.ctx, n)
		},
	})
	return struct {
		Created      map[jmapwire.ID]any             `json:"created"`
		Updated      map[jmapwire.ID]any             `json:"updated"`
		Destroyed    []jmapwire.ID                   `json:"destroyed"`
		NotCreated   map[jmapwire.ID]*jmapwire.Error `json:"notCreated"`
		NotUpdated   map[jmapwire.ID]*jmapwire.Error `json:"notUpdated"`
		NotDestroyed map[jmapwire.ID]*jmapwire.Error `json:"notDestroyed"`
	}{set.Created, set.Updated, set.Destroyed, set.NotCreated, set.NotUpdated, set.NotDestroyed}, err
}

// newPush has the properties of a new PushSubscription.
type newPush struct {
	Device  string          `jmap:"deviceClientId,required"`
	URL     string          `jmap:"url,required"`
	Keys    json.RawMessage `jmap:"keys"`
	Code    *string         `jmap:"verificationCode"`
	Expires *string         `jmap:"expires"`
	Types   *[]string       `jmap:"types"`
}

// pushKeys are the keys of who reads what is pushed.
type pushKeys struct {
	P256DH string `jmap:"p256dh,required"`
	Auth   string `jmap:"auth,required"`
}

func (c *call) pushCreate(raw json.RawMessage) (jmapwire.ID, any, error) {
	if c.server.opts.Push == nil {
		return "", nil, &jmapwire.Error{Type: "forbidden", Description: "this server uses no push services"}
	}
	var o jmapwire.Object
	var n newPush
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", nil, jmapwire.InvalidProperties("not an object")
	}
	if err := jmapwire.Decode(o, &n); err != nil {
		return "", nil, jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	p, err := n.parse()
	if err != nil {
		return "", nil, err
	}
	if !c.server.pushes.may(c.session.Actor().Account, c.server.now()) {
		return "", nil, &jmapwire.Error{Type: "rateLimit", Description: "too many new push subscriptions: try again later"}
	}
	if p, err = c.session.AddPushSubscription(c.ctx, p); err != nil {
		return "", nil, err
	}
	more := map[string]any{"id": pushID(p.ID), "expires": jmapwire.UTCDate(p.Expires)}
	for name, def := range map[string]any{"keys": nil, "types": nil, "verificationCode": nil} {
		if _, given := o[name]; !given {
			more[name] = def
		}
	}
	return pushID(p.ID), more, nil
}

// parse checks the properties of a new subscription.
func (n *newPush) parse() (p store.PushSubscription, err error) {
	if n.Code != nil {
		return p, jmapwire.InvalidProperties("is told by a push first", "verificationCode")
	}
	if n.Device == "" || len(n.Device) > maxDevice {
		return p, jmapwire.InvalidProperties("is 1 to 256 bytes", "deviceClientId")
	}
	if _, err := webpush.ParseURL(n.URL); err != nil {
		return p, because(err, "url")
	}
	p = store.PushSubscription{Device: n.Device, URL: n.URL}
	if len(n.Keys) > 0 && !jmapwire.IsNull(n.Keys) {
		var o jmapwire.Object
		var k pushKeys
		if json.Unmarshal(n.Keys, &o) != nil || o == nil {
			return p, jmapwire.InvalidProperties("not an object", "keys")
		}
		if err := jmapwire.Decode(o, &k); err != nil {
			return p, jmapwire.InvalidProperties(err.Description, "keys")
		}
		if _, err := webpush.ParseKeys(k.P256DH, k.Auth); err != nil {
			return p, because(err, "keys")
		}
		p.P256DH, p.Auth = k.P256DH, k.Auth
	}
	if n.Types != nil {
		if p.Types, err = checkPushTypes(*n.Types); err != nil {
			return p, err
		}
	}
	if n.Expires != nil {
		if p.Expires, err = pushExpires(*n.Expires); err != nil {
			return p, err
		}
	}
	return p, nil
}

// checkPushTypes checks a list of types. Names that are unknown are no fault: a
// client may know more than this server.
func checkPushTypes(types []string) ([]string, error) {
	if len(types) > maxPushTypes {
		return nil, jmapwire.InvalidProperties("too many", "types")
	}
	for _, name := range types {
		if name == "" || len(name) > maxType {
			return nil, jmapwire.InvalidProperties("are names of data types", "types")
		}
	}
	if types == nil {
		types = []string{}
	}
	return types, nil
}

func pushExpires(text string) (time.Time, error) {
	t, ok := jmapwire.ParseUTCDate(text)
	if !ok {
		return t, jmapwire.InvalidProperties("is a time in UTC", "expires")
	}
	return t, nil
}

// pushUpdate changes what can be: what was verified, until when, and of which
// types.
func (c *call) pushUpdate(id jmapwire.ID, raw json.RawMessage) (any, error) {
	n, ok := parsePushID(id)
	if !ok {
		return nil, jmapwire.Fail("notFound")
	}
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return nil, bad
	}
	var change store.PushChange
	for _, p := range patches {
		if err := readPushPatch(p, &change); err != nil {
			return nil, err
		}
	}
	wanted := change.Expires
	now, err := c.session.ChangePushSubscription(c.ctx, n, change)
	if postroom.KindOf(err) == postroom.Invalid && change.Code != nil && wanted == nil {
		return nil, because(err, "verificationCode")
	}
	if err != nil {
		return nil, err
	}
	if wanted != nil && !wanted.Equal(now.Expires) {
		return map[string]any{"expires": jmapwire.UTCDate(now.Expires)}, nil
	}
	return nil, nil
}

func readPushPatch(p jmapwire.Patch, change *store.PushChange) error {
	if len(p.Path) > 1 {
		return jmapwire.InvalidPatch("is set as a whole: " + p.Key())
	}
	wrong := jmapwire.InvalidProperties("wrong type, or cannot be changed", p.Path[0])
	switch p.Path[0] {
	case "verificationCode":
		var code string
		if jmapwire.IsNull(p.Value) || json.Unmarshal(p.Value, &code) != nil {
			return wrong
		}
		change.Code = &code
	case "expires":
		var at time.Time
		if !jmapwire.IsNull(p.Value) {
			var text string
			var err error
			if json.Unmarshal(p.Value, &text) != nil {
				return wrong
			}
			if at, err = pushExpires(text); err != nil {
				return err
			}
		}
		change.Expires = &at
	case "types":
		var types []string
		if !jmapwire.IsNull(p.Value) {
			var err error
			if json.Unmarshal(p.Value, &types) != nil {
				return wrong
			}
			if types, err = checkPushTypes(types); err != nil {
				return err
			}
		}
		change.Types = &types
	default:
		return wrong
	}
	return nil
}
