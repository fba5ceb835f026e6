package adminserver

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"postroom/internal/adminwire"
	"postroom/internal/heritage"
	"postroom/internal/migration"
	"postroom/internal/store"
)

// Migration are steps that bring another server's accounts and rights in.
type Migration struct {
	Steps     []heritage.Step `json:"steps" doc:"What to do, in order"`
	KnownOnly bool            `json:"known_only,omitempty" doc:"Make no accounts"`
	Notify    bool            `json:"notify,omitempty" doc:"Send notices of shares"`
}

type migrationRequest struct{ Body Migration }

// migrations are the only requests that may be large.
func (s *Server) migrations() {
	large(s, "/migrations", "Bring another server's accounts and rights in, step by step",
		func(ctx context.Context, r request[migrationRequest]) (adminwire.Migrated, error) {
			return settle(ctx, r.dir, &r.in.Body)
		})
	large(s, adminwire.Simulated+"/migrations", "Only try: bring another server's accounts and rights in",
		func(ctx context.Context, r request[migrationRequest]) (adminwire.Migrated, error) {
			var m adminwire.Migrated
			simulated, err := r.dir.Simulate(ctx, func(d *store.Directory) (err error) {
				m, err = settle(ctx, d, &r.in.Body)
				return err
			})
			wire := simulation(simulated)
			m.Simulation = &wire
			return m, err
		})
}

func settle(ctx context.Context, d *store.Directory, in *Migration) (adminwire.Migrated, error) {
	s := migration.Settling{Directory: quietly(d, !in.Notify), KnownOnly: in.KnownOnly}
	done, err := s.Settle(ctx, in.Steps)
	return adminwire.Migrated{Steps: each(done, func(o migration.Settled) adminwire.MigratedStep {
		return adminwire.MigratedStep{Result: string(o.Result), Why: o.Why}
	})}, err
}

// large registers an operation with a large body.
func large[I, O any](s *Server, path, summary string, do func(context.Context, request[I]) (O, error)) {
	registerLimited(s, huma.Operation{Method: http.MethodPost, Path: adminwire.Prefix + path, Summary: summary,
		OperationID: operationID(http.MethodPost, path), MaxBodyBytes: adminwire.MaxMigration}, do)
}
