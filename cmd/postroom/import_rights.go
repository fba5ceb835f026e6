package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/heritage"
	"postroom/internal/migration"
)

// settleFlags are those of every import of accounts and rights.
type settleFlags struct {
	Apply      bool              `help:"Do it. Without it nothing is done: what would be done, and who would gain and lose what, is shown."`
	Report     string            `help:"Write each row that was not taken as it stands to a CSV file: file, line, verdict, row, why." placeholder:"FILE"`
	Map        map[string]string `help:"Write the addresses of a domain with another one: --map old.example=new.example." placeholder:"OLD=NEW"`
	KnownOnly  bool              `help:"Make no accounts. Without it an account that is not there is made without a password and cannot sign in."`
	SharedMail []string          `name:"shared" help:"Accounts that are made as shared mailboxes, not as persons." placeholder:"ADDRESS"`
	Notify     bool              `help:"Send the notices of shares; without it nobody hears of what was theirs before."`
}

// settledStep is a step with what became of it.
type settledStep struct {
	heritage.Step
	Result string `json:"result"`
	Why    string `json:"why,omitempty"`
}

// settleAnswer is what an import of rights tells.
type settleAnswer struct {
	Applied    bool                  `json:"applied"`
	Refused    int                   `json:"refused" doc:"Rows that were not taken"`
	Steps      []settledStep         `json:"steps"`
	Remarks    []heritage.Remark     `json:"remarks"`
	Simulation *adminwire.Simulation `json:"simulation,omitempty"`
}

// settle tries or does what was read.
func (f *settleFlags) settle(c *command, e heritage.Estate) error {
	for from, to := range f.Map {
		e.Move(from, to)
	}
	for i := range e.Steps {
		s := &e.Steps[i]
		if s.Act == heritage.MakeAccount && s.Entry != nil && slices.ContainsFunc(f.SharedMail, func(a string) bool { return strings.EqualFold(a, s.Target) }) {
			s.Entry.Kind = "shared"
		}
	}
	if len(e.Steps)+len(e.Remarks) == 0 {
		return postroom.Errorf(postroom.Invalid, "there is nothing in it that could be taken")
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	to := path("migrations")
	if !f.Apply {
		to = adminwire.Simulated + to
	}
	var told adminwire.Migrated
	if err := client.Post(c.ctx, to, adminserver.Migration{Steps: e.Steps, KnownOnly: f.KnownOnly, Notify: f.Notify}, &told); err != nil {
		return err
	}
	if len(told.Steps) != len(e.Steps) {
		return fmt.Errorf("answer of the server: %d steps of %d", len(told.Steps), len(e.Steps))
	}
	answer := settleAnswer{Applied: f.Apply, Remarks: e.Remarks, Simulation: told.Simulation, Steps: make([]settledStep, len(e.Steps))}
	for i, s := range e.Steps {
		answer.Steps[i] = settledStep{s, told.Steps[i].Result, told.Steps[i].Why}
		if told.Steps[i].Result == string(migration.Undone) {
			answer.Remarks = append(answer.Remarks, heritage.Remark{Place: s.Place, Verdict: heritage.Refused,
				Row: describe(&e.Steps[i]), Why: told.Steps[i].Why})
		}
	}
	for _, r := range answer.Remarks {
		if r.Verdict == heritage.Refused {
			answer.Refused++
		}
	}
	if err := f.report(answer.Remarks); err != nil {
		return err
	}
	if err := c.answer(answer, func() { c.settled(&answer) }); err != nil {
		return err
	}
	if answer.Refused > 0 {
		return postroom.Errorf(postroom.Invalid, "not everything can be taken: %d rows are listed", answer.Refused)
	}
	return nil
}

// settled prints an answer for people.
func (c *command) settled(a *settleAnswer) {
	counts := map[string]int{}
	var rows [][]string
	for i := range a.Steps {
		s := &a.Steps[i]
		counts[s.Result]++
		if s.Result != string(migration.There) && s.Result != string(migration.Undone) {
			rows = append(rows, []string{string(s.Act), describe(&s.Step), s.Result, where(s.Place)})
		}
	}
	if len(rows) > 0 {
		c.table("ACT WHAT RESULT WHERE", rows)
		c.printf("\n")
	}
	if len(a.Remarks) > 0 {
		rows = nil
		for _, r := range a.Remarks {
			rows = append(rows, []string{where(r.Place), string(r.Verdict), oneLine(r.Row), oneLine(r.Why)})
		}
		c.table("WHERE VERDICT ROW WHY", rows)
		c.printf("\n")
	}
	if a.Simulation != nil {
		c.simulation(a.Simulation)
		c.printf("\n")
	}
	word := "would be "
	if a.Applied {
		word = ""
	}
	c.printf("%d %sdone, %d %schanged, %d already there, %d rows refused\n", counts[string(migration.Done)], word,
		counts[string(migration.Changed)], word, counts[string(migration.There)], a.Refused)
	if !a.Applied {
		c.printf("nothing was done: add --apply to do it\n")
	}
}

func where(p heritage.Place) string { return filepath.Base(p.File) + ":" + strconv.Itoa(p.Line) }

// describe is a step in the words of the command line.
func describe(s *heritage.Step) string {
	until := ""
	if s.Until != nil {
		until = " until " + when(s.Until)
	}
	switch s.Act {
	case heritage.PutGrant:
		given := or(s.Rights, "none")
		if s.Negative {
			given = "-" + given
		}
		return s.Target + " " + s.Grantee + " " + given + until
	case heritage.PutSendRight:
		given := s.Right
		if s.Deny {
			given = "deny " + given
		}
		return s.Target + " " + s.Grantee + " " + given + until
	case heritage.SetDelegable:
		return s.Target + " " + strings.Join(s.Addresses, ",")
	case heritage.MakeIdentity:
		return s.Target + " " + s.Identity.Name
	}
	return strings.TrimSpace(s.Target + " " + s.Grantee)
}

// report writes the remarks to a file.
func (f *settleFlags) report(remarks []heritage.Remark) error {
	if f.Report == "" {
		return nil
	}
	out, err := os.OpenFile(f.Report, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return postroom.Errorf(postroom.Invalid, "cannot write %s: %v", f.Report, err)
	}
	w := csv.NewWriter(out)
	_ = w.Write([]string{"file", "line", "verdict", "row", "why"})
	for _, r := range remarks {
		_ = w.Write([]string{r.File, strconv.Itoa(r.Line), string(r.Verdict), r.Row, r.Why})
	}
	w.Flush()
	for _, err := range []error{w.Error(), out.Close()} {
		if err != nil {
			return postroom.Errorf(postroom.Invalid, "cannot write %s: %v", f.Report, err)
		}
	}
	return nil
}

// eachFile opens files, and those of directories in the order of their names; -
// is standard input. Files whose name begins with a dot are left out.
func (c *command) eachFile(names []string, read func(name string, in io.Reader) error) error {
	for _, name := range names {
		if name == "-" {
			if err := read("-", c.in); err != nil {
				return badInput(name, err)
			}
			continue
		}
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return cannotRead(path, err)
			}
			if path != name && strings.HasPrefix(d.Name(), ".") {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if d.IsDir() {
				return nil
			}
			return readFile(path, read)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readFile(name string, read func(string, io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return cannotRead(name, err)
	}
	defer func() { _ = f.Close() }()
	if err := read(name, f); err != nil {
		return badInput(name, err)
	}
	return nil
}

func badInput(name string, err error) error {
	if postroom.KindOf(err) != postroom.Internal {
		return err
	}
	return postroom.Errorf(postroom.Invalid, "cannot read %s: %v", name, err)
}
