package zimbra

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"postroom/internal/adminclient"
	"postroom/internal/adminwire"
)

// mailOfOthers are the commands that read or change mail. Whoever holds the
// socket administers mailboxes and is not their reader.
func mailOfOthers(ctx context.Context, t *Tool, _ []string) error {
	if err := t.selected(); err != nil {
		return err
	}
	return fail("service.PERM_DENIED", "permission denied: an administrator neither reads nor changes the mail of %s: "+
		"people do it over IMAP, with a grant of their own", t.mailbox.Address)
}

// messageFlags are the letters of the tools that mail comes in with; without u
// it is read.
var messageFlags = map[rune]string{'f': "flagged", 'r': "answered", 'd': "draft"}

// addMessage stores files as messages and prints the ids they got.
func addMessage(ctx context.Context, t *Tool, args []string) error {
	opts, rest, err := options(args, "FTd", "")
	switch {
	case err != nil:
		return err
	case len(rest) < 2:
		return errUsage
	case opts["T"] != "":
		return invalid("tags are not supported by this server")
	}
	head := adminwire.MessageHead{Received: time.Now()}
	if head.Flags, err = flagsOf(opts["F"]); err != nil {
		return err
	}
	if opts["d"] != "" {
		ms, err := strconv.ParseInt(opts["d"], 10, 64)
		if err != nil || ms < 0 {
			return client("received date must be milliseconds since 1970: %s", opts["d"])
		}
		head.Received = time.UnixMilli(ms)
	}
	f, err := t.own(ctx, rest[0])
	if err != nil {
		return err
	}
	files, err := messageFiles(rest[1:])
	if err != nil {
		return err
	}
	return t.bringIn(ctx, f, head, files)
}

func flagsOf(letters string) ([]string, error) {
	flags, read := []string{}, true
	for _, c := range letters {
		switch word := messageFlags[c]; {
		case c == 'u':
			read = false
		case word == "":
			return nil, invalid("message flag %c is not supported by this server: only u, f, r and d", c)
		default:
			flags = append(flags, word)
		}
	}
	if read {
		flags = append(flags, "seen")
	}
	return flags, nil
}

// messageFiles are the files named, and those in the directories named.
func messageFiles(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, client("cannot read %s", name)
		}
		if !info.IsDir() {
			files = append(files, name)
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, client("cannot read %s", name)
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				files = append(files, filepath.Join(name, e.Name()))
			}
		}
	}
	return files, nil
}

func (t *Tool) bringIn(ctx context.Context, f folder, head adminwire.MessageHead, files []string) error {
	in, err := t.Client.Import(ctx, t.mailbox.UUID, "zmmailbox addMessage")
	if err != nil {
		return err
	}
	if _, err = in.Mailbox(adminwire.MailboxWish{Path: f.Path, Role: f.Role}); err == nil {
		for _, name := range files {
			if err = t.bringInFile(in, head, name); err != nil {
				break
			}
		}
	}
	var broken *adminclient.Broken
	if errors.As(err, &broken) {
		in.Abort()
		return err
	}
	return errors.Join(err, in.Close())
}

func (t *Tool) bringInFile(in *adminclient.MailImport, head adminwire.MessageHead, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return client("cannot read %s", name)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return client("cannot read %s", name)
	}
	head.Size = info.Size()
	outcomes, err := in.Append([]adminwire.MessageHead{head}, []io.Reader{file})
	if err != nil {
		return err
	}
	switch o := outcomes[0]; {
	case o.Problem != nil:
		return client("%s: %s", name, o.Problem.Detail)
	case o.Known:
		return fail("mail.ALREADY_EXISTS", "the mailbox has this message: %s", name)
	default:
		t.printf("%d\n", o.UID)
	}
	return nil
}
