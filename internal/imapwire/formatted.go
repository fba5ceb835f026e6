package imapwire

import (
	"bufio"
	"bytes"
)

// Names is the form of mailbox names, see SetNames.
func (e *Encoder) Names() NameForm { return e.names }

// Format returns what write writes into a FETCH response, for Formatted of an
// Encoder with the same form of names.
func (e *Encoder) Format(write func(*FetchWriter)) []byte {
	var text bytes.Buffer
	one := &Encoder{w: bufio.NewWriterSize(&text, 512), names: e.names}
	one.fetch = FetchWriter{e: one}
	write(&one.fetch)
	if one.Flush() != nil {
		return nil // does not happen: a Buffer takes all
	}
	return bytes.Clone(text.Bytes())
}

// Formatted writes what Format returned.
func (f *FetchWriter) Formatted(text []byte) {
	f.item("")
	f.e.bytes(text)
}
