package smtpclient

import (
	"cmp"
	"context"
	"errors"
	"io"

	"github.com/emersion/go-smtp"

	"postroom/internal/addr"
)

// transfer brings one message to the recipients of one destination.
type transfer struct {
	dialer  *Dialer
	message *message
	pending []int // recipients without an outcome, indexes into results
	results []Result
}

// run tries the hosts in turn until every recipient has an outcome.
func (t *transfer) run(ctx context.Context) {
	first := t.message.envelope.Recipients[t.pending[0]].Address
	targets, err := t.dialer.targets(ctx, first.Domain)
	if err != nil {
		t.setAll(nil, t.pending, asFailure(err))
		return
	}
	var last error
	for _, target := range targets {
		if ctx.Err() != nil {
			last = ctx.Err()
			break
		}
		err := t.attempt(ctx, target, t.dialer.Security)
		if errors.Is(err, errTLS) && t.dialer.Security == Opportunistic && !t.dialer.mustVerify(target) {
			err = t.attempt(ctx, target, Plain)
		}
		if len(t.pending) == 0 {
			return
		}
		if t.message.failure != nil {
			last = deferred("4.3.0", "the message could not be read")
			break
		}
		last = err
		for _, i := range t.pending {
			t.results[i].Host = target.host
		}
	}
	t.setAll(nil, t.pending, asFailure(last))
}

// set gives a recipient its outcome; s is nil if no session was reached.
func (t *transfer) set(s *session, i int, f *failure) {
	r := &t.results[i]
	r.Status, r.Code, r.Enhanced, r.Text = f.status, f.code, f.enhanced, f.text
	if s != nil {
		r.Host, r.IP, r.TLS = s.target.host, s.target.ip(), s.tls
	}
}

// attempt works with one host. It returns an error, with recipients still
// pending, only if another host may be tried for them.
func (t *transfer) attempt(ctx context.Context, target target, security Security) error {
	s, err := t.dialer.connect(ctx, target, security)
	if err != nil {
		return err
	}
	defer s.close()
	for len(t.pending) > 0 {
		n := min(len(t.pending), cmp.Or(t.dialer.MaxRecipients, 100))
		if err := t.transact(s, t.pending[:n]); err != nil {
			return err
		}
		t.pending = t.pending[n:]
	}
	_ = s.client.Quit() // all have their outcome; QUIT is a courtesy
	return nil
}

// transact does one mail transaction. An error means that the connection broke before
// the message was handed over: nothing was delivered.
func (t *transfer) transact(s *session, batch []int) error {
	batch, options := t.prepare(s, batch)
	if len(batch) == 0 {
		return nil
	}
	if err := s.client.Mail(wire(t.message.envelope.From), options); err != nil {
		return t.refused(s, batch, err)
	}
	accepted, err := t.recipients(s, batch)
	if err != nil {
		return err
	}
	if len(accepted) == 0 {
		_ = s.client.Reset() // if that fails, so will the next command
		return nil
	}
	data, err := s.client.Data()
	if err != nil {
		return t.refused(s, accepted, err)
	}
	if err := t.message.copyTo(data); err != nil {
		s.close() // without the final dot the host throws the text away
		return err
	}
	response, err := data.CloseWithResponse()
	if err != nil {
		// Without a reply the host may have the message or not. Asking a second
		// host now could make a second copy, so this outcome stands.
		t.setAll(s, accepted, asFailure(err))
		return nil
	}
	t.delivered(s, accepted, response.StatusText)
	return nil
}

// prepare settles the recipients the host cannot serve and returns the rest.
func (t *transfer) prepare(s *session, batch []int) ([]int, *smtp.MailOptions) {
	e := &t.message.envelope
	options := &smtp.MailOptions{Size: t.message.size}
	if limit, ok := s.client.MaxMessageSize(); ok && limit > 0 && t.message.size > int64(limit) {
		// RFC 1870 §6.1: no need to ask, the host has said so.
		t.setAll(s, batch, failed("5.3.4", "the message is larger than "+s.target.host+" accepts"))
		return nil, nil
	}
	utf8, _ := s.client.Extension("SMTPUTF8")
	options.UTF8 = utf8 && (e.UTF8Header || e.From.NeedsSMTPUTF8())
	if !utf8 && e.UTF8Header {
		t.setAll(s, batch, failed("5.6.9", s.target.host+" does not accept UTF-8 in headers (SMTPUTF8)"))
		return nil, nil
	}
	if !utf8 && e.From.NeedsSMTPUTF8() {
		t.setAll(s, batch, failed("5.6.7", s.target.host+" does not accept non-ASCII sender addresses (SMTPUTF8)"))
		return nil, nil
	}
	var out []int
	for _, i := range batch {
		switch needs := e.Recipients[i].Address.NeedsSMTPUTF8(); {
		case needs && !utf8:
			t.set(s, i, failed("5.6.7", s.target.host+" does not accept non-ASCII addresses (SMTPUTF8)"))
			continue
		case needs:
			options.UTF8 = true
		}
		out = append(out, i)
	}
	if e.Return == string(smtp.DSNReturnFull) || e.Return == string(smtp.DSNReturnHeaders) {
		options.Return = smtp.DSNReturn(e.Return)
	}
	if printable(e.ID) {
		options.EnvelopeID = e.ID
	}
	return out, options
}

// recipients says RCPT for each and returns the accepted ones.
func (t *transfer) recipients(s *session, batch []int) ([]int, error) {
	var accepted []int
	for _, i := range batch {
		r := &t.message.envelope.Recipients[i]
		err := s.client.Rcpt(wire(r.Address), rcptOptions(r))
		if err == nil {
			accepted = append(accepted, i)
			continue
		}
		if err := t.refused(s, []int{i}, err); err != nil {
			return nil, err
		}
	}
	return accepted, nil
}

func rcptOptions(r *Recipient) *smtp.RcptOptions {
	o := &smtp.RcptOptions{}
	for _, n := range r.Notify {
		o.Notify = append(o.Notify, smtp.DSNNotify(n))
	}
	switch kind := smtp.DSNAddressType(r.OriginalType); {
	case kind == smtp.DSNAddressTypeRFC822 && printable(r.Original), kind == smtp.DSNAddressTypeUTF8 && r.Original != "":
		o.OriginalRecipientType, o.OriginalRecipient = kind, r.Original
	}
	return o
}

// printable reports whether s can be said as xtext.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// wire is an address as it goes over the line: its domain in A-labels.
func wire(a addr.Address) string { return a.ASCII().String() }

// refused settles batch if err is a reply, and passes err on if it is not one.
func (t *transfer) refused(s *session, batch []int, err error) error {
	var reply *smtp.SMTPError
	if !errors.As(err, &reply) {
		return err
	}
	t.setAll(s, batch, asFailure(err))
	return nil
}

func (t *transfer) setAll(s *session, batch []int, f *failure) {
	for _, i := range batch {
		t.set(s, i, f)
	}
}

func (t *transfer) delivered(s *session, batch []int, text string) {
	// The library leaves the enhanced code in the text of a positive reply.
	f := parseReply(250, text)
	f.status = Delivered
	if f.enhanced[0] != '2' {
		f.enhanced = "2.0.0"
	}
	dsn, _ := s.client.Extension("DSN")
	for _, i := range batch {
		t.set(s, i, f)
		t.results[i].PassedDSN = dsn
	}
}

// copyTo writes the text of the message. A fault of the message itself is kept in
// m.failure.
func (m *message) copyTo(w io.Writer) error {
	r, err := m.open()
	if err != nil {
		m.failure = err
		return err
	}
	defer r.Close()
	out := &crlfWriter{w: w}
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := out.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return out.finish()
		}
		if err != nil {
			m.failure = err
			return err
		}
	}
}
