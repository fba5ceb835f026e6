// Package adminserver answers the administration API: typed JSON over HTTP,
// described by OpenAPI 3.1, with errors in the form of RFC 9457. It holds no
// rules: every request gets a session of the store, and the store decides.
package adminserver

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

// maxBody limits a request's body, in bytes.
const maxBody = 1 << 20

// Options of a server. All fields but Records are needed.
type Options struct {
	// Session says who asks. The unix socket answers with the console's
	// session, a public listener with that of the person signed in. An error
	// of kind SignInFailed becomes 401.
	Session func(*http.Request) (*store.Session, error)
	// Records lists the DNS records to publish for a domain; nil leaves the
	// command out.
	Records func(postroom.Domain) ([]adminwire.Record, error)
	// Published compares them with what the public DNS says now, in a bounded
	// time; nil as for Records.
	Published func(context.Context, postroom.Domain) ([]adminwire.PublishedRecord, error)
	Logger    *slog.Logger
	// Issuers are those of the identity providers, by name.
	Issuers map[string]string
	// Invitations needs all its fields when accounts are invited.
	Invitations Invitations
}

// Server answers the API.
type Server struct {
	opts Options
	mux  *http.ServeMux
	api  huma.API
	// streams are the operations whose bodies have no limit.
	streams *http.ServeMux
}

// New builds a server.
func New(o Options) *Server {
	s := &Server{opts: o, mux: http.NewServeMux(), streams: http.NewServeMux()}
	s.api = humago.New(s.mux, s.config())
	s.api.UseMiddleware(s.signIn)
	s.organisations()
	s.domains()
	s.plans()
	s.administrators()
	s.accounts()
	s.invitations()
	s.credentials()
	s.leaving()
	s.absences()
	s.aliases()
	s.groups()
	s.identities()
	s.collections()
	s.grants()
	s.shares()
	s.delegates()
	s.wordings()
	s.sendRights()
	s.access()
	s.reviews()
	s.audit()
	s.queue()
	s.mail()
	s.migrations()
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, stream := s.streams.Handler(r); stream != "" {
		s.streams.ServeHTTP(w, r)
		return
	}
	limit := int64(maxBody)
	if strings.HasSuffix(r.URL.Path, "/migrations") {
		limit = adminwire.MaxMigration
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	s.mux.ServeHTTP(w, r)
}

func (s *Server) config() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Postroom administration", Version: "1"},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			},
		},
		OpenAPIPath:                  adminwire.Prefix + "/openapi",
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		Transformers:                 []huma.Transformer{problemForm},
		RejectUnknownQueryParameters: true,
	}
}

type sessionKey struct{}

// signIn puts the session of a request where endpoint finds it. It is the one
// place where a request is given an identity.
func (s *Server) signIn(hc huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(hc)
	session, err := s.opts.Session(r)
	if err != nil {
		s.refuse(hc, problem(err))
		return
	}
	next(huma.WithValue(hc, sessionKey{}, session))
}

func (s *Server) refuse(hc huma.Context, p *adminwire.Problem) {
	hc.SetHeader("Content-Type", p.ContentType(""))
	hc.SetStatus(p.Status)
	if err := huma.DefaultJSONFormat.Marshal(hc.BodyWriter(), p); err != nil {
		s.opts.Logger.Warn("admin answer not written", "error", err)
	}
}

// answer is a reply. Its type says nothing of the body, describe does:
// huma.Register is long and compiled for each pair of input and output.
type answer struct{ Body any }

// request is what an endpoint works with. The directory is not embedded: its
// methods would be compiled again for each input.
type request[I any] struct {
	dir     *store.Directory
	session *store.Session
	in      *I
}

// endpoint registers one operation. The function gets the directory of the
// session that asks; errors of the store become problems here. What can be
// simulated is registered a second time, to be only tried.
func endpoint[I, O any](s *Server, method, path, summary string, do func(context.Context, request[I]) (O, error)) {
	register(s, method, path, summary, do)
	if simulable(method, path) {
		register(s, method, adminwire.Simulated+path, "Only try: "+summary, tried(do))
	}
}

func register[I, O any](s *Server, method, path, summary string, do func(context.Context, request[I]) (O, error)) {
	op := huma.Operation{Method: method, Path: adminwire.Prefix + path, Summary: summary,
		OperationID: operationID(method, path), MaxBodyBytes: maxBody}
	registerLimited(s, op, do)
}

// registerLimited registers an operation that has its own limit of the body.
func registerLimited[I, O any](s *Server, op huma.Operation, do func(context.Context, request[I]) (O, error)) {
	op.Responses = s.describe(reflect.TypeFor[O]())
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*answer, error) {
		session := ctx.Value(sessionKey{}).(*store.Session)
		out, err := do(ctx, request[I]{dir: session.Directory(), session: session, in: in})
		if err != nil {
			p := problem(err)
			if p.Status >= 500 {
				s.opts.Logger.Error("admin request failed", "operation", op.OperationID, "error", err)
			}
			return nil, p
		}
		return &answer{out}, nil
	})
}

// describe is what the description of the API says of an answer with a body of
// that type.
func (s *Server) describe(body reflect.Type) map[string]*huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(body, true, "Answer")
	return map[string]*huma.Response{strconv.Itoa(http.StatusOK): {
		Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}}
}

// none is the input of an operation without any.
type none struct{}

// named is the input of an operation on one entry.
type named struct {
	Name string `path:"name"`
}

func done(err error) (adminwire.Done, error) { return adminwire.Done{Done: err == nil}, err }
