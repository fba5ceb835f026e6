package imapserver_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// model is a client that believes what it is told, as RFC 9051 §2.3.1.2 lets it:
// message numbers change by EXPUNGE alone, new ones come by EXISTS.
type model struct {
	*client
	name  string
	uids  []int    // by message number; 0 is not known yet
	flags []string // by message number; "?" is not known yet
}

var (
	existsLine  = regexp.MustCompile(`^\* (\d+) EXISTS$`)
	expungeLine = regexp.MustCompile(`^\* (\d+) EXPUNGE$`)
	fetchLine   = regexp.MustCompile(`^\* (\d+) FETCH \((.*)\)$`)
	uidItem     = regexp.MustCompile(`UID (\d+)`)
	flagsItem   = regexp.MustCompile(`FLAGS \(([^)]*)\)`)
)

// run runs a command and believes the answer.
func (m *model) run(command string) string {
	m.t.Helper()
	lines, result := m.do(command)
	for _, line := range lines {
		m.believe(command, line)
	}
	return result
}

func (m *model) believe(command, line string) {
	m.t.Helper()
	if n := number(existsLine, line); n > 0 || strings.HasPrefix(line, "* 0 EXISTS") {
		if n < len(m.uids) {
			m.t.Fatalf("%s: %s: EXISTS shrinks from %d to %d", m.name, command, len(m.uids), n)
		}
		for len(m.uids) < n {
			m.uids, m.flags = append(m.uids, 0), append(m.flags, "?")
		}
	}
	if n := number(expungeLine, line); n > 0 {
		for _, word := range []string{"FETCH", "STORE", "SEARCH"} {
			if strings.HasPrefix(command, word) {
				m.t.Fatalf("%s: EXPUNGE during %s", m.name, command)
			}
		}
		if n > len(m.uids) {
			m.t.Fatalf("%s: %s: EXPUNGE %d of %d", m.name, command, n, len(m.uids))
		}
		m.uids, m.flags = slices.Delete(m.uids, n-1, n), slices.Delete(m.flags, n-1, n)
	}
	if f := fetchLine.FindStringSubmatch(line); f != nil {
		n, _ := strconv.Atoi(f[1])
		if n > len(m.uids) {
			m.t.Fatalf("%s: %s: FETCH %d of %d", m.name, command, n, len(m.uids))
		}
		if uid := number(uidItem, line); uid > 0 {
			if known := m.uids[n-1]; known != 0 && known != uid {
				m.t.Fatalf("%s: %s: message %d was UID %d and is UID %d", m.name, command, n, known, uid)
			}
			m.uids[n-1] = uid
		}
		if fl := flagsItem.FindStringSubmatch(line); fl != nil {
			m.flags[n-1] = fl[1]
		}
	}
}

func number(pattern *regexp.Regexp, line string) int {
	if f := pattern.FindStringSubmatch(line); f != nil {
		n, _ := strconv.Atoi(f[1])
		return n
	}
	return 0
}

// act does something at random.
func (m *model) act(r *rand.Rand) {
	m.t.Helper()
	n, uid := 1, 1
	if len(m.uids) > 0 {
		n = 1 + r.IntN(len(m.uids))
		uid = max(1, m.uids[n-1])
	}
	flag := []string{`\Seen`, `\Flagged`, `\Deleted`, `\Answered`, "work"}[r.IntN(5)]
	sign := []string{"+", "-", ""}[r.IntN(3)]
	silent := []string{"", ".SILENT"}[r.IntN(2)]
	commands := []string{
		"NOOP", "CHECK", "SEARCH ALL", "UID SEARCH UNSEEN", "EXPUNGE", "STATUS INBOX (MESSAGES)",
		"APPEND INBOX {6+}\r\na: b\r\n", "FETCH 1:* (UID FLAGS)", "UID FETCH 1:* (FLAGS)",
		fmt.Sprintf("UID EXPUNGE %d", uid), fmt.Sprintf("UID COPY %d INBOX", uid), fmt.Sprintf("UID MOVE %d Trash", uid),
		fmt.Sprintf("UID STORE %d %sFLAGS (%s)", uid, sign, flag),
	}
	if len(m.uids) > 0 {
		commands = append(commands, fmt.Sprintf("FETCH %d (BODY[])", n), fmt.Sprintf("FETCH %d (UID RFC822.SIZE)", n),
			fmt.Sprintf("STORE %d %sFLAGS (%s)", n, sign, flag), fmt.Sprintf("STORE %d +FLAGS (\\Deleted)", n),
			fmt.Sprintf("COPY %d INBOX", n), fmt.Sprintf("MOVE %d INBOX", n))
	}
	command := commands[r.IntN(len(commands))]
	result := m.run(strings.Replace(command, "FLAGS", "FLAGS"+silentFor(command, silent), 1))
	if strings.HasPrefix(result, "BAD") || strings.HasPrefix(result, "NO") && !strings.Contains(result, "EXPUNGEISSUED") {
		m.t.Fatalf("%s: %s: %s", m.name, command, result)
	}
	if silentFor(command, silent) != "" { // the client computes it, or forgets what it knew
		for i := range m.flags {
			m.flags[i] = "?"
		}
	}
}

func silentFor(command, silent string) string {
	if strings.Contains(command, "STORE") {
		return silent
	}
	return ""
}

// TestClientsThatBelieve has three sessions change one mailbox at random; what
// each was told must in the end be what there is.
func TestClientsThatBelieve(t *testing.T) {
	h := newHouse(t)
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		var models []*model
		for i := range 3 {
			m := &model{client: h.as("anna"), name: fmt.Sprintf("seed %d, client %d", seed, i)}
			if i == 2 {
				m.run("ENABLE CONDSTORE")
			}
			m.run("SELECT INBOX")
			models = append(models, m)
		}
		for range 150 {
			models[r.IntN(len(models))].act(r)
		}
		truth := h.as("anna")
		truth.must("SELECT INBOX")
		want := &model{client: truth, name: "truth", uids: make([]int, 1000), flags: make([]string, 1000)}
		total := 0
		for _, line := range truth.must("FETCH 1:* (UID FLAGS)") {
			want.believe("FETCH", line)
			total++
		}
		for _, m := range models {
			m.run("NOOP")
			if len(m.uids) != total {
				t.Fatalf("%s counts %d messages, there are %d", m.name, len(m.uids), total)
			}
			for i := range m.uids {
				if m.uids[i] != 0 && m.uids[i] != want.uids[i] || m.flags[i] != "?" && m.flags[i] != want.flags[i] {
					t.Errorf("%s: message %d is UID %d (%s), not UID %d (%s)", m.name, i+1, want.uids[i], want.flags[i], m.uids[i], m.flags[i])
				}
			}
			m.conn.Close()
		}
		truth.conn.Close()
	}
}
