package dns

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
)

// Zone is a Resolver that answers from memory, for tests and for networks
// without a DNS. Names are absolute and lower-case; they may be written with or
// without the final dot. The zero Zone knows no name.
type Zone struct {
	mu     sync.Mutex
	mx     map[string][]net.MX
	txt    map[string][]string
	ip     map[string][]net.IP
	ptr    map[string][]string
	srv    map[string][]net.SRV
	cname  map[string][]string
	broken map[string]struct{}
	asked  map[string]int
}

func key(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// AddMX adds an MX record. Host "." makes a null MX.
func (z *Zone) AddMX(name string, preference uint16, host string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	put(&z.mx, key(name), net.MX{Host: strings.TrimSuffix(host, ".") + ".", Pref: preference})
}

// AddTXT adds a TXT record.
func (z *Zone) AddTXT(name, text string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	put(&z.txt, key(name), text)
}

// AddIP adds an A or AAAA record. It panics on what is not an IP address.
func (z *Zone) AddIP(host, ip string) {
	p := net.ParseIP(ip)
	if p == nil {
		panic("dns: not an IP address: " + ip)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	put(&z.ip, key(host), p)
}

// AddPTR adds the name an IP address points back to.
func (z *Zone) AddPTR(ip, host string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	put(&z.ptr, key(ip), strings.TrimSuffix(host, ".")+".")
}

// Break makes every lookup of name fail as a temporary failure.
func (z *Zone) Break(name string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.broken == nil {
		z.broken = make(map[string]struct{})
	}
	z.broken[key(name)] = struct{}{}
}

// Asked returns the names that were looked up, sorted.
func (z *Zone) Asked() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Sorted(maps.Keys(z.asked))
}

func put[T any](m *map[string][]T, name string, v T) {
	if *m == nil {
		*m = make(map[string][]T)
	}
	(*m)[name] = append((*m)[name], v)
}

// find returns a copy of the records of name in the map that m points to.
func find[T any](ctx context.Context, z *Zone, m *map[string][]T, name string) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, lookupError(name, "", err)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.asked == nil {
		z.asked = make(map[string]int)
	}
	z.asked[key(name)]++
	if _, ok := z.broken[key(name)]; ok {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	if v := (*m)[key(name)]; len(v) > 0 {
		return slices.Clone(v), nil
	}
	return nil, notFound(name)
}

// LookupMX implements Resolver.
func (z *Zone) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	found, err := find(ctx, z, &z.mx, name)
	if err != nil {
		return nil, err
	}
	out := make([]*net.MX, len(found))
	for i := range found {
		out[i] = &found[i]
	}
	sortMX(out)
	return out, nil
}

// LookupTXT implements Resolver.
func (z *Zone) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return find(ctx, z, &z.txt, name)
}

// LookupIPAddr implements Resolver.
func (z *Zone) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	if ip := literal(host); ip != nil {
		return ip, nil
	}
	found, err := find(ctx, z, &z.ip, host)
	if err != nil {
		return nil, err
	}
	out := make([]net.IPAddr, len(found))
	for i, ip := range found {
		out[i].IP = ip
	}
	return out, nil
}

// LookupAddr implements Resolver.
func (z *Zone) LookupAddr(ctx context.Context, ip string) ([]string, error) {
	return find(ctx, z, &z.ptr, ip)
}
