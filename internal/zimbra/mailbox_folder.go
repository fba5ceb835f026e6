package zimbra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// folder is one row of getAllFolders.
type folder struct {
	adminwire.Collection
	id     string // as shown: a number, or owner:number when it is mounted
	mount  string // "owner name:remote id" of a mountpoint
	remote string // path in the owner's mailbox
	parent string
}

// folders lists the mailbox's own folders and, behind them, what is shared
// with it: each topmost visible folder of an owner, and each that was given a
// name, is a mountpoint "/owner[/path]" or of that name, and what lies below it
// is grafted on.
func (t *Tool) folders(ctx context.Context) ([]folder, error) {
	if err := t.selected(); err != nil {
		return nil, err
	}
	var list []adminwire.Collection
	if err := t.Client.Get(ctx, adminclient.Path("accounts", t.mailbox.UUID, "collections")+adminclient.Query("seen", "true"), &list); err != nil {
		return nil, err
	}
	rows := make([]folder, 0, len(list))
	shown := map[string]string{} // what is seen of others, by owner and path there
	for _, c := range list {
		f := folder{Collection: c, id: strconv.FormatInt(c.ID, 10), parent: parent(c.Path)}
		if c.Owner != "" {
			f.id, f.remote = c.OwnerUUID+":"+f.id, c.Path
			above, below := shown[c.Owner+"\x00"+f.parent]
			if c.Path == "/" || !below || c.Mount != "" {
				f.mount = fmt.Sprintf("%s:%d", c.Owner, c.ID)
			}
			switch {
			case c.Mount != "":
				f.Path = c.Mount
			case c.Path != "/" && below:
				f.Path = above + "/" + c.Name
			default:
				f.Path = "/" + c.Owner + strings.TrimSuffix(c.Path, "/")
			}
			shown[c.Owner+"\x00"+c.Path] = f.Path
		}
		rows = append(rows, f)
	}
	return rows, nil
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// folder finds one by its path (the leading slash may be missing, case does
// not count) or id.
func (t *Tool) folder(ctx context.Context, name string) (folder, error) {
	rows, err := t.folders(ctx)
	if err != nil {
		return folder{}, err
	}
	path := name
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if len(path) > 1 {
		path = strings.TrimRight(path, "/")
	}
	for _, f := range rows {
		if f.id == name || strings.EqualFold(f.Path, path) {
			return f, nil
		}
	}
	return folder{}, client("unknown folder: %s", name)
}

// own finds a folder of the mailbox itself.
func (t *Tool) own(ctx context.Context, name string) (folder, error) {
	f, err := t.folder(ctx, name)
	if err == nil && f.Owner != "" {
		return f, fail("service.PERM_DENIED", "permission denied: %s belongs to %s", f.Path, f.Owner)
	}
	return f, err
}

// ownOrMount finds a folder of the mailbox itself, or a mountpoint in it.
func (t *Tool) ownOrMount(ctx context.Context, name string) (folder, error) {
	f, err := t.folder(ctx, name)
	if err == nil && f.mount == "" {
		return t.own(ctx, name)
	}
	return f, err
}

// mount accepts a share by a name.
func (t *Tool) mount(ctx context.Context, f folder, name string) error {
	name = slash(name)
	if strings.EqualFold(name, "/"+f.Owner+strings.TrimSuffix(f.remote, "/")) {
		name = "" // as it is called by itself
	}
	err := t.answerShare(ctx, adminwire.ShareAnswer{Target: t.grantTarget(f), Answer: "accept", Name: name})
	return alreadyThere(name).of(err)
}

func (t *Tool) answerShare(ctx context.Context, a adminwire.ShareAnswer) error {
	a.As = t.mailbox.UUID
	return t.Client.Put(ctx, adminclient.Path("shares", "answer"), a, nil)
}

// target is the folder as the server's grants name it.
func (t *Tool) grantTarget(f folder) string {
	if f.Owner == "" {
		return t.mailbox.UUID + ":" + f.Path
	}
	return f.OwnerUUID + ":" + f.remote
}

const folderColumns = "%10.10s  %4.4s  %10.10s  %10.10s  %s\n"

func getAllFolders(ctx context.Context, t *Tool, args []string) error {
	verbose, rest := verboseArg(args, t.verbose)
	if rest != "" {
		return errUsage
	}
	rows, err := t.folders(ctx)
	if err != nil {
		return err
	}
	if verbose {
		list := make([]any, len(rows))
		for i, f := range rows {
			list[i] = f.json()
		}
		return t.json(list)
	}
	t.printf(folderColumns, "Id", "View", "Unread", "Msg Count", "Path")
	t.printf(folderColumns, "----------", "----", "----------", "----------", "----------")
	for _, f := range rows {
		path, kind := f.Path, view(f.ID)
		if f.mount != "" {
			path, kind = path+" ("+f.mount+")", "message"
		}
		t.printf(folderColumns, f.id, kind, strconv.Itoa(f.Unseen), strconv.Itoa(f.Total), path)
	}
	return nil
}

// json is the shape of getFolder.
func (f folder) json() map[string]any {
	name := f.Name
	if f.mount != "" {
		name = strings.TrimPrefix(f.Path, "/")
	}
	m := map[string]any{"id": f.id, "name": name, "path": f.Path, "defaultView": view(f.ID),
		"messageCount": f.Total, "unreadCount": f.Unseen, "size": f.Bytes}
	if !f.Inherit {
		m["flags"] = "i"
	}
	if f.Owner != "" {
		m["ownerId"], m["ownerDisplayName"], m["remoteId"] = f.OwnerUUID, f.Owner, strconv.FormatInt(f.ID, 10)
		m["effectivePerm"] = f.Rights
	}
	return m
}

func (t *Tool) json(v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	t.printf("%s\n", raw)
	return nil
}

func getFolder(ctx context.Context, t *Tool, args []string) error {
	f, err := t.folder(ctx, args[0])
	if err != nil {
		return err
	}
	return t.dumpFolder(ctx, f)
}

func (t *Tool) dumpFolder(ctx context.Context, f folder) error {
	m := f.json()
	if f.Owner == "" {
		grants, err := t.folderGrants(ctx, f)
		if err != nil {
			return err
		}
		m["grants"] = grantsJSON(grants)
	}
	return t.json(m)
}

func createFolder(ctx context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	options, args, err := takeFolderOptions(args)
	switch {
	case err != nil:
		return err
	case len(args) != 1:
		return errUsage
	}
	var c adminwire.Collection
	path := slash(args[0])
	err = t.Client.Post(ctx, adminclient.Path("accounts", t.mailbox.UUID, "collections"), adminwire.CollectionChange{Path: path}, &c)
	if err = alreadyThere(args[0]).of(err); err != nil {
		return err
	}
	if options.closed {
		if err := t.setInherit(ctx, path, false); err != nil {
			return err
		}
	}
	t.printf("%d\n", c.ID)
	return nil
}

func alreadyThere(name string) known {
	return known{postroom.Exists: fail("mail.ALREADY_EXISTS", "object with that name already exists: %s", name)}
}

func slash(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + path
}

func renameFolder(ctx context.Context, t *Tool, args []string) error {
	f, err := t.ownOrMount(ctx, args[0])
	if err != nil {
		return err
	}
	if f.mount != "" {
		return t.mount(ctx, f, args[1])
	}
	err = t.Client.Patch(ctx, adminclient.Path("accounts", t.mailbox.UUID, "collections"),
		adminwire.CollectionChange{Path: f.Path, NewPath: pointer(slash(args[1]))}, nil)
	return alreadyThere(args[1]).of(err)
}

// deleteFolder declines the share when the folder is a mountpoint.
func deleteFolder(ctx context.Context, t *Tool, args []string) error {
	f, err := t.ownOrMount(ctx, args[0])
	if err != nil {
		return err
	}
	if f.mount != "" {
		return t.answerShare(ctx, adminwire.ShareAnswer{Target: t.grantTarget(f), Answer: "decline"})
	}
	return t.Client.Delete(ctx, adminclient.Path("accounts", t.mailbox.UUID, "collections")+adminclient.Query("path", f.Path))
}

// modifyFolderFlags knows one flag: i, which closes the folder for the grants
// above it. Without it the folder inherits again; its own grants stay.
func modifyFolderFlags(ctx context.Context, t *Tool, args []string) error {
	f, err := t.own(ctx, args[0])
	if err != nil {
		return err
	}
	closed, err := closedFlag(args[1])
	if err != nil {
		return err
	}
	return t.setInherit(ctx, f.Path, !closed)
}

func (t *Tool) setInherit(ctx context.Context, path string, inherit bool) error {
	return t.Client.Patch(ctx, adminclient.Path("accounts", t.mailbox.UUID, "collections"),
		adminwire.CollectionChange{Path: path, Inherit: &inherit}, nil)
}

// createMountpoint accepts a share by a name and prints its id. A share that is
// not there is refused as for somebody without rights.
func createMountpoint(ctx context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	options, args, err := takeFolderOptions(args)
	switch {
	case err != nil:
		return err
	case len(args) < 3 || len(args) > 4:
		return errUsage
	case options.closed:
		return invalid("folder flag i is the owner's to set")
	case len(args) == 4:
		if err := reminder(args[3]); err != nil {
			return err
		}
	}
	denied := fail("service.PERM_DENIED", "permission denied: you do not have sufficient permissions")
	owner, err := t.account(ctx, t.withDomain(args[1]))
	var unknown *failure
	switch {
	case errors.As(err, &unknown) && unknown.code == "account.NO_SUCH_ACCOUNT":
		return denied
	case err != nil:
		return err
	}
	if owner.UUID == t.mailbox.UUID {
		return invalid("cannot mount your own folder")
	}
	remote := args[2]
	if uuid, id, ok := strings.Cut(remote, ":"); ok && uuid == owner.UUID {
		remote = id
	}
	var list []adminwire.ShareEntry
	if err := t.Client.Get(ctx, adminclient.Path("shares")+adminclient.Query("with", t.mailbox.UUID), &list); err != nil {
		return err
	}
	for _, s := range list {
		if s.UUID != owner.UUID || !strings.EqualFold(s.Path, slash(remote)) && strconv.FormatInt(s.ID, 10) != remote {
			continue
		}
		f := folder{remote: s.Path}
		f.Owner, f.OwnerUUID = s.Account, s.UUID
		if err := t.mount(ctx, f, args[0]); err != nil {
			return err
		}
		t.printf("%s:%d\n", s.UUID, s.ID)
		return nil
	}
	return denied
}
