package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// cyrusConfig has Cyrus's defaults as Debian ships them, but for names and
// limits: unixhierarchysep and altnamespace give mailboxes the names that the
// others have. Whom the daemon that checks passwords lets in is let in.
const cyrusConfig = `
configdirectory: %[1]s/conf
proc_path: %[1]s/run/proc
mboxname_lockpath: %[1]s/run/lock
defaultpartition: default
partition-default: %[1]s/mail
sievedir: %[1]s/sieve
altnamespace: yes
unixhierarchysep: yes
umask: 077
hashimapspool: true
allowplaintext: yes
cyrus_user: mail
cyrus_group: mail
admins: admin
lmtp_downcase_rcpt: yes
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: %[1]s/run/mux
sasl_mech_list: PLAIN
idlesocket: %[1]s/run/idle
notifysocket: %[1]s/run/notify
lmtpsocket: %[1]s/run/lmtp
syslog_prefix: cyrus
servername: localhost
maxlogins_per_host: 0
maxlogins_per_user: 0
`

const cyrusServices = `
START {
  recover cmd="%[2]s/ctl_cyrusdb -C %[1]s/imapd.conf -r"
  idled cmd="%[2]s/idled -C %[1]s/imapd.conf"
}
SERVICES {
  imap cmd="%[2]s/imapd -C %[1]s/imapd.conf -U 30" listen="127.0.0.1:%[3]d" prefork=5 maxchild=-1
  lmtp cmd="%[2]s/lmtpd -C %[1]s/imapd.conf -a" listen="127.0.0.1:%[4]d" prefork=1 maxchild=100
}
EVENTS {
  checkpoint cmd="%[2]s/ctl_cyrusdb -C %[1]s/imapd.conf -c" period=30
}
`

// unpackCyrus puts Debian's Cyrus, whose packages conflict with Dovecot's, into
// a directory that the user it runs as can reach, and returns it. What its
// programs need and the machine lacks comes along.
func unpackCyrus() (string, error) {
	root := filepath.Join(os.TempDir(), "postroom-bench-cyrus")
	if _, err := os.Stat(filepath.Join(root, "complete-with-eatmydata")); err == nil {
		return root, nil
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-ec", `
cd "$1"
rm -f *.deb
missing=$(apt-cache depends cyrus-imapd cyrus-common cyrus-caldav | awk '/^  Depends: lib/ {print $2}' | sort -u |
  while read p; do dpkg -s "$p" >/dev/null 2>&1 || echo "$p"; done)
apt-get -o APT::Sandbox::User=root -qq download cyrus-imapd cyrus-common cyrus-caldav libeatmydata1 $missing
for d in *.deb; do dpkg -x "$d" .; done
rm -f *.deb
touch complete-with-eatmydata`, "sh", root)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("cannot unpack Cyrus: %w", err)
	}
	return root, nil
}

// startCyrus runs Cyrus with accounts u0 (and whoever else signs in) and the
// mailbox of u1 open to u0.
func startCyrus() (*peer, error) {
	p, err := newCyrus("", "")
	if err != nil {
		return nil, err
	}
	return p, p.start()
}

// newCyrus adds to its configuration; a %[1]s in settings is its folder, a
// %[2]s and %[5]d in services are the folder of its programs and the port of HTTP.
// It does not run yet.
func newCyrus(settings, services string) (*peer, error) {
	root, err := unpackCyrus()
	if err != nil {
		return nil, err
	}
	dir, err := cyrusFolders()
	if err != nil {
		return nil, err
	}
	base, err := freePorts(26000, 143, 24, 80)
	if err != nil {
		return nil, err
	}
	programs := filepath.Join(root, "usr/lib/cyrus/bin")
	for name, text := range map[string]string{
		"imapd.conf": strings.ReplaceAll(cyrusConfig+settings, "%[1]s", dir),
		"cyrus.conf": fmt.Sprintf(strings.Replace(cyrusServices, "\n}\nEVENTS", services+"\n}\nEVENTS", 1), dir, programs, base+143, base+24, base+80),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	door, err := letIn(filepath.Join(dir, "run", "mux"))
	if err != nil {
		return nil, err
	}
	p := &peer{name: "Cyrus", dir: dir, password: "secret", imap: fmt.Sprintf("127.0.0.1:%d", base+143),
		lmtp: fmt.Sprintf("127.0.0.1:%d", base+24), http: fmt.Sprintf("http://127.0.0.1:%d", base+80), shared: "Other Users/u1/", cleanup: func() { door.Close() }}
	p.user = func(n int) string { return fmt.Sprintf("u%d", n) }
	p.make = func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(programs, "master"), "-C", filepath.Join(dir, "imapd.conf"),
			"-M", filepath.Join(dir, "cyrus.conf"), "-p", filepath.Join(dir, "run", "master.pid"), "-D")
		cmd.Env = append(cyrusEnvironment(root), p.environ...)
		return cmd
	}
	return p, nil
}

// unsynced is the environment in which programs take the word of the system that
// their data are on the disk.
func unsynced() ([]string, error) {
	root, err := unpackCyrus()
	if err != nil {
		return nil, err
	}
	return []string{"LD_PRELOAD=" + filepath.Join(root, "usr/lib/x86_64-linux-gnu/libeatmydata.so")}, nil
}

func cyrusEnvironment(root string) []string {
	return append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(root, "usr/lib/x86_64-linux-gnu")+
		":"+filepath.Join(root, "lib/x86_64-linux-gnu"))
}

// cyrusFolders makes the folders, owned by the user that Cyrus runs as. Without
// conf/db it would take its databases for damaged and repair them again and again.
func cyrusFolders() (string, error) {
	dir, err := os.MkdirTemp("", "bench-cyrus-")
	if err != nil {
		return "", err
	}
	as, err := user.Lookup("mail")
	if err != nil {
		return "", err
	}
	uid, _ := strconv.Atoi(as.Uid)
	gid, _ := strconv.Atoi(as.Gid)
	for _, sub := range []string{"", "conf", "conf/db", "conf/log", "conf/msg", "conf/proc", "conf/socket", "mail", "run", "sieve", "search"} {
		path := filepath.Join(dir, sub)
		if err := os.MkdirAll(path, 0o755); err != nil {
			return "", err
		}
		if err := os.Chown(path, uid, gid); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// letIn is the daemon that Cyrus asks about passwords: four counted strings
// come, "OK" goes.
func letIn(path string) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o777); err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for range 4 {
					var n uint16
					if binary.Read(c, binary.BigEndian, &n) != nil {
						return
					}
					io.CopyN(io.Discard, c, int64(n))
				}
				c.Write([]byte("\x00\x02OK"))
			}()
		}
	}()
	return l, nil
}

// cyrusAccounts makes accounts, each with mailboxes below it, that u0 may use
// when shared is set.
func cyrusAccounts(p *peer, names []string, below []string, shared bool) error {
	c, err := dialIMAP(p.imap, "admin", p.password)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	var commands []string
	for _, name := range names {
		for _, box := range append([]string{""}, below...) {
			full := strings.TrimSuffix("user/"+name+"/"+box, "/")
			commands = append(commands, "CREATE "+full)
			if shared {
				commands = append(commands, "SETACL "+full+" u0 lrswipkxte")
			}
		}
	}
	return c.pipeline(commands)
}
