package adminserver

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"postroom"
	"postroom/internal/adminwire"
)

// status maps the kinds of errors to HTTP (RFC 9110 §15).
func status(kind postroom.ErrorKind) int {
	switch kind {
	case postroom.NotFound:
		return http.StatusNotFound
	case postroom.Denied, postroom.SignInDisabled, postroom.ConfirmationNeeded:
		return http.StatusForbidden
	case postroom.Exists, postroom.NotEmpty:
		return http.StatusConflict
	case postroom.Invalid:
		return http.StatusUnprocessableEntity
	case postroom.OverQuota:
		return http.StatusInsufficientStorage
	case postroom.TooLarge:
		return http.StatusRequestEntityTooLarge
	case postroom.Limit:
		return http.StatusTooManyRequests
	case postroom.Stale:
		return http.StatusPreconditionFailed
	case postroom.SignInFailed:
		return http.StatusUnauthorized
	case postroom.Unavailable:
		return http.StatusServiceUnavailable
	case postroom.Internal:
	}
	return http.StatusInternalServerError
}

func problem(err error) *adminwire.Problem {
	kind := postroom.KindOf(err)
	code := status(kind)
	return &adminwire.Problem{Type: adminwire.ProblemType(kind), Title: http.StatusText(code), Status: code,
		Detail: postroom.TextOf(err), Kind: kind.String(), Reason: postroom.ReasonOf(err)}
}

// problemForm gives the framework's own errors (a body that does not fit) the
// same form as ours.
func problemForm(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	kind := postroom.Invalid
	switch {
	case m.Status >= 500:
		kind = postroom.Internal
	case m.Status == http.StatusNotFound:
		kind = postroom.NotFound
	case m.Status == http.StatusRequestEntityTooLarge:
		kind = postroom.TooLarge
	}
	list := faults(m.Errors)
	details := []string{m.Detail}
	for _, f := range list {
		details = append(details, f.Detail+" ("+f.Location+")")
	}
	return &adminwire.Problem{Title: m.Title, Status: m.Status,
		Detail: strings.Join(details, ": "), Kind: kind.String(), Reason: schemaReason(m.Detail), Errors: list}, nil
}

// operationID is the method and the path in one word: get-accounts-name.
func operationID(method, path string) string {
	path = strings.NewReplacer("{", "", "}", "", "/", "-").Replace(path)
	return strings.ToLower(method) + path
}
