package queue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom/internal/store"
)

func TestOutbox(t *testing.T) {
	b := newBench(t)
	dir := filepath.Join(t.TempDir(), "outbox")
	b.opts.Transport, b.opts.PerDomain = &Outbox{Dir: dir, Now: b.clock.Now}, 0
	b.worker = New(b.opts)
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org"}, store.Recipient{Address: "z@example.net"})
	b.enqueue("", store.Recipient{Address: "x@example.org"})
	b.drain()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	b.must(err)
	if len(files) != 4 {
		t.Fatalf("files: %q", files)
	}
	eml, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	b.must(err)
	var envelopes string
	for _, file := range eml {
		raw, err := os.ReadFile(file)
		b.must(err)
		if string(raw) != letter {
			t.Errorf("%s: %q", file, raw)
		}
		envelope, err := os.ReadFile(strings.TrimSuffix(file, ".eml") + ".json")
		b.must(err)
		envelopes += string(envelope)
	}
	b.contains(envelopes, `"from": "info@example.test"`, `"from": ""`, `"x@example.org"`, `"z@example.net"`)
}
