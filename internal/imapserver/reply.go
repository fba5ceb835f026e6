package imapserver

import (
	"runtime/debug"

	"postroom"
	"postroom/internal/imapwire"
)

// codes maps every kind of error to its response code (RFC 9051 §7.1, RFC
// 5530). A kind without a code is answered with a plain NO.
var codes = map[postroom.ErrorKind]imapwire.Code{
	postroom.Internal:       imapwire.CodeServerBug,
	postroom.NotFound:       imapwire.CodeNonExistent,
	postroom.Denied:         imapwire.CodeNoPerm,
	postroom.Exists:         imapwire.CodeAlreadyExists,
	postroom.Invalid:        imapwire.CodeCannot,
	postroom.NotEmpty:       imapwire.CodeHasChildren,
	postroom.OverQuota:      imapwire.CodeOverQuota,
	postroom.TooLarge:       imapwire.CodeTooBig,
	postroom.Limit:          imapwire.CodeLimit,
	postroom.Stale:          "",
	postroom.SignInFailed:   imapwire.CodeAuthenticationFailed,
	postroom.SignInDisabled: imapwire.CodeAuthorizationFailed,
	postroom.Unavailable:    imapwire.CodeUnavailable,
	// Only browsers confirm.
	postroom.ConfirmationNeeded: imapwire.CodeNoPerm,
}

// answer ends a command: OK, or what the error of the store becomes.
func (c *conn) answer(tag, done string, err error) {
	if err != nil {
		c.answerError(tag, err)
		return
	}
	c.answerOK(tag, "", done)
}

// answerError maps an error of the store. What one may not look up is answered
// word for word like what does not exist, whatever the name was.
func (c *conn) answerError(tag string, err error) {
	kind := postroom.KindOf(err)
	text := postroom.TextOf(err)
	switch kind {
	case postroom.Internal:
		c.server.opts.Logger.Error("imap: store", "error", err)
	case postroom.NotFound:
		text = noSuchMailbox
	}
	c.answerNo(tag, codes[kind], text)
}

// answerSelected is answerError for a command on the selected mailbox: when that
// is not to be seen any more, the connection ends. It reports whether it goes on.
func (c *conn) answerSelected(tag string, err error) bool {
	if postroom.KindOf(err) == postroom.NotFound {
		return c.lost(err)
	}
	c.answerError(tag, err)
	return true
}

// answerChanged ends a command on messages; missing says that some of them
// were no longer there (RFC 5530 EXPUNGEISSUED).
func (c *conn) answerChanged(tag, done string, missing bool) {
	if missing {
		c.answerOK(tag, imapwire.CodeExpungeIssued, done+"; some messages are gone")
		return
	}
	c.answerOK(tag, "", done)
}

func (c *conn) answerOK(tag string, code imapwire.Code, text string) {
	c.enc.Status(imapwire.Status{Tag: tag, Kind: imapwire.OK, Code: code, Text: text})
}

func (c *conn) answerNo(tag string, code imapwire.Code, text string) {
	c.enc.Status(imapwire.Status{Tag: tag, Kind: imapwire.NO, Code: code, Text: text})
}

func (c *conn) answerBad(tag, text string) {
	c.enc.Status(imapwire.Status{Tag: tag, Kind: imapwire.BAD, Text: text})
}

func stack() string { return string(debug.Stack()) }
