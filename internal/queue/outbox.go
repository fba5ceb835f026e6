package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"postroom/internal/smtpclient"
)

// Outbox is a Transport that writes messages into a directory instead of sending
// them: NAME.eml is the message, NAME.json its envelope. It is for trying things out
// without a way to the outside.
type Outbox struct {
	// Dir is made when it is missing.
	Dir string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// outboxEnvelope is what NAME.json holds.
type outboxEnvelope struct {
	From       string   `json:"from"`
	Recipients []string `json:"recipients"`
	Date       string   `json:"date"`
}

// Deliver writes the message; all recipients are delivered, or the error says why
// none is.
func (o *Outbox) Deliver(ctx context.Context, e smtpclient.Envelope, _ int64, open func() (io.ReadCloser, error)) ([]smtpclient.Result, error) {
	results := make([]smtpclient.Result, len(e.Recipients))
	err := o.write(ctx, e, open)
	for i, r := range e.Recipients {
		results[i] = smtpclient.Result{Recipient: r.Address, Status: smtpclient.Delivered, Code: 250, Enhanced: "2.0.0", Text: "written to the outbox", Host: "outbox"}
		if err != nil {
			results[i] = smtpclient.Result{Recipient: r.Address, Status: smtpclient.Deferred, Enhanced: "4.3.0", Text: "the outbox cannot be written"}
		}
	}
	return results, err
}

func (o *Outbox) write(ctx context.Context, e smtpclient.Envelope, open func() (io.ReadCloser, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	envelope := outboxEnvelope{From: e.From.String(), Date: now().UTC().Format(time.RFC3339)}
	for _, r := range e.Recipients {
		envelope.Recipients = append(envelope.Recipients, r.Address.String())
	}
	text, err := json.MarshalIndent(envelope, "", "  ")
	if err != nil {
		return err
	}
	body, err := open()
	if err != nil {
		return err
	}
	defer body.Close()
	f, err := os.CreateTemp(o.Dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing by that name
	_, copyErr := io.Copy(f, body)
	if err := errors.Join(copyErr, f.Sync(), f.Close()); err != nil {
		return err
	}
	return o.place(f.Name(), now(), text)
}

// place gives the files their names: the envelope first, so that whoever sees the
// message finds it.
func (o *Outbox) place(temp string, now time.Time, envelope []byte) error {
	for n := 0; ; n++ {
		name := filepath.Join(o.Dir, fmt.Sprintf("%s-%03d", now.UTC().Format("20060102T150405.000000"), n))
		f, err := os.OpenFile(name+".json", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, writeErr := f.Write(append(envelope, '\n'))
		if err := errors.Join(writeErr, f.Sync(), f.Close()); err != nil {
			return err
		}
		return os.Rename(temp, name+".eml")
	}
}
