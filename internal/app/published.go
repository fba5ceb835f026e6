package app

import (
	"context"
	"sync"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/config"
	"postroom/internal/dns"
	"postroom/internal/mailauth"
)

const (
	// checkTime bounds the check of one domain.
	checkTime = 8 * time.Second
	// checksAtOnce is how many domains are checked at a time, by whoever asks.
	checksAtOnce = 4
	// lookupsAtOnce is how many records of one domain are asked for at a time.
	lookupsAtOnce = 6
)

// publishedRecords tells what the public DNS says of a domain now.
type publishedRecords struct {
	resolver dns.Published
	host     string
	free     chan struct{}
}

// newPublished keeps no answers: who has just changed a record asks again.
func newPublished(c config.DNS, host string) (*publishedRecords, error) {
	p := &publishedRecords{resolver: dns.None{}, host: host, free: make(chan struct{}, checksAtOnce)}
	if c.Off {
		return p, nil
	}
	client, err := dns.NewClient(dns.Options{Servers: c.Servers, Timeout: 2 * time.Second, CacheSize: -1})
	if err != nil {
		return nil, err
	}
	p.resolver = client
	return p, nil
}

// check compares the records of a domain with what is published. It answers
// within checkTime; what was not answered by then is unknown.
func (p *publishedRecords) check(ctx context.Context, d postroom.Domain) ([]adminwire.PublishedRecord, error) {
	wanted, err := recordsOf(d, p.host)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	select {
	case p.free <- struct{}{}:
		defer func() { <-p.free }()
	case <-ctx.Done():
		return nil, postroom.Errorf(postroom.Unavailable, "other domains are being checked: try again in a while")
	}
	found := make([]mailauth.Published, len(wanted))
	turns := make(chan struct{}, lookupsAtOnce)
	var wait sync.WaitGroup
	for i, r := range wanted {
		wait.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			found[i] = mailauth.CheckRecord(ctx, p.resolver, r)
		})
	}
	policy, there := mailauth.CheckTransportSecurity(ctx, p.resolver, d.Name, p.host)
	wait.Wait()
	if there {
		found = append(found, policy)
	}
	out := make([]adminwire.PublishedRecord, len(found))
	for i, f := range found {
		out[i] = adminwire.PublishedRecord{Record: adminwire.Record{Name: f.Record.Name, Type: f.Record.Type, Value: f.Record.Value},
			State: string(f.State), Published: f.Values, Reason: f.Reason}
	}
	return out, nil
}
