package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"postroom"
	"postroom/internal/heritage"
	"postroom/internal/heritage/dovecot"
	"postroom/internal/imapwire/utf7"
)

type importDovecot struct {
	Files   []string `arg:"" help:"What doveadm acl get prints, dovecot-acl files, or directories: a Maildir, or one that holds those of users as user, user@domain or domain/user. - is standard input."`
	Account string   `help:"Whose mailbox it is, where neither a command line nor a directory says so." placeholder:"ADDRESS"`
	Folder  string   `help:"Which of its folders it is." placeholder:"NAME"`
	nameFlags
	settleFlags
}

// nameFlags say what names of other servers stand for.
type nameFlags struct {
	Domain string            `help:"The domain of names without one." placeholder:"DOMAIN"`
	Groups map[string]string `name:"group" help:"The address of a group there; without it, it is the name in --domain." placeholder:"NAME=ADDRESS"`
}

func (n *nameFlags) names() heritage.Names { return heritage.Names{Domain: n.Domain, Groups: n.Groups} }

func (i *importDovecot) Run(c *command) error {
	r := dovecot.Reader{Names: i.names(), Decode: utf7.Decode}
	for _, name := range i.Files {
		if name != "-" && isDirectory(name) {
			if err := i.tree(&r, name); err != nil {
				return err
			}
			continue
		}
		err := c.eachFile([]string{name}, func(name string, in io.Reader) error {
			if filepath.Base(name) != aclFile {
				return r.Output(name, in, i.Account, i.Folder)
			}
			if i.Account == "" {
				return postroom.Errorf(postroom.Invalid, "whose mailbox is %s? Say --account ADDRESS, and --folder NAME if it is not the inbox", name)
			}
			return r.File(name, in, i.Account, i.Folder)
		})
		if err != nil {
			return err
		}
	}
	return i.settle(c, r.Estate())
}

const aclFile = "dovecot-acl"

func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// tree reads the access lists of a directory of maildirs, user by user.
func (i *importDovecot) tree(r *dovecot.Reader, root string) error {
	users, folders, err := maildirs(root)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		return postroom.Errorf(postroom.Invalid, "there is no maildir in %s: no folder with cur or new", root)
	}
	for _, dir := range users {
		account := i.Account
		if account == "" {
			account = maildirOwner(root, dir)
		}
		if account == "" || i.Account != "" && len(users) > 1 {
			return postroom.Errorf(postroom.Invalid, "whose maildir is %s? Give a directory of one user with --account ADDRESS, or one with a directory for each user", dir)
		}
		names := make([]string, 0, len(folders[dir]))
		for _, folder := range folders[dir] {
			name := r.Folder(filepath.ToSlash(folder))
			names = append(names, name)
			list := filepath.Join(dir, folder, aclFile)
			if _, err := os.Stat(list); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			err := readFile(list, func(_ string, in io.Reader) error { return r.File(list, in, account, name) })
			if err != nil {
				return err
			}
		}
		r.Folders(dir, account, names)
	}
	return nil
}

// maildirs finds the outermost maildirs below root, and the directories of
// their folders, themselves as "".
func maildirs(root string) (users []string, folders map[string][]string, err error) {
	folders = map[string][]string{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return cannotRead(path, err)
		case !d.IsDir():
			return nil
		case d.Name() == "cur" || d.Name() == "new" || d.Name() == "tmp":
			return fs.SkipDir
		case !isDirectory(filepath.Join(path, "cur")) && !isDirectory(filepath.Join(path, "new")):
			return nil
		}
		if n := len(users); n > 0 && strings.HasPrefix(path, users[n-1]+string(filepath.Separator)) {
			rel, err := filepath.Rel(users[n-1], path)
			folders[users[n-1]] = append(folders[users[n-1]], rel)
			return err
		}
		users, folders[path] = append(users, path), []string{""}
		return nil
	})
	return users, folders, err
}

// maildirOwner is the user that directories name: user@domain, domain/user or
// user, with Maildir or mail in it or not.
func maildirOwner(root, dir string) string {
	rel, err := filepath.Rel(root, dir)
	if err != nil || rel == "." {
		return ""
	}
	parts := strings.Split(filepath.ToSlash(rel), "/")
	if last := strings.ToLower(parts[len(parts)-1]); last == "maildir" || last == "mail" {
		parts = parts[:len(parts)-1]
	}
	switch n := len(parts); {
	case n == 0:
		return ""
	case n >= 2 && !strings.Contains(parts[n-1], "@") && strings.Contains(parts[n-2], "."):
		return parts[n-1] + "@" + parts[n-2]
	default:
		return parts[n-1]
	}
}
