package section

import (
	"sync"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/message"
)

// Formats keeps the written form of what never changes of the messages that were
// asked for last: an email's number names the same octets for ever, wherever its
// messages are. Who may read it is asked of the store each time. There are two
// generations, as of what the store keeps: when the young one is full it becomes
// the old one, and what is asked for of the old one lives on. The zero Formats is
// ready.
type Formats struct {
	mu         sync.Mutex
	young, old map[Format][]byte
	bytes      int // of the young
}

// Format names a written form.
type Format struct {
	Account postroom.AccountID
	Email   postroom.EmailID
	Item    imapwire.FetchKind
	Names   imapwire.NameForm // decides what is quoted
}

const (
	// maxFormatBytes bounds the memory of one generation.
	maxFormatBytes = 16 << 20
	// formatBytes is the memory of one beside its text.
	formatBytes = 120
)

// Known is the text of a form that is kept, nil for another.
func (k *Formats) Known(f Format) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	text := k.young[f]
	if text == nil {
		if text = k.old[f]; text != nil {
			k.put(f, text)
		}
	}
	return text
}

// Keep puts a text in.
func (k *Formats) Keep(f Format, text []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.put(f, text)
}

// put needs mu.
func (k *Formats) put(f Format, text []byte) {
	if k.young == nil || k.bytes > maxFormatBytes {
		k.young, k.old, k.bytes = make(map[Format][]byte), k.young, 0
	}
	if _, there := k.young[f]; !there {
		k.bytes += formatBytes + len(text)
	}
	k.young[f] = text
}

// WriteSummary writes the envelope or the structure of a message.
func WriteSummary(w *imapwire.FetchWriter, item imapwire.FetchKind, s *message.Summary) {
	switch item {
	case imapwire.FetchEnvelope:
		w.Envelope(Envelope(s.Envelope))
	case imapwire.FetchBody:
		w.Body(Structure(s.Structure))
	case imapwire.FetchBodyStructure:
		w.BodyStructure(Structure(s.Structure))
	}
}
