package config

import (
	"fmt"
	"strings"
)

// Initial is the text of a first configuration of a server.
func Initial(hostname, dir string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Postroom. An unknown key is an error. Changes take effect with a restart.")
	line("")
	line("hostname = %s", quote(hostname))
	line("dir = %s", quote(dir))
	line("")
	line("# How people reach this server, for links in mails; https and the hostname if not given:")
	line("# public_url = %s", quote("https://"+hostname))
	line("")
	line("# The database is SQLite in dir, or PostgreSQL:")
	line("# [database]")
	line("# url = \"postgres://postroom@localhost/postroom\"")
	line("")
	line("[listen]")
	line("smtp = \":25\"")
	line("submission = \":587\"")
	line("submissions = \":465\"")
	line("imap = \":143\"")
	line("imaps = \":993\"")
	line("http = \":80\"")
	line("https = \":443\"")
	line("# lmtp = \"127.0.0.1:24\"")
	line("")
	line("[tls]")
	line("# self-signed, files (with cert and key) or acme (with email)")
	line("mode = \"self-signed\"")
	line("")
	line("# All outgoing mail through another server:")
	line("# [smarthost]")
	line("# address = \"relay.example.test:587\"")
	line("# user = \"\"")
	line("# password = \"\"")
	line("")
	line("# Proxies that are believed when they say for whom they ask:")
	line("# [proxy]")
	line("# trusted = [\"127.0.0.1/32\"]")
	line("")
	line("# Who may read /metrics besides this machine:")
	line("# [metrics]")
	line("# from = [\"10.0.0.0/8\"]")
	line("")
	line("# Connections at a time from one address and of one account:")
	line("# [imap]")
	line("# connections_per_address = 2000")
	line("# connections_per_account = 100")
	line("")
	line("[log]")
	line("level = \"info\"")
	line("format = \"text\"")
	return b.String()
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
