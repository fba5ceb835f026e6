package email

import (
	"encoding/json"
	"testing"

	"postroom/internal/jmapwire"
)

// What is built can be read, and has no field that was not asked for.
func FuzzBuild(f *testing.F) {
	f.Add([]byte(`{"from":[{"name":"Änna","email":"anna@example.test"}],"subject":"x","textBody":[{"partId":"t"}],"bodyValues":{"t":{"value":"hällo"}}}`))
	f.Add([]byte(`{"bodyStructure":{"type":"multipart/mixed","subParts":[{"partId":"a","type":"text/plain"},{"blobId":"B1","type":"image/png"}]},"bodyValues":{"a":{"value":""}},"header:X-A:asText":"ü"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var o jmapwire.Object
		if jmapwire.Check(b) != nil || json.Unmarshal(b, &o) != nil || o == nil {
			return
		}
		raw, bad := Build(o, around())
		if bad != nil {
			return
		}
		Read(raw, blobOf).Values(Wanted{All: true})
	})
}
