package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"postroom"
	"postroom/internal/config"
	"postroom/internal/dns"
)

// silent answers nothing until it is given up.
type silent struct{ dns.None }

func (silent) LookupTXT(ctx context.Context, _ string) ([]string, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestPublishedIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := newPublished(config.DNS{Off: true}, "mail.example.test")
		if err != nil {
			t.Fatal(err)
		}
		p.resolver = silent{}
		start := time.Now()
		list, err := p.check(t.Context(), postroom.Domain{Name: "example.test"})
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		if d := time.Since(start); d > checkTime {
			t.Errorf("took %s", d)
		}
		for _, r := range list {
			if r.State != "unknown" || r.Reason == "" {
				t.Errorf("%+v", r)
			}
		}
		for range checksAtOnce {
			p.free <- struct{}{}
		}
		if _, err := p.check(t.Context(), postroom.Domain{Name: "example.test"}); postroom.KindOf(err) != postroom.Unavailable {
			t.Errorf("too many at once: %v", err)
		}
	})
}

func TestPublishedOfADomain(t *testing.T) {
	p, err := newPublished(config.DNS{Off: true}, "mail.example.test")
	if err != nil {
		t.Fatal(err)
	}
	z := new(dns.Zone)
	z.AddMX("example.test", 10, "mail.example.test")
	z.AddTXT("example.test", "v=spf1 a -all")
	z.AddTXT("_mta-sts.example.test", "v=STSv1; id=1")
	p.resolver = z
	list, err := p.check(t.Context(), postroom.Domain{Name: "example.test"})
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, r := range list {
		states[r.Type+" "+r.Name] = r.State
	}
	for name, want := range map[string]string{"MX example.test.": "found", "TXT example.test.": "differs", "TXT _dmarc.example.test.": "missing",
		"SRV _imaps._tcp.example.test.": "missing", "CNAME autoconfig.example.test.": "missing", "TXT _mta-sts.example.test.": "found"} {
		if states[name] != want {
			t.Errorf("%s is %q, want %q", name, states[name], want)
		}
	}
}
