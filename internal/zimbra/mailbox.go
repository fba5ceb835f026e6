package zimbra

import (
	"context"
	"fmt"
	"strings"
)

// mailboxCommands is the subset of zmmailbox.
var mailboxCommands = table{tool: "zmmailbox", commands: []command{
	{"selectMailbox", "sm", "[--auth {account}|-A] {account-name}", 1, 4, selectMailboxHere},
	{"getAllFolders", "gaf", "[-v]", 0, 1, getAllFolders},
	{"getFolder", "gf", "{folder-path}", 1, 1, getFolder},
	{"getFolderRequest", "gfr", "{folder-id}", 1, 1, getFolderRequest},
	{"createFolder", "cf", "[-V view] [-c color] [-F flags] [-u url] {folder-path}", 1, 9, createFolder},
	{"renameFolder", "rf", "{folder-path} {new-folder-path}", 2, 2, renameFolder},
	{"deleteFolder", "df", "{folder-path}", 1, 1, deleteFolder},
	{"modifyFolderFlags", "mff", "{folder-path} {folder-flags}", 2, 2, modifyFolderFlags},
	{"modifyFolderColor", "mfc", "{folder-path} {new-color}", 2, 2, modifyFolderColour},
	{"modifyFolderChecked", "mfch", "{folder-path} [0|1*]", 1, 2, modifyFolderMark},
	{"modifyFolderExcludeFreeBusy", "mfefb", "{folder-path} [0|1*]", 1, 2, modifyFolderMark},
	{"modifyFolderURL", "mfu", "{folder-path} {url}", 2, 2, modifyFolderURL},
	{"createMountpoint", "cm", "[-V view] [-c color] [-F flags] {folder-path} {owner-id-or-name} {remote-item-id-or-path} [{reminder-enabled (0*|1)}]", 3, 10, createMountpoint},
	{"modifyMountpointEnableSharedReminder", "mmesr", "{mountpoint-path} {reminder-enabled (0|1)}", 2, 2, modifyMountpointReminder},
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
	{"getSignatures", "gsig", "[-v]", 0, 1, mailboxGetSignatures},
	{"createSignature", "csig", "{signature-name} {signature-value}", 2, 2, mailboxCreateSignature},
	{"modifySignature", "msig", "{signature-name} {new-signature-value}", 2, 2, mailboxModifySignature},
	{"renameSignature", "rsig", "{signature-name} {new-signature-name}", 2, 2, mailboxRenameSignature},
	{"deleteSignature", "dsig", "{signature-name}", 1, 1, mailboxDeleteSignature},
	{"addMessage", "am", "[-F flags] [-d received-date] {dest-folder-path} {filename-or-dir} [{filename-or-dir} ...]", 2, -1, addMessage},
	{"search", "s", "[opts] {query}", 1, -1, mailOfOthers},
	{"getMessage", "gm", "[-v] {msg-id}", 1, 2, mailOfOthers},
	{"moveMessage", "mm", "{msg-ids} {dest-folder-path}", 2, 2, mailOfOthers},
	{"deleteMessage", "dm", "{msg-ids}", 1, 1, mailOfOthers},
	{"markMessageRead", "mmr", "{msg-ids} [0|1*]", 1, 2, mailOfOthers},
	{"flagMessage", "fm", "{msg-ids} [0|1*]", 1, 2, mailOfOthers},
	{"markFolderRead", "mfr", "{folder-path}", 1, 1, mailOfOthers},
	{"emptyFolder", "ef", "{folder-path}", 1, 1, mailOfOthers},
	{"addOutgoingFilterRule", "aofrl", "[--first|--last|--after {rule}|--before {rule}] {name} [active] [any|all] {conditions} {actions}", 2, -1, addOutgoingFilterRule},
	{"deleteOutgoingFilterRule", "dofrl", "{name}", 1, 1, deleteOutgoingFilterRule},
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
		err := mailboxCommands.help(t.out, rest)
		_ = t.out.Flush()
		return t.report(&mailboxCommands, err)
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
	switch {
	case opts["U"] != "" && opts["A"] != "":
		return client("-A and --auth cannot be used together")
	case opts["U"] != "" && opts["m"] == "":
		return client("--auth requires the -m option")
	case opts["A"] != "" && opts["m"] == "":
		return client("-A requires the -m option")
	}
	for _, o := range []string{"a", "p", "P", "y", "Y", "U"} {
		if opts[o] != "" {
			return client("only -z is supported: who may use the server's socket is its administrator")
		}
	}
	if (opts["m"] != "" || opts["A"] != "") && opts["z"] == "" {
		return client("-m requires one of the -p/-P/-y/-Y/-z options")
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
	opts, rest, err := options(args, "U", "A")
	switch {
	case err != nil:
		return err
	case len(rest) != 1:
		return errUsage
	case opts["U"] != "" && opts["A"] != "":
		return client("-A and --auth cannot be used together")
	case opts["U"] != "":
		return client("--auth is not supported by this server: select the mailbox of %s and go through its mountpoints", opts["U"])
	}
	return t.choose(ctx, rest[0])
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
