package zimbra

import (
	"context"
	"strings"

	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// folderOptions are those of createFolder and createMountpoint. Folders hold
// mail; they have no colour and no address to read from.
type folderOptions struct {
	closed bool // flag i
}

var folderOptionNames = map[string]byte{"-V": 'V', "--view": 'V', "-c": 'c', "--color": 'c', "-F": 'F', "--flags": 'F', "-u": 'u', "--url": 'u'}

// takeFolderOptions reads them, wherever they stand among the arguments.
func takeFolderOptions(args []string) (o folderOptions, rest []string, err error) {
	for len(args) > 0 {
		name, known := folderOptionNames[args[0]]
		switch {
		case !known:
			rest, args = append(rest, args[0]), args[1:]
			continue
		case len(args) < 2:
			return o, nil, errUsage
		case name == 'V' && !strings.EqualFold(args[1], "message"):
			return o, nil, invalid("view %s is not supported by this server: only message", args[1])
		case name == 'c':
			return o, nil, unsupportedColour()
		case name == 'u' && args[1] != "":
			return o, nil, unsupportedURL()
		case name == 'F':
			if o.closed, err = closedFlag(args[1]); err != nil {
				return o, nil, err
			}
		}
		args = args[2:]
	}
	return o, rest, nil
}

// closedFlag reads the flags of a folder: i closes it for the grants above it.
func closedFlag(flags string) (closed bool, err error) {
	for _, c := range flags {
		if c != 'i' {
			return false, invalid("folder flag %c is not supported by this server: only i", c)
		}
		closed = true
	}
	return closed, nil
}

func unsupportedColour() error { return invalid("folders have no colour on this server") }
func unsupportedURL() error    { return invalid("folders are not read from elsewhere on this server") }

// reminder reads 0 or 1: there are no appointments to be reminded of.
func reminder(word string) error {
	switch word {
	case "0":
		return nil
	case "1":
		return invalid("reminders are not supported by this server: there are no calendars")
	}
	return client("reminder must be 0 or 1")
}

func modifyMountpointReminder(ctx context.Context, t *Tool, args []string) error {
	f, err := t.folder(ctx, args[0])
	switch {
	case err != nil:
		return err
	case f.mount == "":
		return client("%s is not a mountpoint", args[0])
	}
	return reminder(args[1])
}

// getFolderRequest is getFolder by the id.
func getFolderRequest(ctx context.Context, t *Tool, args []string) error {
	rows, err := t.folders(ctx)
	if err != nil {
		return err
	}
	for _, f := range rows {
		if f.id == args[0] {
			return t.dumpFolder(ctx, f)
		}
	}
	return fail("mail.NO_SUCH_FOLDER", "no such folder id: %s", args[0])
}

func modifyFolderColour(ctx context.Context, t *Tool, args []string) error {
	if _, err := t.folder(ctx, args[0]); err != nil {
		return err
	}
	return unsupportedColour()
}

func modifyFolderURL(ctx context.Context, t *Tool, args []string) error {
	if _, err := t.folder(ctx, args[0]); err != nil {
		return err
	}
	if args[1] == "" {
		return nil
	}
	return unsupportedURL()
}

// modifyFolderMark is modifyFolderChecked and modifyFolderExcludeFreeBusy, which
// are of calendars: 0 is how every folder is.
func modifyFolderMark(ctx context.Context, t *Tool, args []string) error {
	if _, err := t.folder(ctx, args[0]); err != nil {
		return err
	}
	switch append(args, "1")[1] {
	case "0":
		return nil
	case "1":
		return invalid("this mark of calendars is not supported by this server")
	}
	return client("the mark must be 0 or 1")
}

// The rule that sends copies of mail into a shared mailbox is how this server
// does it anyway, by zimbraPrefDelegatedSendSaveTarget of that mailbox.

// addOutgoingFilterRule takes a rule that puts copies of mail from an address
// into the Sent folder of the mailbox with that address: it is checked that the
// server does so, and nothing is kept. Other rules are refused.
func addOutgoingFilterRule(ctx context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	from, folder, err := sentRule(args)
	if err != nil {
		return err
	}
	f, err := t.folder(ctx, folder)
	if err != nil {
		return err
	}
	if f.Owner == "" || !strings.EqualFold(f.remote, "/Sent") {
		return invalid("outgoing filter rules are not supported by this server, except into the Sent folder of a shared mailbox")
	}
	var owner adminwire.Account
	if err := t.Client.Get(ctx, adminclient.Path("accounts", f.OwnerUUID), &owner); err != nil {
		return err
	}
	switch {
	case !hasAddress(owner, from):
		return invalid("%s is no address of %s, into whose Sent folder the copies are to go", from, owner.Address)
	case owner.Sent != "owner" && owner.Sent != "both":
		return invalid("copies of mail sent as %s do not go into its Sent folder: zmprov ma %s zimbraPrefDelegatedSendSaveTarget owner",
			owner.Address, owner.Address)
	}
	return nil
}

func hasAddress(a adminwire.Account, address string) bool {
	if strings.EqualFold(a.Address, address) {
		return true
	}
	for _, al := range a.Aliases {
		if strings.EqualFold(al.Address, address) {
			return true
		}
	}
	return false
}

// sentRule reads [-first|-last|-after R|-before R] NAME [active] [any|all]
// header from is|contains ADDRESS [keep] fileinto FOLDER [mark read] [stop].
func sentRule(args []string) (from, folder string, err error) {
	words := ruleWords(args)
	if len(words) < 6 || !strings.EqualFold(words[0], "header") || !strings.EqualFold(words[1], "from") ||
		words[2] != "is" && words[2] != "contains" {
		return "", "", invalid("outgoing filter rules are not supported by this server, except: header from contains ADDRESS fileinto FOLDER")
	}
	from = words[3]
	for words = words[4:]; len(words) > 0; {
		switch {
		case words[0] == "keep" || words[0] == "stop":
			words = words[1:]
		case words[0] == "mark" && len(words) > 1 && words[1] == "read":
			words = words[2:]
		case words[0] == "fileinto" && len(words) > 1 && folder == "":
			folder, words = words[1], words[2:]
		default:
			return "", "", invalid("action %s of an outgoing filter rule is not supported by this server", words[0])
		}
	}
	if folder == "" {
		return "", "", errUsage
	}
	return from, folder, nil
}

// ruleWords are conditions and actions, without the place, the name and "any".
func ruleWords(args []string) []string {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch strings.TrimLeft(args[0], "-") {
		case "a", "after", "b", "before":
			args = args[1:]
		}
		if len(args) > 0 {
			args = args[1:]
		}
	}
	if len(args) > 0 {
		args = args[1:] // the name
	}
	for len(args) > 0 && (args[0] == "active" || args[0] == "any" || args[0] == "all") {
		args = args[1:]
	}
	return args
}

// deleteOutgoingFilterRule finds none, as none is kept.
func deleteOutgoingFilterRule(_ context.Context, t *Tool, args []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	return client("filter rule %s does not exist: copies go by zimbraPrefDelegatedSendSaveTarget of the mailbox they are sent from", args[0])
}
