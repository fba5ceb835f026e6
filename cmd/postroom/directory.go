package main

import (
	"strconv"
	"strings"
	"time"

	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
	"postroom/internal/mailauth"
)

// path and query are short for the client's.
var (
	path  = adminclient.Path
	query = adminclient.Query
)

// nameArg is a command on one entry.
type nameArg struct {
	Name string `arg:"" help:"Name or id."`
}

// remove deletes one entry of a kind.
func (c *command) remove(kind, name string) error { return c.removeQuietly(kind, name, false) }

// removeQuietly is remove of what people are told about, unless quiet.
func (c *command) removeQuietly(kind, name string, quiet bool) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, path(kind, name)+query("quiet", ifTrue(quiet))), "deleted %s", name)
}

// fetch gets an answer of the server.
func fetch[T any](c *command, p string) (out T, err error) {
	client, err := c.server()
	if err != nil {
		return out, err
	}
	err = client.Get(c.ctx, p, &out)
	return out, err
}

type orgCommands struct {
	Create orgCreate `cmd:"" help:"Create an organisation."`
	List   orgList   `cmd:"" help:"List the organisations."`
	Show   orgShow   `cmd:"" help:"Show an organisation."`
	Set    orgSet    `cmd:"" help:"Change an organisation."`
	Delete orgDelete `cmd:"" help:"Delete an organisation without domains."`

	Wording wordingCommands `cmd:"" help:"How an organisation words its notices."`
}

type orgCreate struct {
	Name            string `arg:""`
	DisplayedSender string `enum:",hide,show" default:"" help:"Whether recipients see who sent for a shared mailbox: hide or show."`
}

func (o *orgCreate) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var made adminwire.Organisation
	err = client.Post(c.ctx, path("organisations"), adminwire.OrganisationChange{Name: &o.Name, DisplayedSender: given(o.DisplayedSender)}, &made)
	if err != nil {
		return err
	}
	return c.answer(made, func() { c.printf("created %s\n", made.Name) })
}

type orgList struct{}

func (orgList) Run(c *command) error {
	list, err := fetch[[]adminwire.Organisation](c, path("organisations"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, o := range list {
			rows = append(rows, []string{o.Name, o.DisplayedSender, o.UUID})
		}
		c.table("NAME DISPLAYED-SENDER ID", rows)
	})
}

type orgShow struct{ nameArg }

func (o *orgShow) Run(c *command) error {
	v, err := fetch[adminwire.Organisation](c, path("organisations", o.Name))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		c.fields("name", v.Name, "id", v.UUID, "displayed sender", v.DisplayedSender, "locale", v.Locale,
			"audit records kept", keptDays(v.AuditDays),
			"plans", "person "+v.PersonPlan+", shared "+v.SharedPlan+", resource "+v.ResourcePlan,
			"limits", "accounts "+countLimit(v.MaxAccounts)+", shared "+countLimit(v.MaxShared)+", domains "+countLimit(v.MaxDomains),
			"break-glass", (time.Duration(v.BreakGlassSeconds) * time.Second).String(), "created", when(&v.Created))
	})
}

type orgSet struct {
	nameArg
	NewName         string            `help:"New name."`
	DisplayedSender string            `enum:",inherit,hide,show" default:""`
	AuditDays       *int              `help:"Keep what audit records say for so many days; 0 for ever."`
	DefaultPlan     map[string]string `help:"Plan of new accounts: person=P, shared=P, resource=P." placeholder:"KIND=PLAN"`
	Limit           map[string]string `help:"accounts=N, shared=N, domains=N; none for no limit. By administrators of the server." placeholder:"WHAT=N"`
	BreakGlass      *time.Duration    `help:"How long an emergency access lasts at most; 0 for none." placeholder:"24h"`
	Locale          string            `enum:",en,de" default:"" help:"Language of notices: en or de; a person may choose another."`
}

func keptDays(n int) string {
	if n == 0 {
		return "for ever"
	}
	return strconv.Itoa(n) + " days"
}

func (o *orgSet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	change := adminwire.OrganisationChange{Name: given(o.NewName), DisplayedSender: given(o.DisplayedSender), AuditDays: o.AuditDays,
		Locale: given(o.Locale)}
	if err := o.limits(&change); err != nil {
		return err
	}
	err = client.Patch(c.ctx, path("organisations", o.Name), change, nil)
	return c.done(err, "changed %s", o.Name)
}

type orgDelete struct{ nameArg }

func (o *orgDelete) Run(c *command) error { return c.remove("organisations", o.Name) }

type domainCommands struct {
	Create  domainCreate  `cmd:"" help:"Create a domain with a DKIM key and print the DNS records to publish."`
	List    domainList    `cmd:"" help:"List the domains."`
	Show    domainShow    `cmd:"" help:"Show a domain and its DNS records."`
	Set     domainSet     `cmd:"" help:"Replace the DKIM key of a domain."`
	Delete  domainDelete  `cmd:"" help:"Delete a domain without accounts and groups."`
	Records domainRecords `cmd:"" help:"Print the DNS records to publish."`
}

type domainCreate struct {
	Name string `arg:""`
	Org  string `help:"Organisation; not needed when there is one."`
}

// domainAnswer is a domain with what is to be published for it.
type domainAnswer struct {
	adminwire.Domain
	Records []adminwire.Record `json:"records"`
}

func (d *domainCreate) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var made adminwire.Domain
	err = client.Post(c.ctx, path("domains"), adminwire.NewDomain{Name: d.Name, Organisation: d.Org}, &made)
	if err != nil {
		return err
	}
	records, err := fetch[[]adminwire.Record](c, path("domains", made.Name, "records"))
	if err != nil {
		return err
	}
	return c.answer(domainAnswer{made, records}, func() {
		c.printf("created %s\n\nDNS records to publish:\n", made.Name)
		c.records(records)
	})
}

// records prints DNS records as lines of a zone file.
func (c *command) records(list []adminwire.Record) {
	for _, r := range list {
		c.printf("%s\n", mailauth.DNSRecord{Name: r.Name, Type: r.Type, Value: r.Value})
	}
}

type domainList struct{}

func (domainList) Run(c *command) error {
	list, err := fetch[[]adminwire.Domain](c, path("domains"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, d := range list {
			rows = append(rows, []string{d.Name, d.Organisation, d.UUID})
		}
		c.table("NAME ORGANISATION ID", rows)
	})
}

type domainShow struct {
	nameArg
	Check bool `help:"Compare the records with what the public DNS says now."`
}

func (d *domainShow) Run(c *command) error {
	v, err := fetch[adminwire.Domain](c, path("domains", d.Name))
	if err != nil {
		return err
	}
	if d.Check {
		return c.showPublished(v)
	}
	records, err := fetch[[]adminwire.Record](c, path("domains", v.Name, "records"))
	if err != nil {
		return err
	}
	return c.answer(domainAnswer{v, records}, func() {
		c.domainFields(v)
		c.printf("\nDNS records to publish:\n")
		c.records(records)
	})
}

type domainSet struct {
	nameArg
	DKIMSelector string `required:"" name:"dkim-selector" help:"New selector: the key before stays in DNS while mail signed with it is under way."`
	DKIMKey      []byte `required:"" name:"dkim-key" type:"filecontent" help:"File with the private key, PKCS#8 in PEM." placeholder:"FILE"`
}

func (d *domainSet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	key := string(d.DKIMKey)
	err = client.Patch(c.ctx, path("domains", d.Name), adminwire.DomainChange{DKIMSelector: &d.DKIMSelector, DKIMKey: &key}, nil)
	return c.done(err, "changed %s", d.Name)
}

type domainDelete struct{ nameArg }

func (d *domainDelete) Run(c *command) error { return c.remove("domains", d.Name) }

type domainRecords struct{ nameArg }

func (d *domainRecords) Run(c *command) error {
	records, err := fetch[[]adminwire.Record](c, path("domains", d.Name, "records"))
	if err != nil {
		return err
	}
	return c.answer(records, func() { c.records(records) })
}

type planCommands struct {
	Create planCreate `cmd:"" help:"Create a plan."`
	List   planList   `cmd:"" help:"List the plans."`
	Show   planShow   `cmd:"" help:"Show a plan."`
	Set    planSet    `cmd:"" help:"Change a plan."`
	Delete planDelete `cmd:"" help:"Delete a plan that no account has."`
}

type planCreate struct {
	Name  string    `arg:""`
	Org   string    `help:"Organisation; not needed when there is one."`
	Quota bytesFlag `help:"Storage for each account: 10G, or none." placeholder:"SIZE"`
	planLimits
}

func (p *planCreate) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var made adminwire.Plan
	err = client.Post(c.ctx, path("plans"), p.change(adminwire.PlanChange{Name: &p.Name, Organisation: given(p.Org), QuotaBytes: p.Quota.pointer()}), &made)
	if err != nil {
		return err
	}
	return c.answer(made, func() { c.printf("created %s\n", made.Name) })
}

type planList struct{}

func (planList) Run(c *command) error {
	list, err := fetch[[]adminwire.Plan](c, path("plans"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, p := range list {
			rows = append(rows, []string{p.Name, p.Organisation, size(p.QuotaBytes), p.UUID})
		}
		c.table("NAME ORGANISATION QUOTA ID", rows)
	})
}

type planShow struct{ nameArg }

func (p *planShow) Run(c *command) error {
	v, err := fetch[adminwire.Plan](c, path("plans", p.Name))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		c.fields("name", v.Name, "organisation", v.Organisation, "id", v.UUID, "quota", size(v.QuotaBytes),
			"features", or(strings.Join(v.Features, " "), "none"), "largest message", or(sizeLimit(v.MessageBytes), "no limit"),
			"aliases", countLimit(v.MaxAliases), "created", when(&v.Created))
	})
}

type planSet struct {
	nameArg
	NewName string    `help:"New name."`
	Quota   bytesFlag `help:"Storage for each account: 10G, or none." placeholder:"SIZE"`
	planLimits
}

func (p *planSet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Patch(c.ctx, path("plans", p.Name), p.change(adminwire.PlanChange{Name: given(p.NewName), QuotaBytes: p.Quota.pointer()}), nil)
	return c.done(err, "changed %s", p.Name)
}

type planDelete struct{ nameArg }

func (p *planDelete) Run(c *command) error { return c.remove("plans", p.Name) }
