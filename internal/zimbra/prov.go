package zimbra

import (
	"context"
	"fmt"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// provCommands is the subset of zmprov.
var provCommands = table{tool: "zmprov", commands: []command{
	{"createAccount", "ca", "{name@domain} {password} [attr1 value1 [attr2 value2...]]", 2, -1, createAccount},
	{"deleteAccount", "da", "{name@domain|id}", 1, 1, deleteAccount},
	{"getAccount", "ga", "[-e] {name@domain|id} [attr1 [attr2...]]", 1, -1, getAccount},
	{"getAllAccounts", "gaa", "[-v] [{domain}]", 0, 2, getAllAccounts},
	{"modifyAccount", "ma", "{name@domain|id} [attr1 value1 [attr2 value2...]]", 3, -1, modifyAccount},
	{"renameAccount", "ra", "{name@domain|id} {newName@domain}", 2, 2, renameAccount},
	{"setPassword", "sp", "{name@domain|id} {password}", 2, 2, setPassword},
	{"addAccountAlias", "aaa", "{name@domain|id} {alias@domain}", 2, 2, addAccountAlias},
	{"removeAccountAlias", "raa", "{name@domain|id} {alias@domain}", 2, 2, removeAccountAlias},
	{"setAccountCos", "sac", "{name@domain|id} {cos-name|cos-id}", 2, 2, setAccountPlan},
	{"getAccountMembership", "gam", "{name@domain|id}", 1, 1, getAccountMembership},
	{"createDistributionList", "cdl", "{list@domain} [attr1 value1 [attr2 value2...]]", 1, -1, createList},
	{"createDynamicDistributionList", "cddl", "{list@domain} [attr1 value1 [attr2 value2...]]", 1, -1, createDynamicList},
	{"deleteDistributionList", "ddl", "{list@domain|id}", 1, 1, deleteList},
	{"modifyDistributionList", "mdl", "{list@domain|id} attr1 value1 [attr2 value2...]", 3, -1, modifyList},
	{"getDistributionList", "gdl", "{list@domain|id} [attr1 [attr2...]]", 1, -1, getList},
	{"getAllDistributionLists", "gadl", "[-v] [{domain}]", 0, 2, getAllLists},
	{"addDistributionListMember", "adlm", "{list@domain|id} {member@domain}+", 2, -1, addListMember},
	{"removeDistributionListMember", "rdlm", "{list@domain|id} {member@domain}+", 2, -1, removeListMember},
	{"getDistributionListMembership", "gdlm", "{name@domain|id}", 1, 1, getListMembership},
	{"addDistributionListAlias", "adla", "{list@domain|id} {alias@domain}", 2, 2, addListAlias},
	{"removeDistributionListAlias", "rdla", "{list@domain|id} {alias@domain}", 2, 2, removeListAlias},
	{"renameDistributionList", "rdl", "{list@domain|id} {newName@domain}", 2, 2, renameList},
	{"createDomain", "cd", "{domain} [attr1 value1 [attr2 value2...]]", 1, -1, createDomain},
	{"getDomain", "gd", "{domain|id} [attr1 [attr2...]]", 1, -1, getDomain},
	{"getAllDomains", "gad", "[-v] [attr1 [attr2...]]", 0, -1, getAllDomains},
	{"deleteDomain", "dd", "{domain|id}", 1, 1, deleteDomain},
	{"createCos", "cc", "{name} [attr1 value1 [attr2 value2...]]", 1, -1, createPlan},
	{"getCos", "gc", "{name|id} [attr1 [attr2...]]", 1, -1, getPlan},
	{"getAllCos", "gac", "[-v]", 0, 1, getAllPlans},
	{"modifyCos", "mc", "{name|id} [attr1 value1 [attr2 value2...]]", 3, -1, modifyPlan},
	{"renameCos", "rc", "{name|id} {newName}", 2, 2, renamePlan},
	{"deleteCos", "dc", "{name|id}", 1, 1, deletePlan},
	{"createIdentity", "cid", "{name@domain} {identity-name} [attr1 value1 [attr2 value2...]]", 2, -1, provCreateIdentity},
	{"getIdentities", "gid", "{name@domain|id} [arg1 [arg...]]", 1, -1, provGetIdentities},
	{"modifyIdentity", "mid", "{name@domain|id} {identity-name} [attr1 value1 [attr2 value2...]]", 4, -1, provModifyIdentity},
	{"deleteIdentity", "did", "{name@domain|id} {identity-name}", 2, 2, provDeleteIdentity},
	{"createSignature", "csig", "{name@domain} {signature-name} [attr1 value1 [attr2 value2...]]", 2, -1, provCreateSignature},
	{"getSignatures", "gsig", "{name@domain|id} [arg1 [arg...]]", 1, -1, provGetSignatures},
	{"modifySignature", "msig", "{name@domain|id} {signature-name|signature-id} [attr1 value1 [attr2 value2...]]", 4, -1, provModifySignature},
	{"deleteSignature", "dsig", "{name@domain|id} {signature-name}", 2, 2, provDeleteSignature},
	{"grantRight", "grr", "{target-type} [{target-id|target-name}] {grantee-type} [{grantee-id|grantee-name} [secret]] {[-]right}", 3, 6, grantRight},
	{"revokeRight", "rvr", "{target-type} [{target-id|target-name}] {grantee-type} [{grantee-id|grantee-name}] {[-]right}", 3, 5, revokeRight},
	{"checkRight", "ckr", "{target-type} [{target-id|target-name}] {grantee-id|grantee-name (note:can only check internal user)} {right}", 3, 4, checkRight},
	{"getGrants", "gg", "[-t {target-type} [{target-id|target-name}]] [-g {grantee-type} {grantee-id|grantee-name} [{0|1 (whether to include grants granted to groups the grantee belongs)}]]", 2, 7, getGrants},
	{"getEffectiveRights", "ger", "{target-type} [{target-id|target-name}] {grantee-id|grantee-name} [expandSetAttrs] [expandGetAttrs]", 1, 5, getEffectiveRights},
	{"getAllEffectiveRights", "gaer", "{grantee-type} {grantee-id|grantee-name} [expandSetAttrs] [expandGetAttrs]", 1, 4, getAllEffectiveRights},
	{"getRight", "gr", "{right} [-e] (whether to expand combo rights recursively)", 1, 2, getRight},
	{"getAllRights", "gar", "[-v] [-t {target-type}] [-c ALL|ADMIN|USER]", 0, 5, getAllRights},
	{"getShareInfo", "gsi", "{owner-name|owner-id}", 1, 1, getShareInfo},
	{"selectMailbox", "sm", "{account-name} [{zmmailbox commands}]", 1, -1, selectMailbox},
}}

// Prov runs zmprov with its arguments.
func (t *Tool) Prov(ctx context.Context, args []string) int {
	t.begin()
	opts, rest, err := options(args, "fapsyYtP", "zlvdhm")
	if err != nil {
		_ = t.report(&provCommands, err)
		return Usage
	}
	switch {
	case opts["h"] != "":
		err := provCommands.help(t.out, rest)
		_ = t.out.Flush()
		return t.report(&provCommands, err)
	case opts["a"] != "" || opts["p"] != "" || opts["y"] != "" || opts["Y"] != "":
		return t.report(&provCommands, client("signing in is not needed: who may use the server's socket is its administrator"))
	}
	t.verbose, t.ldap = opts["v"] != "", opts["l"] != ""
	if len(rest) == 0 {
		return t.batch(ctx, &provCommands, opts["f"], func() string { return t.Prompt })
	}
	return t.once(ctx, &provCommands, rest)
}

// selectMailbox runs one mailbox command on an account.
func selectMailbox(ctx context.Context, t *Tool, args []string) error {
	if err := t.soapOnly(); err != nil {
		return err
	}
	account, err := t.account(ctx, args[0])
	if err != nil {
		return err
	}
	inner := &Tool{Client: t.Client, In: t.In, Out: t.Out, Err: t.Err, Prompt: t.Prompt, out: t.out, scan: t.scan, mailbox: &account}
	switch {
	case len(args) > 1:
		return inner.execute(ctx, &mailboxCommands, args[1:])
	case t.scan == nil:
		return client("command only valid in interactive mode or with arguments")
	}
	// The lines that follow are of the mailbox, until exit.
	if status := inner.lines(ctx, &mailboxCommands, inner.mailboxPrompt); status != Done {
		return told(status)
	}
	return nil
}

// account finds an account.
func (t *Tool) account(ctx context.Context, name string) (a adminwire.Account, err error) {
	err = t.Client.Get(ctx, adminclient.Path("accounts", bare(name)), &a)
	return a, known{postroom.NotFound: noSuchAccount(name)}.of(err)
}

func (t *Tool) list(ctx context.Context, name string) (g adminwire.Group, err error) {
	err = t.Client.Get(ctx, adminclient.Path("groups", bare(name)), &g)
	return g, known{postroom.NotFound: noSuchList(name)}.of(err)
}

func (t *Tool) domain(ctx context.Context, name string) (d adminwire.Domain, err error) {
	err = t.Client.Get(ctx, adminclient.Path("domains", name), &d)
	return d, known{postroom.NotFound: noSuchDomain(name)}.of(err)
}

func (t *Tool) plan(ctx context.Context, name string) (p adminwire.Plan, err error) {
	err = t.Client.Get(ctx, adminclient.Path("plans", name), &p)
	return p, known{postroom.NotFound: noSuchPlan(name)}.of(err)
}

// bare takes the address out of "Name <addr>".
func bare(name string) string {
	if i := strings.LastIndexByte(name, '<'); i >= 0 && strings.HasSuffix(name, ">") {
		return name[i+1 : len(name)-1]
	}
	return name
}

// noAttributes refuses attributes where none has a meaning.
func noAttributes(pairs []string) error {
	for i := 0; i < len(pairs); i += 2 {
		return unknownAttribute(pairs[i])
	}
	return nil
}

func (t *Tool) id(uuid string) error {
	_, err := fmt.Fprintln(t.out, uuid)
	return err
}

// soapOnly refuses with -l what the tools cannot do by the directory alone.
func (t *Tool) soapOnly() error {
	if t.ldap {
		return invalid("can only be used with SOAP")
	}
	return nil
}
