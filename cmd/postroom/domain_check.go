package main

import (
	"strings"

	"postroom/internal/adminwire"
)

// checkedDomain is a domain with what the public DNS says of it.
type checkedDomain struct {
	adminwire.Domain
	Published []adminwire.PublishedRecord `json:"published"`
}

func (c *command) domainFields(v adminwire.Domain) {
	c.fields("name", v.Name, "organisation", v.Organisation, "id", v.UUID, "DKIM selector", v.DKIMSelector, "created", when(&v.Created))
}

// showPublished prints a domain with a line for each record, and below those
// that are not as they should be what should be there and what is.
func (c *command) showPublished(v adminwire.Domain) error {
	list, err := fetch[[]adminwire.PublishedRecord](c, path("domains", v.Name, "published"))
	if err != nil {
		return err
	}
	return c.answer(checkedDomain{v, list}, func() {
		c.domainFields(v)
		c.printf("\nDNS records:\n")
		for _, r := range list {
			c.printf("%-8s %s %s\n", r.State, r.Type, r.Name)
			if r.State != "found" && r.Value != "" {
				c.printf("         publish  %s\n", r.Value)
			}
			if r.State == "differs" || r.Value == "" {
				c.printf("         is there %s\n", strings.Join(r.Published, "\n                  "))
			}
			if r.Reason != "" {
				c.printf("         %s\n", r.Reason)
			}
		}
	})
}
