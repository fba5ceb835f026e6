package imapwire

import "strings"

// GetQuota asks for a quota root (RFC 9208 §4.1).
type GetQuota struct{ Root string }

// Name implements Command.
func (*GetQuota) Name() string { return "GETQUOTA" }

// GetQuotaRoot asks for the quota roots of a mailbox (RFC 9208 §4.1.2).
type GetQuotaRoot struct{ Mailbox string }

// Name implements Command.
func (*GetQuotaRoot) Name() string { return "GETQUOTAROOT" }

// QuotaLimit is a new limit. STORAGE counts units of 1024 octets.
type QuotaLimit struct {
	Resource string // upper case
	Limit    uint64
}

// SetQuota changes the limits of a quota root (RFC 9208 §4.1.3).
type SetQuota struct {
	Root   string
	Limits []QuotaLimit
}

// Name implements Command.
func (*SetQuota) Name() string { return "SETQUOTA" }

func (d *Decoder) setQuota() Command {
	d.space()
	c := &SetQuota{Root: d.text()}
	d.space()
	d.maybeEmpty(func() {
		l := QuotaLimit{Resource: strings.ToUpper(d.atom())}
		d.space()
		l.Limit = d.number64()
		c.Limits = append(c.Limits, l)
	})
	return c
}
