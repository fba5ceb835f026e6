package smtpserver

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/submission"
)

// TestSendAsBypass: every way to write another's address, each refused, for each
// of them nothing leaves and nothing is filed.
func TestSendAsBypass(t *testing.T) {
	w := newTown(t)
	refused := []struct{ name, header string }{
		{"plain", "From: info@example.test\r\n"},
		{"named", "From: Cleo <info@example.test>\r\n"},
		{"case", "From: InFo@EXAMPLE.test\r\n"},
		{"alias", "From: sales@example.test\r\n"},
		{"subaddress", "From: info+cleo@example.test\r\n"},
		{"quoted", "From: \"info\"@example.test\r\n"},
		{"quoted pair", "From: \"in\\fo\"@example.test\r\n"},
		{"comment before", "From: (cleo@example.test) info@example.test\r\n"},
		{"comment inside", "From: info(cleo@example.test)@example.test\r\n"},
		{"name is address", "From: \"cleo@example.test\" <info@example.test>\r\n"},
		{"bare name is address", "From: cleo@example.test <info@example.test>\r\n"},
		{"two angles", "From: <cleo@example.test> <info@example.test>\r\n"},
		{"route", "From: <@example.test,@info@example.test:cleo@example.test>\r\n"},
		{"list", "From: cleo@example.test, info@example.test\r\n"},
		{"list of own", "From: cleo@example.test, cleo@example.test\r\n"},
		{"group", "From: team: cleo@example.test;\r\n"},
		{"group of two", "From: team: cleo@example.test, info@example.test;\r\n"},
		{"empty group", "From: team:;\r\n"},
		{"two fields", "From: cleo@example.test\r\nFrom: info@example.test\r\n"},
		{"two fields, case", "From: cleo@example.test\r\nfROM: info@example.test\r\n"},
		{"space before colon", "From: cleo@example.test\r\nFrom : info@example.test\r\n"},
		{"folded", "From:\r\n info@example.test\r\n"},
		{"folded name", "From: cleo@example.test\r\n\t, info@example.test\r\n"},
		{"continued first line", " From: info@example.test\r\nFrom: cleo@example.test\r\n"},
		{"encoded name", "From: =?utf-8?q?info=40example=2Etest=3E?= <info@example.test>\r\n"},
		{"encoded address", "From: =?utf-8?q?info=40example=2Etest?=\r\n"},
		{"encoded local part", "From: =?utf-8?q?info?=@example.test\r\n"},
		{"encoded angle", "From: =?utf-8?q?Info_=3Cinfo=40example=2Etest=3E?= <cleo@example.test>\r\n"},
		{"missing", "Subject: x\r\n"},
		{"empty", "From:\r\n"},
		{"null", "From: <>\r\n"},
		{"trailing dot", "From: info@example.test.\r\n"},
		{"full-width", "From: info@ｅxample.test\r\n"},
		{"Kelvin sign", "From: des\u212a@example.test\r\n"},
		{"zero width", "From: cleo\u200b@example.test\r\n"},
		{"IDN", "From: info@exampl\u0435.test\r\n"},
		{"Sender", "From: cleo@example.test\r\nSender: info@example.test\r\n"},
		{"two Senders", "From: cleo@example.test\r\nSender: cleo@example.test\r\nSender: cleo@example.test\r\n"},
		{"Sender list", "From: cleo@example.test\r\nSender: cleo@example.test, info@example.test\r\n"},
		{"Resent-From", "From: cleo@example.test\r\nResent-From: info@example.test\r\n"},
		{"second Resent-From", "Resent-From: cleo@example.test\r\nFrom: cleo@example.test\r\nResent-From: info@example.test\r\n"},
		{"Resent-Sender", "From: cleo@example.test\r\nResent-From: cleo@example.test\r\nResent-Sender: info@example.test\r\n"},
		{"outside", "From: cleo@example.org\r\n"},
		{"resending another's", "From: info@example.test\r\nResent-From: cleo@example.test\r\n"},
		{"no field first", "nonsense\r\nFrom: cleo@example.test\r\n"},
		{"NUL", "From: cleo@example.test\x00, info@example.test\r\n"},
	}
	s := w.session("cleo")
	for _, test := range refused {
		for _, utf8 := range []bool{false, true} {
			_, err := w.submit.Submit(t.Context(), s, submission.Mail{
				Sender: "cleo@example.test", SMTPUTF8: utf8, Raw: []byte(test.header + "To: x@example.org\r\n\r\ntext\r\n"),
				Recipients: []store.Recipient{{Address: "x@example.org"}},
			})
			if kind := postroom.KindOf(err); kind != postroom.Denied && kind != postroom.Invalid {
				t.Errorf("%s (SMTPUTF8 %v): %v", test.name, utf8, err)
			}
		}
	}
	for _, sender := range []string{"info@example.test", "INFO@example.test", "info+x@example.test", "sales@example.test", "x@example.org"} {
		_, err := w.submit.Submit(t.Context(), s, submission.Mail{
			Sender: sender, Raw: []byte("From: cleo@example.test\r\n\r\n"), Recipients: []store.Recipient{{Address: "x@example.org"}},
		})
		if postroom.KindOf(err) != postroom.Denied {
			t.Errorf("envelope %s: %v", sender, err)
		}
	}
	w.drain()
	if n := len(w.outbox()); n != 0 {
		t.Errorf("%d messages left", n)
	}
	for _, box := range []string{"info@example.test", "cleo@example.test"} {
		if n := len(w.messages(box, "/Sent")); n != 0 {
			t.Errorf("%d messages in Sent of %s", n, box)
		}
	}
}

// TestManyConnections: slow and silent clients do not keep others out, and one
// remote cannot take all connections.
func TestManyConnections(t *testing.T) {
	w := newTown(t)
	var open []net.Conn
	for range 100 {
		c := w.dial("mx")
		open = append(open, c)
		fmt.Fprintf(c, "EHLO slow")
	}
	for _, c := range open {
		readLine(t, c)
	}
	if line := readLine(t, w.dial("mx")); !strings.HasPrefix(line, "421 4.7.0 ") {
		t.Errorf("connection 101: %q", line)
	}
	if line := readLine(t, w.dial("submission")); !strings.HasPrefix(line, "220 ") {
		t.Errorf("another listener: %q", line)
	}
	open[0].Close()
	deadline := time.Now().Add(patience)
	for !strings.HasPrefix(readLine(t, w.dial("mx")), "220 ") {
		if time.Now().After(deadline) {
			t.Fatal("a place that became free is not given away")
		}
		runtime.Gosched()
	}
}

// patience is how long a busy machine may take.
const patience = time.Minute

func readLine(t *testing.T, c net.Conn) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(patience))
	var line []byte
	for b := make([]byte, 1); !bytes.HasSuffix(line, []byte("\n")); {
		if _, err := c.Read(b); err != nil {
			t.Fatalf("%q %v", line, err)
		}
		line = append(line, b...)
	}
	return string(line)
}

// TestMemoryOfAMessage: a refused message of many megabytes of header costs little.
func TestMemoryOfAMessage(t *testing.T) {
	c := &conn{server: &Server{opts: Options{Limits: Limits{}.withDefaults(), SpoolDir: t.TempDir()}}}
	in := c.newIncoming()
	line := []byte(strings.Repeat("X-A: b\r\n", 1000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10_000 { // 80 MB
		in.write(line)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d octets allocated", used)
	}
	if in.scan.fault().code != 552 {
		t.Error(in.scan.fault())
	}
	in.spool.close()
}

func TestSpoolKeepsEveryOctet(t *testing.T) {
	for _, size := range []int{0, 1, memoryPart - 1, memoryPart, memoryPart + 1, 3 * memoryPart} {
		s := spool{dir: filepath.Join(t.TempDir(), "not", "there"), max: 10 * memoryPart}
		want := bytes.Repeat([]byte("0123456789abcdef\n"), size/17+1)[:size]
		if _, err := io.Copy(&s, bytes.NewReader(want)); err != nil {
			t.Fatal(err)
		}
		got, err := s.bytes()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d octets: %d, %v", size, len(got), err)
		}
		s.close()
	}
	s := spool{dir: t.TempDir(), max: 10}
	s.Write(make([]byte, 11))
	if !s.tooLarge() {
		t.Error("11 of 10 octets fit")
	}
}

// scarce is a listener that finds no file left before it lets somebody in.
type scarce struct {
	net.Listener
	faults []error
}

func (s *scarce) Accept() (net.Conn, error) {
	if len(s.faults) > 0 {
		err := s.faults[0]
		s.faults = s.faults[1:]
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", err)}
	}
	return s.Listener.Accept()
}

// TestServesOnWhenFilesRunOut: whoever takes all files does not end the server.
func TestServesOnWhenFilesRunOut(t *testing.T) {
	w := newTown(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	done := make(chan error, 1)
	s := w.servers["mx"]
	go func() { done <- s.Serve(&scarce{l, []error{syscall.ECONNABORTED, syscall.EMFILE, syscall.ENFILE}}) }()
	c, err := net.Dial("tcp", l.Addr().String())
	w.must(err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if line := readLine(t, c); !strings.HasPrefix(line, "220 ") {
		t.Errorf("greeting %q", line)
	}
	l.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
