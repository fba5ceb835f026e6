package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// dovecotConfig has Dovecot's defaults for durability (mail_fsync =
// optimized: a delivery is fsynced before it is acknowledged) and its usual
// limits raised so that the client, not a limit, sets the pace.
const dovecotConfig = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = %[2]s
first_valid_uid = 1
default_vsz_limit = 4G
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=%[1]s/home/%%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = %[3]d
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    port = %[4]d
  }
}
namespace inbox {
  inbox = yes
}
`

// dovecotAlways is what the IMAP rows add: every change is fsynced before it is
// acknowledged, as Postroom does it; names have the same delimiter everywhere;
// and no limit of connections stands in the way.
const dovecotAlways = `
mail_fsync = always
mail_max_userip_connections = 0
default_process_limit = 3000
service imap-login {
  service_count = 0
  process_limit = 20
}
service auth {
  client_limit = 10000
}
service anvil {
  client_limit = 10000
}
namespace inbox {
  separator = /
}
`

// startDovecot runs Dovecot with a mailbox format, maildir, sdbox or mdbox, and
// more lines of configuration.
func startDovecot(format, more string) (*peer, error) {
	dir, err := os.MkdirTemp("", "bench-dovecot-")
	if err != nil {
		return nil, err
	}
	for _, sub := range []string{"home", "state"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o777); err != nil {
			return nil, err
		}
	}
	// Dovecot's processes run as their own users and must reach the mail.
	for _, sub := range []string{"", "home"} {
		if err := os.Chmod(filepath.Join(dir, sub), 0o777); err != nil {
			return nil, err
		}
	}
	base, err := freePorts(31000, 143, 24)
	if err != nil {
		return nil, err
	}
	location := map[string]string{"maildir": "maildir:~/Maildir", "sdbox": "sdbox:~/sdbox", "mdbox": "mdbox:~/mdbox"}[format]
	file := filepath.Join(dir, "dovecot.conf")
	text := fmt.Sprintf(dovecotConfig, dir, location, base+143, base+24) + more
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	p := &peer{name: "Dovecot " + format, dir: dir, password: "secret",
		imap: fmt.Sprintf("127.0.0.1:%d", base+143), lmtp: fmt.Sprintf("127.0.0.1:%d", base+24)}
	p.user = mailbox
	p.make = func() *exec.Cmd {
		cmd := exec.Command("dovecot", "-F", "-c", file)
		cmd.Stderr = os.Stderr
		return cmd
	}
	return p, p.start()
}
