package dns

import (
	"context"
	"errors"
	"net"
	"testing"
)

func TestServicesAndAliases(t *testing.T) {
	addr, _ := serve(t,
		"_imaps._tcp.example.test. 60 IN SRV 10 1 993 second.example.test.",
		"_imaps._tcp.example.test. 60 IN SRV 0 1 993 mail.example.test.",
		"autoconfig.example.test. 60 IN CNAME mail.example.test.",
		"mail.example.test. 60 IN A 192.0.2.1")
	c, err := NewClient(Options{Servers: []string{addr}, CacheSize: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, words := range [][3]string{{"imaps", "tcp", "example.test"}, {"", "", "_imaps._tcp.example.test."}} {
		name, list, err := c.LookupSRV(ctx, words[0], words[1], words[2])
		if err != nil || name != "_imaps._tcp.example.test." || len(list) != 2 || *list[0] != (net.SRV{Target: "mail.example.test.", Port: 993, Weight: 1}) || list[1].Priority != 10 {
			t.Errorf("%v: %s %v %v", words, name, list, err)
		}
	}
	if target, err := c.LookupCNAME(ctx, "autoconfig.Example.test"); err != nil || target != "mail.example.test." {
		t.Errorf("alias: %q %v", target, err)
	}
	for _, name := range []string{"mail.example.test", "nobody.example.test", ""} {
		var not *net.DNSError
		if target, err := c.LookupCNAME(ctx, name); !errors.As(err, &not) || !not.IsNotFound {
			t.Errorf("no alias %q: %q %v", name, target, err)
		}
	}
	var broken *net.DNSError
	if _, err := c.LookupCNAME(ctx, "servfail.example.test"); !errors.As(err, &broken) || broken.IsNotFound {
		t.Errorf("broken: %v", err)
	}
}
