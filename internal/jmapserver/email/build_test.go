package email

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"postroom/internal/jmapwire"
)

// around is what the tests build with; blob B1 is there.
func around() Around {
	return Around{Now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), MessageID: "id@example.test", Token: "token", MaxSize: 1 << 20,
		Blob: func(id jmapwire.ID) ([]byte, bool) { return []byte("\x00\x01binary"), id == "B1" }}
}

func object(t testing.TB, s string) jmapwire.Object {
	t.Helper()
	var o jmapwire.Object
	if err := json.Unmarshal([]byte(s), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func blobOf(part string) jmapwire.ID { return jmapwire.ID("P" + strings.ReplaceAll(part, ".", "_")) }

// What is built is read again as it was given.
func TestBuildReadsBack(t *testing.T) {
	raw, bad := Build(object(t, `{"from":[{"name":"Änna","email":"anna@example.test"}],"to":[{"name":null,"email":"ben@example.test"}],
		"subject":"Grüße","textBody":[{"partId":"t","type":"text/plain"}],"htmlBody":[{"partId":"h","type":"text/html"}],
		"attachments":[{"blobId":"B1","type":"image/png","name":"ä.png"},{"blobId":"B1","type":"image/png","cid":"x@y","disposition":"inline"}],
		"bodyValues":{"t":{"value":"hällo\nx"},"h":{"value":"<b>hi</b>"}}}`), around())
	if bad != nil {
		t.Fatal(bad)
	}
	m := Read(raw, blobOf)
	values := m.Values(Wanted{All: true})
	text, html, attachments := m.Bodies([]string{"partId", "type", "name", "cid"})
	b, err := json.Marshal([]any{values, text, html, attachments, HeaderProperty{Name: "From", Form: AsAddresses}.Of(m.Header()),
		HeaderProperty{Name: "Subject", Form: AsText}.Of(m.Header())})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"1.1":{"value":"hällo\nx","isEncodingProblem":false,"isTruncated":false},"1.2.1":{"value":"\u003cb\u003ehi\u003c/b\u003e","isEncodingProblem":false,"isTruncated":false}},` +
		`[{"cid":null,"name":null,"partId":"1.1","type":"text/plain"}],[{"cid":null,"name":null,"partId":"1.2.1","type":"text/html"}],` +
		`[{"cid":"x@y","name":null,"partId":"1.2.2","type":"image/png"},{"cid":null,"name":"ä.png","partId":"2","type":"image/png"}],` +
		`[{"name":"Änna","email":"anna@example.test"}],"Grüße"]`
	if string(b) != want {
		t.Errorf("is     %s\nshould %s\n%s", b, want, raw)
	}
}
