package adminserver

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// streamBuffer is the size of the buffers of a stream, in bytes.
const streamBuffer = 64 << 10

// mail registers what is streamed: mail into an account and out of it, and
// backups. The store gives them to the console alone.
func (s *Server) mail() {
	s.streams.HandleFunc("POST "+adminwire.Prefix+"/accounts/{name}/import", s.stream(importMail))
	s.streams.HandleFunc("GET "+adminwire.Prefix+"/accounts/{name}/export", s.stream(exportMail))
	s.streams.HandleFunc("GET "+adminwire.Prefix+"/backup", s.stream(backUp))
}

// conversation is a stream under way. begin must be called before anything is
// said; until then an error becomes an ordinary problem.
type conversation struct {
	session *store.Session
	r       *http.Request
	w       http.ResponseWriter
	in      *bufio.Reader
	out     *bufio.Writer
	begun   bool
}

// stream makes a handler of a conversation.
func (s *Server) stream(do func(context.Context, *conversation) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &conversation{r: r, w: w, in: bufio.NewReaderSize(r.Body, streamBuffer), out: bufio.NewWriterSize(w, streamBuffer)}
		// Both sides speak in turn; and a refusal must not wait for the end of
		// what is said, as it does otherwise.
		err := http.NewResponseController(w).EnableFullDuplex()
		if err == nil {
			c.session, err = s.opts.Session(r)
		}
		if err == nil {
			err = do(r.Context(), c)
		}
		if err == nil {
			return
		}
		p := problem(err)
		if p.Status >= 500 {
			s.opts.Logger.Error("admin stream failed", "path", r.URL.Path, "error", err)
		}
		if c.begun {
			// The three streams spell it alike; fatal is for the import.
			err = c.say(adminwire.ImportAnswer{Problem: p, Fatal: true})
		} else {
			w.Header().Set("Content-Type", p.ContentType(""))
			w.WriteHeader(p.Status)
			err = adminwire.WriteFrame(w, p)
		}
		if err != nil {
			s.opts.Logger.Debug("admin stream broken off", "path", r.URL.Path, "error", err)
		}
	}
}

// begin answers that the conversation may go on.
func (c *conversation) begin() error {
	c.w.Header().Set("Content-Type", "application/octet-stream")
	c.w.WriteHeader(http.StatusOK)
	c.begun = true
	return http.NewResponseController(c.w).Flush()
}

// say writes a frame and sends it.
func (c *conversation) say(frame any) error {
	if err := adminwire.WriteFrame(c.out, frame); err != nil {
		return err
	}
	if err := c.out.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(c.w).Flush()
}

func importMail(ctx context.Context, c *conversation) (err error) {
	a, err := c.session.Directory().Account(ctx, c.r.PathValue("name"))
	if err != nil {
		return err
	}
	to, err := system.Import(ctx, c.session, a.ID, c.r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	// What was stored is recorded also when the other side went away.
	defer func() { err = errors.Join(err, to.Close(context.WithoutCancel(ctx))) }()
	if err := c.begin(); err != nil {
		return err
	}
	var box postroom.Collection
	for {
		var f adminwire.ImportFrame
		if err := adminwire.ReadFrame(c.in, &f); err != nil {
			return broken(err)
		}
		var answer adminwire.ImportAnswer
		switch {
		case f.End:
			return c.say(adminwire.ImportAnswer{End: true})
		case f.Mailbox != nil:
			box, err = to.Mailbox(ctx, f.Mailbox.Path, postroom.Role(f.Mailbox.Role))
			if answer.Path = box.Path; err != nil {
				if postroom.KindOf(err) == postroom.Internal {
					return err
				}
				answer = adminwire.ImportAnswer{Problem: problem(err)}
			}
		case f.Append != nil:
			answer.Outcomes, err = c.appendMail(ctx, to, box, f.Append)
		default:
			answer.Known, err = knownMail(ctx, to, box, f.Known)
		}
		if err != nil && answer.Problem == nil {
			return err
		}
		if err := c.say(answer); err != nil {
			return err
		}
	}
}

// broken is what is said about a stream that cannot be read on.
func broken(err error) error {
	return postroom.Errorf(postroom.Invalid, "the stream broke off").By(err)
}

func knownMail(ctx context.Context, to *store.ImportSession, box postroom.Collection, marks []adminwire.MessageMark) ([]bool, error) {
	return to.Known(ctx, box.Ref, each(marks, func(m adminwire.MessageMark) store.ImportMark {
		return store.ImportMark{MessageID: m.MessageID, Size: m.Size, Received: m.Received}
	}))
}

func (c *conversation) appendMail(ctx context.Context, to *store.ImportSession, box postroom.Collection, heads []adminwire.MessageHead) ([]adminwire.Outcome, error) {
	var bytes int64
	messages := make([]store.NewMessage, len(heads))
	for i, h := range heads {
		flags, ok := adminwire.ParseFlags(h.Flags)
		if h.Size < 0 || !ok {
			return nil, postroom.Errorf(postroom.Invalid, "a message with a bad size or flag")
		}
		bytes += min(h.Size, adminwire.MaxAppendBytes+1)
		// They are read one after another.
		messages[i] = store.NewMessage{Raw: io.LimitReader(c.in, h.Size), Size: h.Size, Flags: flags,
			Keywords: h.Keywords, Received: h.Received}
	}
	if len(heads) > adminwire.MaxAppend || len(heads) > 1 && bytes > adminwire.MaxAppendBytes {
		return nil, postroom.Errorf(postroom.Limit, "too many messages at once")
	}
	told, err := to.Append(ctx, box.Ref, messages)
	if err != nil {
		return nil, err
	}
	return each(told, func(i store.Imported) adminwire.Outcome {
		if i.Err != nil {
			return adminwire.Outcome{Problem: problem(i.Err)}
		}
		return adminwire.Outcome{Known: i.Known, UID: uint32(i.UID)}
	}), nil
}

func exportMail(ctx context.Context, c *conversation) error {
	a, err := c.session.Directory().Account(ctx, c.r.PathValue("name"))
	if err != nil {
		return err
	}
	from, err := system.Export(ctx, c.session, a.ID, c.r.URL.Query().Get("path"))
	if err != nil {
		return err
	}
	if err := c.begin(); err != nil {
		return err
	}
	for _, box := range from.Mailboxes() {
		head := adminwire.ExportFrame{Mailbox: &adminwire.ExportedMailbox{Path: box.Path, Role: string(box.Role), Total: box.Total}}
		if err := adminwire.WriteFrame(c.out, head); err != nil {
			return err
		}
		for it, err := range from.Messages(ctx, box.Ref) {
			if err != nil {
				return err
			}
			if err := c.give(it); err != nil {
				return err
			}
		}
	}
	return c.say(adminwire.ExportFrame{End: true})
}

// give writes a message.
func (c *conversation) give(it store.ExportedItem) error {
	defer func() { _ = it.Content.Close() }()
	size := it.Content.Size()
	head := &adminwire.MessageHead{Flags: adminwire.Flags(it.Flags), Keywords: it.Keywords, Received: it.Received, Size: size}
	if err := adminwire.WriteFrame(c.out, adminwire.ExportFrame{Message: head}); err != nil {
		return err
	}
	_, err := io.Copy(c.out, io.NewSectionReader(it.Content, 0, size))
	return err
}

func backUp(ctx context.Context, c *conversation) error {
	part := store.WithDatabase
	if c.r.URL.Query().Get("database") == "no" {
		part = store.WithoutDatabase
	}
	err := system.Backup(ctx, c.session, part, func(f store.BackupFile) error {
		if !c.begun {
			if err := c.begin(); err != nil {
				return err
			}
		}
		return c.file(f)
	})
	if err != nil {
		return err
	}
	if !c.begun {
		if err := c.begin(); err != nil {
			return err
		}
	}
	return c.say(adminwire.BackupFrame{End: true})
}

// file writes a file of a backup.
func (c *conversation) file(f store.BackupFile) error {
	in, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := adminwire.WriteFrame(c.out, adminwire.BackupFrame{File: &adminwire.BackupFile{Name: f.Name, Size: f.Size}}); err != nil {
		return err
	}
	_, err = io.CopyN(c.out, in, f.Size)
	return err
}
