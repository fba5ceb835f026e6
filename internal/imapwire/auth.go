package imapwire

import (
	"encoding/base64"
	"strings"
)

// Authenticate begins a SASL exchange (RFC 9051 §6.2.2). Read the responses
// that follow with Decoder.SASLResponse.
type Authenticate struct {
	Mechanism string // upper case
	// Initial is the initial response (SASL-IR, RFC 4959), decoded: nil when
	// there is none, empty when it is empty ("=").
	Initial []byte
}

// Name implements Command.
func (*Authenticate) Name() string { return "AUTHENTICATE" }

func (d *Decoder) authenticate() Command {
	d.space()
	c := &Authenticate{Mechanism: strings.ToUpper(d.atom())}
	if !d.accept(' ') {
		return c
	}
	text := d.run(func(b byte) bool { return b != ' ' })
	if text == "=" {
		c.Initial = []byte{}
		return c
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || text == "" {
		d.fail("the initial response is not base64")
	}
	c.Initial = raw
	return c
}

// Login signs in with a password (RFC 9051 §6.2.3).
type Login struct{ User, Password string }

// Name implements Command.
func (*Login) Name() string { return "LOGIN" }

func (d *Decoder) login() Command {
	d.space()
	c := &Login{User: d.text()}
	d.space()
	c.Password = d.text()
	return c
}

// Compress turns compression on (RFC 4978).
type Compress struct{ Algorithm string } // upper case: DEFLATE

// Name implements Command.
func (*Compress) Name() string { return "COMPRESS" }

func (d *Decoder) compress() Command {
	d.space()
	return &Compress{Algorithm: strings.ToUpper(d.atom())}
}

// Enable turns extensions on (RFC 9051 §6.3.1).
type Enable struct{ Capabilities []string } // upper case

// Name implements Command.
func (*Enable) Name() string { return "ENABLE" }

func (d *Decoder) enable() Command {
	c := &Enable{}
	for d.space(); d.err == nil; {
		c.Capabilities = append(c.Capabilities, strings.ToUpper(d.atom()))
		if !d.accept(' ') {
			break
		}
	}
	return c
}

// maxIDFields is how many pairs an ID may have (RFC 2971 §3.3).
const maxIDFields = 30

// IDField is one pair of ID. Nil says that the value is NIL.
type IDField struct {
	Key, Value string
	Nil        bool
}

// ID exchanges names and versions (RFC 2971).
type ID struct{ Fields []IDField }

// Name implements Command.
func (*ID) Name() string { return "ID" }

func (d *Decoder) id() Command {
	d.space()
	c := &ID{}
	if d.isNil() {
		return c
	}
	d.maybeEmpty(func() {
		f := IDField{Key: d.text()}
		d.space()
		if f.Nil = d.isNil(); !f.Nil {
			f.Value = d.text()
		}
		c.Fields = append(c.Fields, f)
		if len(c.Fields) > maxIDFields {
			d.fail("too many fields")
		}
	})
	return c
}
