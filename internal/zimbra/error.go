package zimbra

import (
	"errors"
	"fmt"

	"postroom"
)

// failure is an error in the tools' own form: "ERROR: code (message)".
type failure struct {
	code, message string
}

func (f *failure) Error() string { return f.code + " (" + f.message + ")" }

func fail(code, format string, args ...any) error {
	return &failure{code, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return fail("service.INVALID_REQUEST", "invalid request: "+format, args...)
}

func client(format string, args ...any) error {
	return fail("zclient.CLIENT_ERROR", format, args...)
}

// usageError is a wrong number or form of arguments: the usage is shown.
type usageError struct{ cmd *command }

func (u *usageError) Error() string { return "usage: " + u.cmd.name }

// errUsage is what a command returns when its arguments do not fit.
var errUsage = errors.New("usage")

// known gives the errors of one request the codes of what it is about; kinds
// not named pass unchanged.
type known map[postroom.ErrorKind]error

func (k known) of(err error) error {
	if err == nil {
		return nil
	}
	if known, ok := k[postroom.KindOf(err)]; ok {
		return known
	}
	return err
}

// translate gives an error of the server the tools' form.
func translate(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	text := postroom.TextOf(err)
	switch postroom.KindOf(err) {
	case postroom.NotFound:
		return &failure{"service.NOT_FOUND", text}
	case postroom.Denied, postroom.SignInDisabled, postroom.ConfirmationNeeded:
		return &failure{"service.PERM_DENIED", "permission denied: " + text}
	case postroom.Exists, postroom.NotEmpty, postroom.Stale:
		return &failure{"service.ALREADY_EXISTS", text}
	case postroom.Invalid, postroom.TooLarge, postroom.Limit:
		return &failure{"service.INVALID_REQUEST", "invalid request: " + text}
	case postroom.OverQuota:
		return &failure{"mail.QUOTA_EXCEEDED", text}
	case postroom.SignInFailed:
		return &failure{"account.AUTH_FAILED", "authentication failed: " + text}
	case postroom.Unavailable:
		return &failure{"zclient.IO_ERROR", text}
	case postroom.Internal:
	}
	return &failure{"service.FAILURE", "system failure: " + err.Error()}
}

func noSuchAccount(name string) error {
	return fail("account.NO_SUCH_ACCOUNT", "no such account: %s", name)
}

func noSuchList(name string) error {
	return fail("account.NO_SUCH_DISTRIBUTION_LIST", "no such distribution list: %s", name)
}

func noSuchDomain(name string) error {
	return fail("account.NO_SUCH_DOMAIN", "no such domain: %s", name)
}

func noSuchPlan(name string) error { return fail("account.NO_SUCH_COS", "no such cos: %s", name) }
