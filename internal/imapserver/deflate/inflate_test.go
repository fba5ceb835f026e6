package deflate

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// Three commands by zlib, each flushed: by Z_PARTIAL_FLUSH as mbsync does it,
// and by Z_SYNC_FLUSH.
var flushed = map[string][]string{
	"partial": {"3256f073f4750d0e707476e5e50208", "2013051fcfe01005252505252d255e2e8000",
		"325508f5745170730d71f65030b4323250d070f371740f5640223547558daa1a6eaa0002"},
	"sync": {"3256f073f4750d0e707476e5e502000000ffff", "3251f0f10c0e5150525250d252e2e502000000ffff",
		"325508f5745170730d71f65030b4323250d070f371740f5640223547558daa1a6eaa00000000ffff"},
}

var commands = []string{"3 NAMESPACE\r\n", "4 LIST \"\" \"*\"\r\n", strings.Repeat("5 UID FETCH 1:20 (FLAGS FLAGS FLAGS)\r\n", 20)}

// What was flushed is given out before more has come.
func TestFlushedIsGivenOut(t *testing.T) {
	for name, parts := range flushed {
		in, out := io.Pipe()
		r := NewReader(in)
		for i, part := range parts {
			raw, err := hex.DecodeString(part)
			if err != nil {
				t.Fatal(err)
			}
			go out.Write(raw) // the pipe stays open: a reader that wants more hangs
			got := make([]byte, len(commands[i]))
			if _, err := io.ReadFull(r, got); err != nil || string(got) != commands[i] {
				t.Fatalf("%s: %q %v", name, got, err)
			}
		}
	}
}

// What follows a flush is left to the next reader, though the flush comes later
// than its data.
func TestEndFlush(t *testing.T) {
	for name, parts := range flushed {
		for i := range parts {
			raw, err := hex.DecodeString(strings.Join(parts[:i+1], ""))
			if err != nil {
				t.Fatal(err)
			}
			plain := bufio.NewReader(iotest.OneByteReader(io.MultiReader(bytes.NewReader(raw), strings.NewReader("6 NOOP\r\n"))))
			r := NewReader(plain)
			want := strings.Join(commands[:i+1], "")
			got := make([]byte, len(want))
			if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
				t.Fatalf("%s: %q %v", name, got, err)
			}
			if err := r.EndFlush(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if rest, err := io.ReadAll(plain); err != nil || string(rest) != "6 NOOP\r\n" {
				t.Errorf("%s: then %q %v", name, rest, err)
			}
		}
	}
	raw, _ := hex.DecodeString(strings.Join(flushed["sync"][:2], ""))
	r := NewReader(bytes.NewReader(raw))
	io.ReadFull(r, make([]byte, len(commands[0])))
	if err := r.EndFlush(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another command follows: %v", err)
	}
}

func TestInflateWhatFlateDeflates(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var text bytes.Buffer
	for text.Len() < 200_000 {
		switch random.IntN(3) {
		case 0:
			text.WriteString(strings.Repeat("FETCH ", random.IntN(500)))
		case 1:
			for range random.IntN(3000) {
				text.WriteByte(byte(random.IntN(256)))
			}
		default:
			from := random.IntN(text.Len() + 1)
			text.Write(bytes.Clone(text.Bytes()[from:min(text.Len(), from+random.IntN(40_000))]))
		}
	}
	for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, flate.BestCompression} {
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, level)
		if err != nil {
			t.Fatal(err)
		}
		for rest := text.Bytes(); len(rest) > 0; {
			n := min(len(rest), 1+random.IntN(20_000))
			w.Write(rest[:n])
			w.Flush()
			rest = rest[n:]
		}
		w.Close()
		for name, src := range map[string]io.Reader{"whole": bytes.NewReader(packed.Bytes()), "bytes": iotest.OneByteReader(bytes.NewReader(packed.Bytes()))} {
			got, err := io.ReadAll(NewReader(src))
			if err != nil || !bytes.Equal(got, text.Bytes()) {
				t.Errorf("level %d, %s: %d bytes, %v", level, name, len(got), err)
			}
		}
	}
}

// FuzzInflate: what compress/flate inflates is inflated to the same, and what
// it refuses is refused.
func FuzzInflate(f *testing.F) {
	for _, parts := range flushed {
		raw, _ := hex.DecodeString(strings.Join(parts, ""))
		f.Add(raw)
	}
	f.Add([]byte{0x01, 0x00, 0x00, 0xff, 0xff})
	f.Add([]byte{0x05, 0xc0, 0x81, 0x00, 0x00, 0x00, 0x00, 0x00, 0x90, 0xff, 0x6b, 0x04})
	f.Fuzz(func(t *testing.T, raw []byte) {
		const most = 1 << 20
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(raw)), most))
		got, err := io.ReadAll(io.LimitReader(NewReader(bytes.NewReader(raw)), most))
		var corrupt flate.CorruptInputError
		switch {
		case wantErr == nil && (err != nil || !bytes.Equal(got, want)):
			t.Errorf("%d bytes %v, want %d", len(got), err, len(want))
		case errors.As(wantErr, &corrupt) && err == nil && len(got) < most:
			t.Errorf("took what is corrupt: %v", wantErr)
		}
	})
}
