package adminclient

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"

	"postroom"
	"postroom/internal/adminwire"
)

// streamBuffer is the size of the buffers of a stream, in bytes.
const streamBuffer = 64 << 10

// MailImport is mail on its way into an account. Close it.
type MailImport struct {
	client *Client
	body   *io.PipeWriter
	out    *bufio.Writer
	in     *bufio.Reader
	answer io.Closer
}

// Import begins to bring mail into an account. from says for the audit log
// where it comes from.
func (c *Client) Import(ctx context.Context, account, from string) (*MailImport, error) {
	pr, pw := io.Pipe()
	answer, err := c.open(ctx, http.MethodPost, Path("accounts", account, "import")+Query("from", from), pr)
	if err != nil {
		_ = pw.Close()
		return nil, err
	}
	return &MailImport{client: c, body: pw, out: bufio.NewWriterSize(pw, streamBuffer),
		in: bufio.NewReaderSize(answer, streamBuffer), answer: answer}, nil
}

// open begins a stream and returns what the server says.
func (c *Client) open(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+adminwire.Prefix+path, body)
	if err != nil {
		return nil, err
	}
	c.authorize(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if resp.StatusCode >= 400 {
		defer func() { _ = resp.Body.Close() }()
		raw, err := io.ReadAll(io.LimitReader(resp.Body, adminwire.MaxFrame))
		if err != nil {
			return nil, c.unreachable(err)
		}
		return nil, refusal(resp.StatusCode, raw)
	}
	return resp.Body, nil
}

// Mailbox says where the following messages go and returns the path of that
// mailbox. Another error than that of the connection leaves the import usable.
func (m *MailImport) Mailbox(w adminwire.MailboxWish) (string, error) {
	a, err := m.ask(adminwire.ImportFrame{Mailbox: &w})
	return a.Path, err
}

// Known asks which messages the mailbox has.
func (m *MailImport) Known(marks []adminwire.MessageMark) ([]bool, error) {
	a, err := m.ask(adminwire.ImportFrame{Known: marks})
	if err == nil && len(a.Known) != len(marks) {
		err = adminwire.ErrFrame
	}
	return a.Known, err
}

// Append brings messages, no more than adminwire's limits say; bodies are as
// many, and each has as many bytes as its head says.
func (m *MailImport) Append(heads []adminwire.MessageHead, bodies []io.Reader) ([]adminwire.Outcome, error) {
	if err := adminwire.WriteFrame(m.out, adminwire.ImportFrame{Append: heads}); err != nil {
		return nil, m.refused(err)
	}
	for i, b := range bodies {
		if _, err := io.CopyN(m.out, b, heads[i].Size); err != nil {
			return nil, m.refused(err)
		}
	}
	a, err := m.hear()
	if err == nil && len(a.Outcomes) != len(heads) {
		err = adminwire.ErrFrame
	}
	return a.Outcomes, err
}

// Close ends the import. It says whether all that was brought is safe.
func (m *MailImport) Close() error {
	_, err := m.ask(adminwire.ImportFrame{End: true})
	return errors.Join(err, m.body.Close(), m.answer.Close())
}

// Abort ends the import after an error of the connection.
func (m *MailImport) Abort() {
	_ = m.body.CloseWithError(io.ErrClosedPipe)
	_ = m.answer.Close()
}

func (m *MailImport) ask(f adminwire.ImportFrame) (adminwire.ImportAnswer, error) {
	if err := adminwire.WriteFrame(m.out, f); err != nil {
		return adminwire.ImportAnswer{}, m.refused(err)
	}
	return m.hear()
}

// Broken is an error after which a stream cannot go on.
type Broken struct{ Cause error }

// Error is the text of the cause.
func (b *Broken) Error() string { return b.Cause.Error() }

// Unwrap returns the cause.
func (b *Broken) Unwrap() error { return b.Cause }

// refused prefers what the server said to the fact that it stopped listening.
func (m *MailImport) refused(err error) error {
	var a adminwire.ImportAnswer
	if adminwire.ReadFrame(m.in, &a) == nil && a.Problem != nil {
		return &Broken{problemError(a.Problem)}
	}
	return &Broken{m.client.brokenOff(err)}
}

func (m *MailImport) hear() (a adminwire.ImportAnswer, err error) {
	if err := m.out.Flush(); err != nil {
		return a, m.refused(err)
	}
	if err := adminwire.ReadFrame(m.in, &a); err != nil {
		return a, &Broken{m.client.brokenOff(err)}
	}
	switch {
	case a.Problem != nil && a.Fatal:
		return a, &Broken{problemError(a.Problem)}
	case a.Problem != nil:
		return a, problemError(a.Problem)
	}
	return a, nil
}

func (c *Client) brokenOff(err error) error {
	return &postroom.Error{Kind: postroom.Unavailable, Text: "the server on " + c.socket + " broke off", Cause: err}
}

func problemError(p *adminwire.Problem) error {
	e := &postroom.Error{Kind: postroom.ParseErrorKind(p.Kind), Text: p.Detail}
	if e.Kind == postroom.Internal {
		e.Kind = postroom.Unavailable // the text of an internal fault is fixed and safe; say it
	}
	return e
}

// Export hands out the mail of an account at and below a path: mailbox is told
// of each mailbox, then message of each message in it, whose body must be read
// before message returns. An error of theirs ends the export.
func (c *Client) Export(ctx context.Context, account, path string, mailbox func(adminwire.ExportedMailbox) error,
	message func(adminwire.MessageHead, io.Reader) error) error {
	answer, err := c.open(ctx, http.MethodGet, Path("accounts", account, "export")+Query("path", path), nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	in := bufio.NewReaderSize(answer, streamBuffer)
	for {
		var f adminwire.ExportFrame
		if err := adminwire.ReadFrame(in, &f); err != nil {
			return c.brokenOff(err)
		}
		switch {
		case f.Problem != nil:
			return problemError(f.Problem)
		case f.End:
			return nil
		case f.Mailbox != nil:
			err = mailbox(*f.Mailbox)
		case f.Message != nil:
			err = c.body(in, f.Message.Size, func(r io.Reader) error { return message(*f.Message, r) })
		}
		if err != nil {
			return err
		}
	}
}

// body gives size bytes of a stream away, all of which must be taken.
func (c *Client) body(in io.Reader, size int64, take func(io.Reader) error) error {
	r := &io.LimitedReader{R: in, N: size}
	if err := take(r); err != nil {
		return err
	}
	if r.N > 0 {
		return c.brokenOff(io.ErrUnexpectedEOF)
	}
	return nil
}

// Backup hands out the files of a consistent copy of the server's store, each
// of which must be read before take returns; database is "no" to leave the
// database out.
func (c *Client) Backup(ctx context.Context, database string, take func(adminwire.BackupFile, io.Reader) error) error {
	answer, err := c.open(ctx, http.MethodGet, Path("backup")+Query("database", database), nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	in := bufio.NewReaderSize(answer, streamBuffer)
	for {
		var f adminwire.BackupFrame
		if err := adminwire.ReadFrame(in, &f); err != nil {
			return c.brokenOff(err)
		}
		switch {
		case f.Problem != nil:
			return problemError(f.Problem)
		case f.End:
			return nil
		case f.File != nil:
			if err := c.body(in, f.File.Size, func(r io.Reader) error { return take(*f.File, r) }); err != nil {
				return err
			}
		}
	}
}
