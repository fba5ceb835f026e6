package main

import (
	"errors"
	"fmt"
	"os"
	slash "path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/config"
	"postroom/internal/store"
)

type restoreCommand struct {
	Source string `arg:"" help:"The backup."`
	Dir    string `required:"" help:"The data directory: it is made, or is empty."`
}

// restoreAnswer is what a restore tells.
type restoreAnswer struct {
	Dir    string   `json:"dir"`
	Files  int      `json:"files"`
	Faults []string `json:"faults"`
	Notes  []string `json:"notes"`
}

// Run verifies the whole backup before it writes anything, and checks the store
// when it is there.
func (r *restoreCommand) Run(c *command) error {
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return err
	}
	m, err := readManifest(r.Source)
	if err != nil {
		return err
	}
	empty, err := emptyOrAbsent(dir)
	if err != nil || !empty {
		return orExists(err, dir)
	}
	faults, err := m.verify(c.ctx, r.Source)
	if err != nil {
		return err
	}
	answer := restoreAnswer{Dir: dir, Faults: faults, Notes: []string{}}
	if len(faults) == 0 {
		answer.Faults = []string{}
		if answer.Notes, err = r.put(c, m, dir); err != nil {
			return fmt.Errorf("the restore into %s is not complete: %w", dir, err)
		}
		answer.Files = len(m.Files)
	}
	if err := c.answer(answer, func() {
		for _, n := range answer.Notes {
			_, _ = fmt.Fprintln(c.err, "note: "+n)
		}
		for _, f := range faults {
			c.printf("%s\n", f)
		}
		if len(faults) == 0 {
			c.printf("%d files restored to %s, no faults found\n", answer.Files, dir)
		}
	}); err != nil {
		return err
	}
	if len(faults) > 0 {
		return postroom.Errorf(postroom.Invalid, "the backup is damaged (%d files); nothing was restored", len(faults))
	}
	return nil
}

// put copies the files and makes the store fit for use.
func (r *restoreCommand) put(c *command, m manifest, dir string) (notes []string, err error) {
	notes = []string{}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for _, f := range m.Files {
		if err := c.ctx.Err(); err != nil {
			return nil, err
		}
		to, inData := strings.CutPrefix(f.Name, dataPart+"/")
		if !inData {
			to = slash.Base(f.Name)
			if m.has(slash.Join(dataPart, to)) {
				notes = append(notes, f.Name+" was left in the backup: there is a "+to+" in the data directory")
				continue
			}
		}
		if err := copyItem(r.Source, f, dir, to); err != nil {
			return nil, err
		}
	}
	more, err := settle(filepath.Join(dir, configFile), dir)
	if err != nil {
		return nil, err
	}
	notes = append(notes, more...)
	if m.Database == "none" {
		return append(notes, "the database is not in this backup: restore it with pg_restore"), syncAll(dir)
	}
	st, err := store.Open(c.ctx, store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	err = st.Restored(c.ctx)
	if err == nil {
		var found []string
		if found, err = st.Check(c.ctx); err == nil && len(found) > 0 {
			err = fmt.Errorf("%d faults, the first: %s", len(found), found[0])
		}
	}
	return notes, errors.Join(err, st.Close(), syncAll(dir))
}

// copyItem copies one file, and looks again whether it has the bytes it should.
func copyItem(source string, f manifestItem, dir, to string) error {
	in, err := os.Open(filepath.Join(source, filepath.FromSlash(f.Name)))
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	got, err := keepFile(dir, to, in)
	if err == nil && got.SHA256 != f.SHA256 {
		err = fmt.Errorf("%s changed while it was read", f.Name)
	}
	return err
}

var dirLine = regexp.MustCompile(`(?m)^[ \t]*dir[ \t]*=.*$`)

// settle makes the configuration that was restored name the directory it was
// restored to, and says so.
func settle(file, dir string) (notes []string, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, nil // there is none, and it was said when the backup was made
	}
	text := string(raw)
	cfg, err := config.Parse(text)
	if err != nil {
		return []string{file + " cannot be read: " + err.Error()}, nil
	}
	if cfg.Dir == dir {
		return nil, nil
	}
	tables := strings.Index(text, "\n[")
	if tables < 0 {
		tables = len(text)
	}
	line := "dir = " + strings.ReplaceAll(strconv.Quote(dir), "$", "$$")
	changed := dirLine.ReplaceAllString(text[:tables], line) + text[tables:]
	if now, err := config.Parse(changed); err != nil || now.Dir != dir {
		return []string{file + " names the directory " + cfg.Dir + ": change that to " + dir}, nil
	}
	return []string{file + " named the directory " + cfg.Dir + ", it names this one now"}, os.WriteFile(file, []byte(changed), 0o600)
}
