package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/migration"
)

type exportCommands struct {
	Mbox    exportMbox    `cmd:"" help:"Write mail as mbox files."`
	Maildir exportMaildir `cmd:"" help:"Write mail as a maildir."`
}

type exportMbox struct {
	Source string `arg:"" help:"ADDRESS for all of an account, ADDRESS:/folder for one folder."`
	Dest   string `arg:"" help:"What is made: a folder with a file for each folder of the account, or the one file."`
}

type exportMaildir struct {
	Source string `arg:"" help:"ADDRESS for all of an account, ADDRESS:/folder for a folder and those below."`
	Dest   string `arg:"" help:"The maildir that is made."`
}

// exportAnswer is what an export tells.
type exportAnswer struct {
	Folders  int               `json:"folders"`
	Messages int               `json:"messages"`
	Bytes    int64             `json:"bytes"`
	Faults   []migration.Fault `json:"faults"`
}

// folderWriter writes folders and what is in them.
type folderWriter interface {
	// begin begins a folder; false leaves it out.
	begin(box adminwire.ExportedMailbox) (bool, error)
	write(m migration.Written) error
	// end ends the folder that was begun.
	end() error
}

func (e *exportMbox) Run(c *command) error {
	address, path := adminwire.SplitTarget(e.Source)
	w := &mboxFiles{dest: e.Dest, single: path != "/"}
	return c.handOut(address, path, e.Dest, w, &w.faults)
}

func (e *exportMaildir) Run(c *command) error {
	address, path := adminwire.SplitTarget(e.Source)
	w := &maildirFolders{dest: e.Dest, whole: path == "/", used: make(map[string]bool)}
	return c.handOut(address, path, e.Dest, w, &w.faults)
}

// handOut exports an account at and below a path into dest, which must not be
// there yet.
func (c *command) handOut(address, path, dest string, w folderWriter, faults *[]migration.Fault) error {
	if _, err := os.Lstat(dest); err == nil {
		return postroom.Errorf(postroom.Exists, "%s is already there", dest)
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	answer := exportAnswer{}
	told := ticker{every: 5 * time.Second, last: time.Now()}
	open := false
	end := func() error {
		if !open {
			return nil
		}
		open = false
		return w.end()
	}
	err = client.Export(c.ctx, address, path, func(box adminwire.ExportedMailbox) error {
		if err := end(); err != nil {
			return err
		}
		if open, err = w.begin(box); open {
			answer.Folders++
		}
		return err
	}, func(head adminwire.MessageHead, body io.Reader) error {
		if !open {
			_, err := io.Copy(io.Discard, body)
			return err
		}
		flags, _ := adminwire.ParseFlags(head.Flags)
		answer.Messages++
		answer.Bytes += head.Size
		if told.due() {
			_, _ = fmt.Fprintf(c.err, "%d messages, %s so far\n", answer.Messages, size(answer.Bytes))
		}
		return w.write(migration.Written{Flags: flags, Keywords: head.Keywords, Received: head.Received, Body: body})
	})
	if err == nil {
		err = end()
	}
	if err != nil {
		return fmt.Errorf("the export in %s is not complete: %w", dest, err)
	}
	if answer.Faults = *faults; answer.Faults == nil {
		answer.Faults = []migration.Fault{}
	}
	return c.answer(answer, func() {
		for _, f := range answer.Faults {
			c.tellFault(f)
		}
		c.printf("%d messages (%s) of %d folders written to %s\n", answer.Messages, size(answer.Bytes), answer.Folders, dest)
	})
}

// mboxFiles writes an mbox file for each folder.
type mboxFiles struct {
	dest   string
	single bool // dest is one file, for the first folder
	top    string
	file   *os.File
	out    *migration.MboxWriter
	faults []migration.Fault
}

func (w *mboxFiles) begin(box adminwire.ExportedMailbox) (bool, error) {
	name := w.dest
	if w.single {
		if w.top != "" {
			w.faults = append(w.faults, migration.Fault{What: box.Path, Skipped: true,
				Why: "one file is for one folder; name this one, or export the whole account"})
			return false, nil
		}
		w.top = box.Path
	} else {
		parts := strings.Split(strings.Trim(box.Path, "/"), "/")
		for i, p := range parts {
			parts[i] = fileName(p)
		}
		name = filepath.Join(append([]string{w.dest}, parts...)...) + ".mbox"
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return false, err
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	for n := 2; errors.Is(err, fs.ErrExist) && !w.single; n++ { // two names that became one
		f, err = os.OpenFile(fmt.Sprintf("%s~%d", name, n), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return false, err
	}
	w.file, w.out = f, migration.NewMboxWriter(f)
	return true, nil
}

// fileName makes a folder's name fit to be a file's: a dot at the beginning would
// hide it, or lead elsewhere.
func fileName(name string) string {
	if strings.HasPrefix(name, ".") {
		name = "_" + name[1:]
	}
	for len(name) > 200 { // ".mbox" must fit behind it
		name = strings.ToValidUTF8(name[:200], "")
	}
	return name
}

func (w *mboxFiles) write(m migration.Written) error { return w.out.Write(m) }

func (w *mboxFiles) end() error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	return w.file.Close()
}

// maildirFolders writes a maildir with its subfolders.
type maildirFolders struct {
	dest   string
	whole  bool   // of an account: its inbox is the maildir itself
	top    string // otherwise this folder is
	used   map[string]bool
	path   string
	out    *migration.MaildirWriter
	lost   map[string]bool // keywords without a letter, of this folder
	faults []migration.Fault
}

func (w *maildirFolders) begin(box adminwire.ExportedMailbox) (bool, error) {
	if w.top == "" {
		w.top = box.Path
		if err := os.Mkdir(w.dest, 0o700); err != nil {
			return false, err
		}
	}
	path := box.Path
	switch rest, below := strings.CutPrefix(path, w.top+"/"); {
	case w.whole && box.Role == string(postroom.RoleInbox), !w.whole && path == w.top:
		path = ""
	case !w.whole && below:
		path = rest
	}
	dir := migration.MaildirFolder(w.dest, path)
	for n := 2; w.used[dir]; n++ {
		dir = migration.MaildirFolder(w.dest, fmt.Sprintf("%s~%d", path, n))
	}
	w.used[dir] = true
	w.path, w.lost = box.Path, make(map[string]bool)
	out, err := migration.NewMaildirWriter(dir)
	w.out = out
	return err == nil, err
}

func (w *maildirFolders) write(m migration.Written) error {
	dropped, err := w.out.Write(m)
	for _, word := range dropped {
		if !w.lost[word] {
			w.lost[word] = true
			w.faults = append(w.faults, migration.Fault{What: w.path + ": keyword " + word, Why: "a maildir folder can hold 26 keywords"})
		}
	}
	return err
}

func (w *maildirFolders) end() error { return w.out.Close() }
