package judge_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// lines joins lines as a message has them.
func lines(list ...string) string { return strings.Join(list, "\r\n") + "\r\n" }

const head = "From: Anna <anna@example.test>\r\nTo: ben@example.test\r\nDate: Mon, 2 Mar 2026 10:20:30 +0100\r\nMessage-ID: <1@example.test>\r\n"

// oddities are messages as they come: right, unusual and broken ones.
var oddities = []struct{ name, text string }{
	{"plain", head + "Subject: One\r\n\r\n" + lines("Hello", "", "there")},
	{"no body", head + "Subject: One\r\n\r\n"},
	{"no blank line", head + "Subject: One\r\n"},
	{"no header", "\r\nonly a body\r\n"},
	{"no end of line", head + "\r\nno end"},
	{"folded", head + "Subject: One\r\n two\r\n\tthree\r\n  \r\nX: y\r\n\r\nbody\r\n"},
	{"colon after space", head + "Subject : spaced\r\nX-Odd \t: z\r\n\r\nbody\r\n"},
	{"empty fields", "From:\r\nTo: \r\nCc:\r\nSubject:\r\nDate:\r\nMessage-ID:\r\nIn-Reply-To:\r\n\r\nx\r\n"},
	{"twice", head + "Subject: a\r\nSubject: b\r\nTo: cleo@example.test\r\nCc: a@example.test\r\nCc: b@example.test\r\n\r\nx\r\n"},
	{"groups", "From: anna@example.test\r\nTo: Team: anna@example.test, Ben <ben@example.test>;, cleo@example.test\r\nCc: undisclosed-recipients:;\r\nBcc: a: b@example.test;\r\n\r\nx\r\n"},
	{"routes", "From: <@a.test,@b.test:anna@example.test>\r\nTo: \"Ben, the second\" <ben@example.test>\r\n\r\nx\r\n"},
	{"quoted", "From: \"Anna \\\"A\\\" \\\\ B\" <\"anna b\"@example.test>\r\nTo: \"\" <ben@example.test>\r\nSubject: \"quoted\" \\ back\r\n\r\nx\r\n"},
	{"comments", "From: anna@example.test (Anna (the first))\r\nTo: (x) Ben (y) <ben (z) @ example.test> (w)\r\n\r\nx\r\n"},
	{"sender", head + "Sender: S <s@example.test>\r\nReply-To: R <r@example.test>, q@example.test\r\nIn-Reply-To: <0@example.test>\r\nReferences: <-1@example.test> <0@example.test>\r\n\r\nx\r\n"},
	{"empty sender", head + "Sender:\r\nReply-To:\r\n\r\nx\r\n"},
	{"no addresses", "From: nobody\r\nTo: <>\r\nCc: @example.test\r\nSubject: s\r\n\r\nx\r\n"},
	{"encoded words", "From: =?utf-8?q?Ann=C3=A4?= <anna@example.test>\r\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?b?w7Y=?= rest\r\n\r\nx\r\n"},
	{"eight bits", "From: Ann\u00e4 <anna@example.test>\r\nSubject: Gr\u00fc\u00dfe\r\n\r\n\u00e4\u00f6\u00fc\r\n"},
	{"latin bytes", "From: Ann\xe4 <anna@example.test>\r\nSubject: Gr\xfc\xdfe\r\n\r\n\xe4\xf6\r\n"},
	{"long line", head + "Subject: " + strings.Repeat("long ", 300) + "\r\n\r\n" + strings.Repeat("x", 3000) + "\r\n"},
	{"bad date", "From: anna@example.test\r\nDate: yesterday\r\nSubject: x\r\n\r\nx\r\n"},
	{"date comment", "From: anna@example.test\r\nDate: Mon, 2 Mar 2026 10:20:30 +0100 (CET)\r\nSubject: Re: Fwd: [list] x (fwd)\r\n\r\nx\r\n"},
	{"text types", head + "MIME-Version: 1.0\r\nContent-Type: TEXT/Plain; Charset=\"UTF-8\"; format=flowed; x*=utf-8''%C3%A4\r\nContent-Transfer-Encoding: QUOTED-PRINTABLE\r\nContent-ID: <c@example.test>\r\nContent-Description: a =?utf-8?q?d=C3=A9?=\r\nContent-MD5: Q2hlY2s=\r\nContent-Language: en, de\r\nContent-Location: http://example.test/x\r\nContent-Disposition: attachment; filename=\"a b.txt\"; size=5\r\n\r\na=20b=\r\nc\r\n"},
	{"no type", head + "MIME-Version: 1.0\r\nContent-Type:\r\n\r\nx\r\n"},
	{"half a type", head + "MIME-Version: 1.0\r\nContent-Type: text\r\n\r\nx\r\n"},
	{"bad parameters", head + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset; ; a=b c; d=\"e\r\n\r\nx\r\n"},
	{"no version", head + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+eDwvYj4=\r\n"},
	{"comments in type", head + "MIME-Version: 1.0 (x)\r\nContent-Type: text/plain (really); charset=us-ascii (Plain)\r\nContent-Transfer-Encoding: 7bit (7)\r\n\r\nx\r\n"},
	{"application", head + "MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=x\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\nAAECAw==\r\n"},
	{"alternative", multipart("alternative", "b", "pre\r\n", "Content-Type: text/plain\r\n\r\none\r\n", "Content-Type: text/html\r\n\r\n<b>two</b>\r\n")},
	{"default parts", multipart("mixed", "b", "", "\r\nno header\r\n", "X: y\r\n\r\nfield\r\n", "", "just text\r\n")},
	{"digest", multipart("digest", "b", "", "\r\nFrom: a@example.test\r\nSubject: inner\r\n\r\ninner\r\n", "Content-Type: text/plain\r\n\r\nplain\r\n")},
	{"nested", multipart("mixed", "outer", "", "Content-Type: text/plain\r\n\r\none\r\n",
		part("alternative", "inner", "Content-Type: text/plain\r\n\r\ntwo\r\n", "Content-Type: text/html\r\n\r\nthree\r\n"),
		"Content-Type: application/pdf; name=\"x.pdf\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=x.pdf\r\n\r\nJVBERg==\r\n")},
	{"message", multipart("mixed", "b", "", "Content-Type: message/rfc822\r\nContent-Description: fw\r\n\r\nFrom: cleo@example.test\r\nSubject: inner\r\n\r\nwithin\r\n")},
	{"message of parts", multipart("mixed", "b", "", "Content-Type: text/plain\r\n\r\nsee\r\n",
		"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\nFrom: cleo@example.test\r\nSubject: inner\r\nMIME-Version: 1.0\r\n"+
			part("mixed", "c", "Content-Type: text/plain\r\n\r\ndeep\r\n", "Content-Type: image/png\r\n\r\nx\r\n"))},
	{"message alone", head + "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nFrom: cleo@example.test\r\nSubject: inner\r\n\r\nwithin\r\n"},
	{"message alone of parts", head + "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nFrom: cleo@example.test\r\n" + part("mixed", "c", "\r\na\r\n", "\r\nb\r\n")},
	{"message in message", head + "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nSubject: 1\r\nContent-Type: message/rfc822\r\n\r\nSubject: 2\r\n\r\ntwo\r\n"},
	{"report", multipart("report; report-type=delivery-status", "b", "", "\r\nfailed\r\n", "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\n", "Content-Type: text/rfc822-headers\r\n\r\nSubject: s\r\n\r\n")},
	{"message without header", multipart("mixed", "b", "", "Content-Type: message/rfc822\r\n\r\n\r\nbody only\r\n", "Content-Type: message/rfc822\r\n\r\n")},
	{"partial message", multipart("mixed", "b", "", "Content-Type: message/partial; id=x; number=1\r\n\r\nFrom: a@example.test\r\n\r\nx\r\n", "Content-Type: message/global\r\n\r\nFrom: a@example.test\r\n\r\nx\r\n")},
	{"unterminated", strings.TrimSuffix(multipart("mixed", "b", "", "Content-Type: text/plain\r\n\r\none\r\n", "Content-Type: text/html\r\n\r\ntwo"), "\r\n--b--\r\n")},
	{"epilogue", multipart("mixed", "b", "prologue\r\n", "\r\none\r\n") + "epilogue\r\n--b\r\n\r\nnot a part\r\n"},
	{"blank after boundary", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b \t\r\n\r\none\r\n--bx\r\nmore\r\n--b--  \r\n"},
	{"no boundary", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"},
	{"boundary not found", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nnothing\r\n"},
	{"boundary prefix", multipart("mixed", "b", "", part("mixed", "bb", "\r\none\r\n", "\r\ntwo\r\n"), "\r\nthree\r\n")},
	{"inner unterminated", multipart("mixed", "outer", "", "Content-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\none\r\n", "\r\ntwo\r\n")},
	{"same boundary", multipart("mixed", "b", "", part("mixed", "b", "\r\none\r\n"), "\r\ntwo\r\n")},
	{"empty parts", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n\r\n--b\r\nX: y\r\n--b--\r\n"},
	{"body of part ends at boundary", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\none--b\r\n\r\n\r\n--b--"},
	{"quoted boundary", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"a b=_(1)\"\r\n\r\n--a b=_(1)\r\n\r\none\r\n--a b=_(1)--\r\n"},
	{"multipart in base64", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"},
	{"multipart fields", head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b; x=y\r\nContent-ID: <m>\r\nContent-Disposition: inline; a=b\r\nContent-Language: en\r\nContent-Location: l\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"},
	{"many parts", multipart("mixed", "b", "", repeated("Content-Type: text/plain\r\n\r\nx\r\n", 12)...)},
}

func repeated(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

// part is an entity of parts; multipart a message of them.
func part(subtype, boundary string, parts ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: multipart/%s; boundary=%s\r\n\r\n", subtype, boundary)
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, p)
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.String()
}

func multipart(subtype, boundary, prologue string, parts ...string) string {
	return head + "Subject: parts\r\nMIME-Version: 1.0\r\n" + strings.Replace(part(subtype, boundary, parts...), "\r\n\r\n", "\r\n\r\n"+prologue, 1)
}

// composer makes messages at random.
type composer struct{ *rand.Rand }

func (c composer) pick(list ...string) string { return list[c.IntN(len(list))] }

// message is one at random: fields in disorder, a tree of parts.
func (c composer) message() string {
	fields := []string{
		"From: " + c.addresses(), "To: " + c.addresses(), "Subject: " + c.words(),
		"Date: " + c.pick("Mon, 2 Mar 2026 10:20:30 +0100", "3 Apr 2025 23:59 -0500", "Tue, 1 Jul 2025 00:00:01 GMT", "nonsense"),
		fmt.Sprintf("Message-ID: <%d@example.test>", c.IntN(40)),
	}
	for _, f := range []string{"Cc", "Bcc", "Reply-To", "Sender"} {
		if c.IntN(4) == 0 {
			fields = append(fields, f+": "+c.addresses())
		}
	}
	if c.IntN(2) == 0 {
		id := c.IntN(40)
		fields = append(fields, fmt.Sprintf("In-Reply-To: <%d@example.test>", id), fmt.Sprintf("References: <%d@example.test> <%d@example.test>", c.IntN(40), id))
	}
	c.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	for c.IntN(5) == 0 {
		fields = fields[1:]
	}
	return strings.Join(fields, "\r\n") + "\r\nMIME-Version: 1.0\r\n" + c.entity(0)
}

func (c composer) words() string {
	var list []string
	for range 1 + c.IntN(4) {
		list = append(list, c.pick("Re:", "Fwd:", "[list]", "price", "Good", "day", "(fwd)", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "a\"b", "Zebra", "apple", "\r\n folded", "\u00e4rger"))
	}
	// One space: Dovecot does not make one of several, as RFC 5256 §2.1 asks.
	return strings.ReplaceAll(strings.Join(list, " "), " \r\n ", "\r\n ")
}

func (c composer) addresses() string {
	var list []string
	for range 1 + c.IntN(3) {
		list = append(list, c.pick("anna@example.test", "Ben <ben@example.test>", "\"Cleo, C.\" <cleo@example.test>",
			"=?utf-8?q?J=C3=BCrgen?= <j@example.test>", "Team: anna@example.test, ben@example.test;", "x@y.test (Comment)", "A. B. Dot <a.b@example.test>",
			"nobody:;", "\"q\\\"r\" <\"q r\"@example.test>"))
	}
	return strings.Join(list, ", ")
}

// entity is the rest of a header and a body.
func (c composer) entity(depth int) string {
	kind := c.IntN(10)
	if depth > 3 {
		kind = c.IntN(5)
	}
	var b strings.Builder
	for _, f := range []string{"Content-ID: <x@y>", "Content-Description: some =?utf-8?q?th=C3=AFng?=", "Content-Disposition: attachment; filename=\"a;b.txt\"", "Content-Language: en, fr", "Content-Location: x/y", "X-Other: z", "Content-MD5: Q2hlY2s="} {
		if c.IntN(6) == 0 {
			b.WriteString(f + "\r\n")
		}
	}
	switch {
	case kind < 5:
		b.WriteString(c.pick("", "Content-Type: text/plain; charset=utf-8\r\n", "Content-Type: text/html\r\n", "Content-Type: image/png; name=\"p q.png\"\r\n",
			"Content-Type: text/PLAIN; format=flowed; charset=\"iso-8859-1\"\r\n", "Content-Type: application/pdf\r\n"))
		switch c.IntN(5) {
		case 0:
			b.WriteString("Content-Transfer-Encoding: base64\r\n\r\n" + c.pick("", "QUJD\r\n", "QUI=", "QU\r\nJD\r\n"))
		case 1:
			b.WriteString("Content-Transfer-Encoding: quoted-printable\r\n\r\n" + c.pick("", "=41=\r\nB\r\n", "a=20b \r\nc"))
		default:
			b.WriteString(c.pick("", "Content-Transfer-Encoding: 8bit\r\n") + "\r\n" + c.pick("", "one\r\n", "two\r\nlines\r\n", "no end", "\r\n\r\n", "--\r\nsignature\r\n"))
		}
	case kind < 8:
		var parts []string
		for range 1 + c.IntN(3) {
			parts = append(parts, c.entity(depth+1))
		}
		boundary := fmt.Sprintf("b%d-%d", depth, c.IntN(100))
		text := part(c.pick("mixed", "alternative", "related; type=\"text/html\""), boundary, parts...)
		if c.IntN(6) == 0 {
			text = strings.TrimSuffix(text, "--"+boundary+"--\r\n")
		}
		b.WriteString(text)
	default:
		b.WriteString("Content-Type: message/rfc822\r\n\r\nFrom: " + c.addresses() + "\r\nSubject: " + c.words() + "\r\nMIME-Version: 1.0\r\n" + c.entity(depth+1))
	}
	return b.String()
}
