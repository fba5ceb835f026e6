package zimbra

import (
	"context"
	"fmt"
	"strings"
)

// mailboxCommands is the subset of zmmailbox.
var mailboxCommands = table{tool: "zmmailbox", commands: []command{
	{"selectMailbox", "sm", "{account-name}", 1, 1, selectMailboxHere},
	{"getAllFolders", "gaf", "[-v]", 0, 1, getAllFolders},
	{"getFolder", "gf", "{folder-path}", 1, 1, getFolder},
	{"createFolder", "cf", "{folder-path}", 1, 1, createFolder},
	{"renameFolder", "rf", "{folder-path} {new-folder-path}", 2, 2, renameFolder},
	{"deleteFolder", "df", "{folder-path}", 1, 1, deleteFolder},
	{"modifyFolderFlags", "mff", "{folder-path} {folder-flags}", 2, 2, modifyFolderFlags},
	{"createMountpoint", "cm", "{folder-path} {owner-id-or-name} {remote-item-id-or-path} [{reminder-enabled (0*|1)}]", 3, 4, createMountpoint},
	{"modifyFolderGrant", "mfg", "{folder-path} {account {name}|group {name}|cos {name}|domain {name}|all|public|guest {email} [{password}]|key {email} [{accesskey}] {permissions|none}}", 3, 5, modifyFolderGrant},
	{"getFolderGrant", "gfg", "[-v] {folder-path}", 1, 2, getFolderGrant},
	{"grantRight", "grr", "{account {name}|group {name}|domain {name}|all|public|guest {email} [{password}]|key {email} [{accesskey}]} {[-]right}", 2, 4, mailboxGrantRight},
	{"revokeRight", "rvr", "{account {name}|group {name}|domain {name}|all|public|guest {email} [{password}]|key {email} [{accesskey}]} {[-]right}", 2, 4, mailboxRevokeRight},
	{"getRights", "gr", "[-v] [right1 [right2...]]", 0, -1, getRights},
	{"listRights", "lr", "", 0, 0, listRights},
	{"checkRight", "ckr", "{name} {right}", 2, 2, mailboxCheckRight},
	{"getIdentities", "gid", "[-v]", 0, 1, mailboxGetIdentities},
	{"createIdentity", "cid", "{identity-name} [attr1 value1 [attr2 value2...]]", 1, -1, mailboxCreateIdentity},
	{"modifyIdentity", "mid", "{identity-name} [attr1 value1 [attr2 value2...]]", 1, -1, mailboxModifyIdentity},
	{"deleteIdentity", "did", "{identity-name}", 1, 1, mailboxDeleteIdentity},
}}

// Mailbox runs zmmailbox with its arguments.
func (t *Tool) Mailbox(ctx context.Context, args []string) int {
	t.begin()
	opts, rest, err := options(args, "fmapyYPuUt", "zAvdh")
	if err != nil {
		_ = t.report(&mailboxCommands, err)
		return Usage
	}
	if opts["h"] != "" {
		mailboxCommands.help(t.out)
		_ = t.out.Flush()
		return Done
	}
	if err := mailboxOptions(opts); err != nil {
		return t.report(&mailboxCommands, err)
	}
	t.verbose = opts["v"] != ""
	if name := opts["m"]; name != "" {
		if err := t.choose(ctx, name); err != nil {
			return t.report(&mailboxCommands, err)
		}
	}
	if len(rest) == 0 {
		return t.batch(ctx, &mailboxCommands, opts["f"], t.mailboxPrompt)
	}
	return t.once(ctx, &mailboxCommands, rest)
}

func mailboxOptions(opts map[string]string) error {
	for _, o := range []string{"a", "p", "P", "y", "Y", "U"} {
		if opts[o] != "" {
			return client("only -z is supported: who may use the server's socket is its administrator")
		}
	}
	if (opts["m"] != "" || opts["A"] != "") && opts["z"] == "" {
		return client("-m requires one of the -p/-P/-y/-Y/-z options")
	}
	if opts["A"] != "" && opts["m"] == "" {
		return client("-A requires the -m option")
	}
	return nil
}

func (t *Tool) mailboxPrompt() string {
	switch {
	case t.Prompt == "":
		return ""
	case t.mailbox == nil:
		return "mbox> "
	}
	return fmt.Sprintf("mbox %s> ", t.mailbox.Address)
}

func (t *Tool) choose(ctx context.Context, name string) error {
	a, err := t.account(ctx, name)
	if err != nil {
		return err
	}
	t.mailbox = &a
	return nil
}

func selectMailboxHere(ctx context.Context, t *Tool, args []string) error {
	return t.choose(ctx, args[0])
}

// selected refuses a command before a mailbox was selected.
func (t *Tool) selected() error {
	if t.mailbox == nil {
		return client("no mailbox selected. select one with authenticate/adminAuthenticate/selectMailbox")
	}
	return nil
}

// withDomain completes a name without a domain by that of the mailbox.
func (t *Tool) withDomain(name string) string {
	name = bare(name)
	if strings.Contains(name, "@") || len(name) == 36 && strings.Count(name, "-") == 4 {
		return name
	}
	return name + "@" + domainPart(t.mailbox.Address)
}
