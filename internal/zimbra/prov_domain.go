package zimbra

import (
	"context"
	"strconv"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

func createDomain(ctx context.Context, t *Tool, args []string) error {
	if err := noAttributes(args[1:]); err != nil {
		return err
	}
	var d adminwire.Domain
	err := t.Client.Post(ctx, adminclient.Path("domains"), adminwire.NewDomain{Name: args[0]}, &d)
	err = known{postroom.Exists: fail("account.DOMAIN_EXISTS", "domain already exists: %s", args[0])}.of(err)
	if err != nil {
		return err
	}
	return t.id(d.UUID)
}

func getDomain(ctx context.Context, t *Tool, args []string) error {
	d, err := t.domain(ctx, args[0])
	if err != nil {
		return err
	}
	t.dumpDomain(d, args[1:])
	return nil
}

func (t *Tool) dumpDomain(d adminwire.Domain, wanted []string) {
	t.printf("# name %s\n", d.Name)
	t.dump([]attribute{
		{"zimbraCreateTimestamp", d.Created.UTC().Format(generalizedTime)},
		{"zimbraDomainName", d.Name}, {"zimbraDomainType", "local"}, {"zimbraDomainStatus", "active"},
		{"zimbraId", d.UUID}, {"o", d.Organisation},
	}, wanted)
	t.printf("\n")
}

func getAllDomains(ctx context.Context, t *Tool, args []string) error {
	verbose := t.verbose
	var wanted []string
	for _, a := range args {
		if a == "-v" {
			verbose = true
			continue
		}
		wanted = append(wanted, a)
	}
	var list []adminwire.Domain
	if err := t.Client.Get(ctx, adminclient.Path("domains"), &list); err != nil {
		return err
	}
	for _, d := range list {
		if verbose || len(wanted) > 0 {
			t.dumpDomain(d, wanted)
			continue
		}
		t.printf("%s\n", d.Name)
	}
	return nil
}

func deleteDomain(ctx context.Context, t *Tool, args []string) error {
	d, err := t.domain(ctx, args[0])
	if err != nil {
		return err
	}
	err = t.Client.Delete(ctx, adminclient.Path("domains", d.Name))
	return known{postroom.NotEmpty: fail("account.DOMAIN_NOT_EMPTY", "domain not empty: %s", d.Name)}.of(err)
}

var planAttributes = []string{"zimbraMailQuota"}

func planChange(pairs []string) (c adminwire.PlanChange, err error) {
	list, err := changes(pairs, planAttributes)
	if err != nil {
		return c, err
	}
	for _, ch := range list {
		if c.QuotaBytes, err = ch.number(); err != nil {
			return c, err
		}
		if *c.QuotaBytes == 0 { // Zimbra's zero is no limit
			*c.QuotaBytes = -1
		}
	}
	return c, nil
}

func createPlan(ctx context.Context, t *Tool, args []string) error {
	c, err := planChange(args[1:])
	if err != nil {
		return err
	}
	c.Name = &args[0]
	var p adminwire.Plan
	err = t.Client.Post(ctx, adminclient.Path("plans"), c, &p)
	err = known{postroom.Exists: fail("account.COS_EXISTS", "cos already exists: %s", args[0])}.of(err)
	if err != nil {
		return err
	}
	return t.id(p.UUID)
}

func getPlan(ctx context.Context, t *Tool, args []string) error {
	p, err := t.plan(ctx, args[0])
	if err != nil {
		return err
	}
	t.dumpPlan(p, args[1:])
	return nil
}

func (t *Tool) dumpPlan(p adminwire.Plan, wanted []string) {
	t.printf("# name %s\n", p.Name)
	t.dump([]attribute{
		{"cn", p.Name}, {"zimbraCreateTimestamp", p.Created.UTC().Format(generalizedTime)},
		{"zimbraId", p.UUID}, {"zimbraMailQuota", strconv.FormatInt(max(p.QuotaBytes, 0), 10)},
	}, wanted)
	t.printf("\n")
}

func getAllPlans(ctx context.Context, t *Tool, args []string) error {
	verbose, rest := verboseArg(args, t.verbose)
	if rest != "" {
		return errUsage
	}
	var list []adminwire.Plan
	if err := t.Client.Get(ctx, adminclient.Path("plans"), &list); err != nil {
		return err
	}
	for _, p := range list {
		if verbose {
			t.dumpPlan(p, nil)
			continue
		}
		t.printf("%s\n", p.Name)
	}
	return nil
}

func modifyPlan(ctx context.Context, t *Tool, args []string) error {
	c, err := planChange(args[1:])
	if err != nil {
		return err
	}
	p, err := t.plan(ctx, args[0])
	if err != nil {
		return err
	}
	return t.Client.Patch(ctx, adminclient.Path("plans", p.Name), c, nil)
}

func deletePlan(ctx context.Context, t *Tool, args []string) error {
	p, err := t.plan(ctx, args[0])
	if err != nil {
		return err
	}
	return t.Client.Delete(ctx, adminclient.Path("plans", p.Name))
}

func renamePlan(ctx context.Context, t *Tool, args []string) error {
	p, err := t.plan(ctx, args[0])
	if err != nil {
		return err
	}
	err = t.Client.Patch(ctx, adminclient.Path("plans", p.Name), adminwire.PlanChange{Name: &args[1]}, nil)
	return known{postroom.Exists: fail("account.COS_EXISTS", "cos already exists: %s", args[1])}.of(err)
}
