package mailauth

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// DKIM is the outcome of one signature, or with Value None that there is none.
type DKIM struct {
	Value Value
	// Domain is the SDID (d=) in A-labels, Identifier the AUID (i=) as written.
	Domain, Identifier string
	// Reason for people, may be empty.
	Reason string
}

// Verify checks the DKIM signatures of a message, at most five of them. It reads the
// message to its end. rsa-sha1, keys below 1024 bits and signatures with l= do not pass.
func Verify(ctx context.Context, r Resolver, message io.Reader) ([]DKIM, error) {
	v, err := Check(ctx, r, Sender{}, message)
	return v.DKIM, err
}

// verify checks the signatures of the message that is header followed by body.
func verify(ctx context.Context, r Resolver, header []byte, body io.Reader) []DKIM {
	list, _ := fields(header)
	signatures := 0
	for _, f := range list {
		if strings.EqualFold(f.name, "DKIM-Signature") {
			signatures++
			// A long h= over many fields is a way to make us work.
			if len(f.raw) > maxSignature || len(list) > maxFields {
				return []DKIM{{Value: PermError, Reason: "the header or the signature is too large"}}
			}
		}
	}
	if signatures == 0 {
		return []DKIM{{Value: None}}
	}
	if end := lastLine(header); !isEmptyLine(end) { // the message ends in its header
		if end[len(end)-1] != '\n' {
			header = append(header, "\r\n"...)
		}
		header = append(header, "\r\n"...)
	}
	found, err := dkim.VerifyWithOptions(io.MultiReader(bytes.NewReader(header), body), &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return r.LookupTXT(ctx, name) },
		MaxVerifications: maxSignatures,
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return []DKIM{{Value: PermError, Reason: err.Error()}}
	}
	out := make([]DKIM, 0, len(found))
	for _, f := range found {
		d := DKIM{Value: Pass, Domain: normalDomain(f.Domain), Identifier: f.Identifier}
		switch {
		case f.Err == nil && isHostname(d.Domain):
		case f.Err == nil:
			d.Value, d.Reason = PermError, "the signing domain is not a domain name"
		case dkim.IsTempFail(f.Err):
			d.Value, d.Reason = TempError, f.Err.Error()
		case dkim.IsPermFail(f.Err):
			d.Value, d.Reason = PermError, f.Err.Error()
		default:
			d.Value, d.Reason = Fail, f.Err.Error()
		}
		d.Reason = strings.TrimPrefix(d.Reason, "dkim: ")
		out = append(out, d)
	}
	return out
}

// lastLine is the last line of b with its ending.
func lastLine(b []byte) []byte {
	end := len(b)
	if end > 0 && b[end-1] == '\n' {
		end--
	}
	return b[bytes.LastIndexByte(b[:end], '\n')+1:]
}
