package jmapserver_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// wire is a WebSocket of somebody.
type wire struct {
	t    *testing.T
	ctx  context.Context
	conn *websocket.Conn
}

func (o *office) dial(t *testing.T, user string, origin string) (*wire, error) {
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(stop)
	h := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(user+"@example.test:"+storetest.Password))}}
	if origin != "" {
		h.Set("Origin", origin)
	}
	conn, _, err := websocket.Dial(ctx, o.http.URL+"/jmap/ws", &websocket.DialOptions{Subprotocols: []string{"jmap"}, HTTPHeader: h})
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return &wire{t, ctx, conn}, err
}

func (w *wire) says(text string) {
	w.t.Helper()
	if err := w.conn.Write(w.ctx, websocket.MessageText, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// hears reads a message, which has each part.
func (w *wire) hears(parts ...string) string {
	w.t.Helper()
	_, b, err := w.conn.Read(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, part := range parts {
		if !strings.Contains(string(b), part) {
			w.t.Errorf("%s is not in %s", part, b)
		}
	}
	return string(b)
}

func TestWebSocket(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		o := newOffice(t, s)
		if _, err := o.dial(t, "ben", "https://evil.test"); err == nil {
			t.Error("a page of another site is let in")
		}
		w, err := o.dial(t, "ben", o.http.URL)
		if err != nil {
			t.Fatal(err)
		}
		w.says(`{"@type":"Request","id":"R1","using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",{"a":1},"c"]]}`)
		w.hears(`"@type":"Response"`, `"requestId":"R1"`, `["Core/echo",{"a":1},"c"]`, `"sessionState"`)
		w.says(`{"@type":"Request","id":"R2","using":["urn:x"],"methodCalls":[]}`)
		w.hears(`"@type":"RequestError"`, `"requestId":"R2"`, `unknownCapability`)
		w.says(`{"@type":`)
		w.hears(`"@type":"RequestError"`, `"requestId":null`, `notJSON`)
		w.says(`{"@type":"Dance"}`)
		w.hears(`notRequest`)

		root := storetest.In(o.Info, postroom.RootCollection)
		info := fmt.Sprintf(`"A%d"`, o.Info.ID)
		w.says(`{"@type":"WebSocketPushEnable","dataTypes":["Email"],"pushState":"old"}`)
		w.hears(`"@type":"StateChange"`, `"pushState"`)
		o.Grant(root, o.Ben, rights.Viewer)
		w.hears(info)
		o.Revoke(root, o.Ben)
		o.Deliver(letter, o.Info)
		o.Deliver(letter, o.Ben)
		if got := w.hears(fmt.Sprintf(`"A%d"`, o.Ben.ID)); strings.Contains(got, info) {
			t.Errorf("told of what may not be seen any more: %s", got)
		}
		w.says(`{"@type":"WebSocketPushDisable"}`)
		for _, id := range []string{"R3", "R4"} { // the second is answered after the letter
			w.says(`{"@type":"Request","id":"` + id + `","using":["urn:ietf:params:jmap:core"],"methodCalls":[]}`)
			w.hears(`"requestId":"` + id + `"`)
			o.Deliver(letter, o.Ben)
		}
		if err := o.Console.Directory().SetPassword(t.Context(), o.Ben.ID, "another password 1"); err != nil {
			t.Fatal(err)
		}
		if _, b, err := w.conn.Read(w.ctx); err == nil || w.ctx.Err() != nil {
			t.Errorf("the connection goes on: %s %v", b, err)
		}
	})
}
