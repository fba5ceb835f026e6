package zimbra

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
)

// granteeWords of zmmailbox, with the kinds of the server.
var granteeWords = map[string]string{"account": "account", "usr": "account", "group": "group", "grp": "group",
	"cos": "plan", "domain": "domain", "dom": "domain", "all": "all", "public": "public", "pub": "public",
	"guest": "guest", "gst": "guest", "key": "key"}

// folderGrantee reads the grantee of modifyFolderGrant. An account word with
// the address of a list means the list, and a guest who is at home here is an
// account or list; an unknown address never becomes a guest.
func (t *Tool) folderGrantee(ctx context.Context, kind, name string) (grantee, error) {
	switch kind {
	case "account":
		return t.entry(ctx, t.withDomain(name))
	case "group":
		l, err := t.list(ctx, t.withDomain(name))
		return grantee{"grp", l.Address, l.Address, l.UUID}, err
	case "plan":
		p, err := t.plan(ctx, name)
		return grantee{"cos", "plan:" + p.Name, p.Name, p.UUID}, err
	case "domain":
		d, err := t.domain(ctx, name)
		return grantee{"dom", "domain:" + d.Name, d.Name, d.UUID}, err
	case "all":
		return grantee{"all", "all", "", "00000000-0000-0000-0000-000000000000"}, nil
	case "public":
		return grantee{"pub", "public", "", "99999999-9999-9999-9999-999999999999"}, nil
	case "guest":
		if !strings.Contains(name, "@") {
			return grantee{}, invalid("invalid guest id or password")
		}
		g, err := t.entry(ctx, name)
		if err == nil {
			return g, nil
		}
		if _, local := t.domain(ctx, domainPart(bare(name))); local == nil {
			return grantee{}, noSuchAccount(name)
		}
		return grantee{"gst", "guest:" + bare(name), bare(name), ""}, nil
	}
	return grantee{}, invalid("grantee type key is not supported by this server")
}

// takeFolderGrantee reads the grantee's words, as many as its type has.
func (t *Tool) takeFolderGrantee(ctx context.Context, args []string) (g grantee, rest []string, err error) {
	kind, ok := granteeWords[strings.ToLower(args[0])]
	switch {
	case !ok:
		return g, nil, client("unknown grantee type: %s", args[0])
	case kind == "all" || kind == "public":
		rest = args[1:]
		if len(rest) == 2 { // all and public with an empty name, as the tools take it
			rest = rest[1:]
		}
		g, err = t.folderGrantee(ctx, kind, "")
		return g, rest, err
	case len(args) < 3:
		return g, nil, client("not enough args")
	case kind == "guest" && len(args) == 4:
		return g, nil, invalid("a guest's password is not supported by this server: guests get a secret link")
	}
	g, err = t.folderGrantee(ctx, kind, args[1])
	return g, args[2:], err
}

func modifyFolderGrant(ctx context.Context, t *Tool, args []string) error {
	f, err := t.folder(ctx, args[0])
	if err != nil {
		return err
	}
	g, rest, err := t.takeFolderGrantee(ctx, args[1:])
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errUsage
	}
	perms := rest[0]
	if strings.EqualFold(perms, "none") || perms == "" {
		return t.removeFolderGrant(ctx, f, g)
	}
	given, err := rights.ParseZimbra(perms)
	if err != nil {
		return err
	}
	if given.Has(postroom.Administer) && g.kind != "usr" && g.kind != "grp" {
		return fail("mail.CANNOT_GRANT", "cannot grant: admin right can be granted to users and groups only")
	}
	return t.putFolderGrant(ctx, f, g, perms)
}

func (t *Tool) putFolderGrant(ctx context.Context, f folder, g grantee, perms string) error {
	owner := f.OwnerUUID
	if owner == "" {
		owner = t.mailbox.UUID
	}
	if g.uuid == owner {
		return fail("service.PERM_DENIED", "permission denied: cannot grant access to the owner of the item")
	}
	err := t.Client.Put(ctx, adminclient.Path("grants"), adminwire.NewGrant{
		Target: t.grantTarget(f), Grantee: g.word, Rights: perms}, nil)
	id := g.uuid
	if id == "" {
		id = g.name
	}
	return known{postroom.Exists: fail("mail.GRANT_EXISTS", "grantee already exists %s", id)}.of(err)
}

// removeFolderGrant is "none": a grant of this folder is taken back; without
// one, an account or group gets an empty grant that closes the folder for it.
func (t *Tool) removeFolderGrant(ctx context.Context, f folder, g grantee) error {
	grants, err := t.folderGrants(ctx, f)
	if err != nil {
		return err
	}
	there := slices.ContainsFunc(grants, func(e adminwire.Grant) bool {
		return granteeType(e.Grantee.Kind) == g.kind && e.Grantee.UUID == g.uuid && e.Grantee.Name == g.name
	})
	switch {
	case there:
		return t.Client.Delete(ctx, adminclient.Path("grants")+adminclient.Query("target", t.grantTarget(f), "grantee", g.word))
	case g.kind == "all" || g.kind == "pub":
		return nil
	}
	return t.putFolderGrant(ctx, f, g, "none")
}

// folderGrants are the grants of the folder itself.
func (t *Tool) folderGrants(ctx context.Context, f folder) ([]adminwire.Grant, error) {
	var list []adminwire.Grant
	err := t.Client.Get(ctx, adminclient.Path("grants")+adminclient.Query("target", t.grantTarget(f), "only", "true"), &list)
	return slices.DeleteFunc(list, func(g adminwire.Grant) bool { return g.Negative }), err
}

const permColumns = "%11.11s  %8.8s  %s\n"

// wordOf is the type column of getFolderGrant.
func wordOf(kind string) string {
	if kind == "plan" {
		return "cos"
	}
	return kind
}

func getFolderGrant(ctx context.Context, t *Tool, args []string) error {
	verbose := t.verbose
	if len(args) == 2 {
		if args[0] != "-v" {
			return errUsage
		}
		verbose, args = true, args[1:]
	}
	f, err := t.folder(ctx, args[0])
	if err != nil {
		return err
	}
	list, err := t.folderGrants(ctx, f)
	if err != nil {
		return err
	}
	if verbose {
		return t.dumpGrants(grantsJSON(list))
	}
	t.printf(permColumns, "Permissions", "Type", "Display")
	t.printf(permColumns, "-----------", "--------", "-------")
	for _, g := range list {
		t.printf(permColumns, g.Rights, wordOf(g.Grantee.Kind), g.Grantee.Name)
	}
	return nil
}

func grantsJSON(list []adminwire.Grant) []map[string]any {
	out := make([]map[string]any, len(list))
	for i, g := range list {
		out[i] = map[string]any{"type": wordOf(g.Grantee.Kind), "name": g.Grantee.Name, "id": g.Grantee.UUID, "permissions": g.Rights, "args": nil}
	}
	return out
}

// dumpGrants is the verbose form: objects between two lines with a bracket.
func (t *Tool) dumpGrants(list []map[string]any) error {
	objects := make([]string, len(list))
	for i, g := range list {
		raw, err := json.MarshalIndent(g, "", "  ")
		if err != nil {
			return err
		}
		objects[i] = string(raw)
	}
	t.printf("[\n%s\n]\n", strings.Join(objects, ",\n"))
	return nil
}
