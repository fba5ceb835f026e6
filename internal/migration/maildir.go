package migration

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/imapwire/utf7"
)

// maildir is one folder of a maildir on disk.
type maildir struct {
	dir   string
	names []string // nil for the inbox
}

// maxDepth bounds how deep folders are looked for.
const maxDepth = 50

// Maildir imports a maildir with its subfolders: Maildir++ (.Name.Below, in
// modified UTF-7) and folders in folders. below is the path they are put under;
// "" or "/" is the account itself.
func (i *Import) Maildir(ctx context.Context, dir, below string) error {
	boxes, err := i.maildirs(dir)
	if err != nil {
		return err
	}
	if len(boxes) == 0 {
		return postroom.Errorf(postroom.Invalid, "this is no maildir: it has no folder cur or new: %s", dir)
	}
	defer i.drop()
	for _, b := range boxes {
		role := postroom.RoleNone
		if b.names == nil {
			role = postroom.RoleInbox
		}
		ok, err := i.open(folderOf(b.names, role, below))
		if err != nil {
			return err
		}
		if ok {
			if err := i.maildir(ctx, b.dir); err != nil {
				return err
			}
		} else {
			i.fault(b.dir, "its messages were not taken, the folder could not be opened")
		}
	}
	return i.flush()
}

// maildirs finds the folders, the inbox first.
func (i *Import) maildirs(root string) (boxes []maildir, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == root {
				return postroom.Errorf(postroom.NotFound, "cannot read %s: %s", root, reason(err))
			}
			i.fault(path, reason(err))
			return fs.SkipDir
		}
		if !d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if base := d.Name(); rel != "." && (base == "cur" || base == "new" || base == "tmp") {
			return fs.SkipDir
		}
		if strings.Count(rel, string(filepath.Separator)) > maxDepth {
			i.fault(path, "nested too deeply")
			return fs.SkipDir
		}
		if isDir(filepath.Join(path, "cur")) || isDir(filepath.Join(path, "new")) {
			boxes = append(boxes, maildir{path, maildirNames(rel)})
		}
		return nil
	})
	return boxes, err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// reason is what a system call complained about, without the path.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// maildirNames are the names that a relative path stands for.
func maildirNames(rel string) (names []string) {
	if rel == "." {
		return nil
	}
	for part := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		pieces := []string{part}
		if strings.HasPrefix(part, ".") && len(part) > 1 {
			pieces = strings.Split(part[1:], ".")
		}
		for _, p := range pieces {
			if decoded, err := utf7.Decode(p); err == nil {
				p = decoded
			}
			names = append(names, p)
		}
	}
	// Some servers keep everything below INBOX.
	if len(names) > 1 && strings.EqualFold(names[0], "INBOX") {
		names = names[1:]
	}
	return names
}

// maildir imports the messages of one folder.
func (i *Import) maildir(ctx context.Context, dir string) error {
	words := keywordsFile(filepath.Join(dir, keywordFile))
	for _, part := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(dir, part))
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				i.fault(filepath.Join(dir, part), reason(err))
			}
			continue
		}
		// Names begin with the time of delivery.
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if strings.HasPrefix(e.Name(), ".") {
				continue // not a message (maildir(5))
			}
			path := filepath.Join(dir, part, e.Name())
			m, err := readMaildirFile(path, words)
			if err != nil {
				i.fault(path, reason(err))
				continue
			}
			if err := i.add(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func readMaildirFile(path string, words []string) (m Message, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return m, err
	case !info.Mode().IsRegular():
		return m, errors.New("not a file")
	case info.Size() == 0:
		return m, errors.New("an empty file")
	}
	m = Message{Name: path, Received: sane(info.ModTime(), nil), Body: new(Body)}
	m.Flags, m.Keywords = maildirFlags(filepath.Base(path), words)
	if _, err := io.Copy(&crlf{w: m.Body}, f); err != nil {
		m.Body.Close()
		return m, err
	}
	if m.Received.IsZero() {
		m.Received = headerDate(m.Body.Head())
	}
	return m, nil
}

// maildirFlags reads the info part of a file's name: ":2," and letters, capital
// ones for flags and small ones for keywords. Where ":" cannot be in names, ";"
// or "!" stands for it.
func maildirFlags(name string, words []string) (flags postroom.Flags, keywords string) {
	at := -1
	for _, mark := range []string{":2,", ";2,", "!2,"} {
		at = max(at, strings.LastIndex(name, mark))
	}
	if at < 0 {
		return 0, ""
	}
	var found []string
	for _, c := range name[at+3:] {
		switch {
		case c == 'P':
			found = append(found, "$forwarded")
		case c >= 'a' && c <= 'z' && int(c-'a') < len(words):
			found = append(found, words[c-'a'])
		default:
			flags |= maildirLetters[c]
		}
	}
	return flags, cleanKeywords(found)
}

var maildirLetters = map[rune]postroom.Flags{'S': postroom.FlagSeen, 'R': postroom.FlagAnswered,
	'F': postroom.FlagFlagged, 'T': postroom.FlagDeleted, 'D': postroom.FlagDraft}

// keywordFile names the keywords that small letters stand for, each on a line
// behind its number (Dovecot's dovecot-keywords).
const keywordFile = "dovecot-keywords"

// keywordsFile reads such a file; without one there are none.
func keywordsFile(path string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	words := make([]string, 26)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		number, word, ok := strings.Cut(lines.Text(), " ")
		if n, err := strconv.Atoi(number); ok && err == nil && n >= 0 && n < len(words) {
			words[n] = word
		}
	}
	return words
}
