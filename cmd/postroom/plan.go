package main

import (
	"strconv"

	"postroom"
	"postroom/internal/adminwire"
)

// planLimits are what a plan includes and allows.
type planLimits struct {
	Feature []string  `help:"What it includes, instead of what it did: imap, send, send-outside, forward-outside, app-passwords; all or none." placeholder:"NAME,…"`
	Message bytesFlag `help:"Largest message that is sent: 20M, or none." placeholder:"SIZE"`
	Aliases string    `help:"How many aliases an account may have, or none for no limit." placeholder:"N"`
}

func (p *planLimits) Validate() error {
	if _, err := limitOf(p.Aliases); p.Aliases != "" && err != nil {
		return err
	}
	return nil
}

func (p *planLimits) change(c adminwire.PlanChange) adminwire.PlanChange {
	if len(p.Feature) > 0 {
		names := p.Feature
		switch {
		case len(names) == 1 && names[0] == "all":
			names = postroom.FeatureNames()
		case len(names) == 1 && names[0] == "none":
			names = []string{}
		}
		c.Features = &names
	}
	if n := p.Message.pointer(); n != nil {
		n := max(*n, 0)
		c.MessageBytes = &n
	}
	if p.Aliases != "" {
		n, _ := limitOf(p.Aliases) // Validate has looked
		c.MaxAliases = &n
	}
	return c
}

// limitOf reads a number, or none for no limit.
func limitOf(text string) (int64, error) {
	if text == "none" {
		return -1, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, usagef("not a number or none: %s", text)
	}
	return n, nil
}

func countLimit(n int64) string {
	if n < 0 {
		return "no limit"
	}
	return strconv.FormatInt(n, 10)
}

func sizeLimit(n int64) string {
	if n <= 0 {
		return ""
	}
	return size(n)
}

// limits puts what is said of an organisation's plans and limits into a change.
func (o *orgSet) limits(c *adminwire.OrganisationChange) error {
	plans := map[string]**string{"person": &c.PersonPlan, "shared": &c.SharedPlan, "resource": &c.ResourcePlan}
	for kind, name := range o.DefaultPlan {
		to := plans[kind]
		if to == nil {
			return usagef("no such kind of account: %s", kind)
		}
		*to = &name
	}
	limits := map[string]**int64{"accounts": &c.MaxAccounts, "shared": &c.MaxShared, "domains": &c.MaxDomains}
	for what, text := range o.Limit {
		to := limits[what]
		if to == nil {
			return usagef("no such limit: %s", what)
		}
		n, err := limitOf(text)
		if err != nil {
			return err
		}
		*to = &n
	}
	if o.BreakGlass != nil {
		seconds := int64(o.BreakGlass.Seconds())
		c.BreakGlassSeconds = &seconds
	}
	return nil
}
