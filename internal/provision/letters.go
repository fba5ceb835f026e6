package provision

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/mail"
	"slices"
	"strings"
	"time"

	"postroom"
)

// talk is a conversation of the demonstration: what somebody outside writes
// and what info@ answers, in turn.
type talk struct {
	person, address string
	to              string // info@ when empty
	subject         string
	days            int // age of the first letter
	turns           []turn
}

// turn is one letter of a talk; those of info@ begin with out.
type turn struct {
	out   bool
	text  string
	html  string
	files []attachment
	hours int // after the letter before
}

// demoLetters are the messages of info@ from the oldest on.
func demoLetters() []letter {
	var letters []letter
	for _, t := range demoTalks() {
		at := time.Duration(t.days) * 24 * time.Hour
		answers := 0
		for i, turn := range t.turns {
			at -= time.Duration(turn.hours) * time.Hour
			letters = append(letters, t.letter(i, turn, at, answers))
			answers = len(letters)
			letters[len(letters)-1].number = answers
			if turn.out && letters[answers-1].answers > 0 {
				letters[letters[answers-1].answers-1].flags |= postroom.FlagAnswered
			}
		}
	}
	letters = append(letters, junk(len(letters)))
	slices.SortStableFunc(letters, func(a, b letter) int { return cmp.Compare(b.age, a.age) })
	return letters
}

func (t *talk) letter(i int, turn turn, age time.Duration, answers int) letter {
	to := t.to
	if to == "" {
		to = DemoShared
	}
	outside := mail.Address{Name: t.person, Address: t.address}
	l := letter{age: age, from: outside, to: to, subject: t.subject, text: turn.text, html: turn.html,
		files: turn.files, answers: answers, mailbox: postroom.InboxCollection}
	if i > 0 {
		l.subject = "Re: " + t.subject
	}
	if turn.out {
		l.from, l.to = mail.Address{Name: "Information desk", Address: DemoShared}, outside.String()
		l.mailbox = postroom.SentCollection
	}
	// What is older than three days has been read.
	if turn.out || age > 72*time.Hour {
		l.flags = postroom.FlagSeen
	}
	return l
}

// junk is one unwanted message, in its place.
func junk(n int) letter {
	return letter{age: 30 * time.Hour, number: n + 1, mailbox: postroom.JunkCollection,
		from: mail.Address{Name: "Winner's office", Address: "prize@example.org"}, to: DemoShared,
		subject: "YOU HAVE BEEN SELECTED", text: "Dear friend,\n\nyour address has been drawn. Answer today.\n"}
}

func page(title string, paragraphs ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>%s</title></head>\n<body style=\"font-family:sans-serif\">\n", title)
	for _, p := range paragraphs {
		fmt.Fprintf(&b, "<p>%s</p>\n", p)
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

// picture is a small PNG of two colours.
func picture(name string, a, b color.RGBA) attachment {
	img := image.NewRGBA(image.Rect(0, 0, 96, 64))
	for y := range 64 {
		for x := range 96 {
			c := a
			if (x/16+y/16)%2 == 1 {
				c = b
			}
			img.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil { // a buffer takes everything
		panic(err)
	}
	return attachment{name, "image/png", out.Bytes()}
}

// document is a PDF of one page with one line.
func document(name, line string) attachment {
	var b bytes.Buffer
	var offsets []int
	object := func(text string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), text)
	}
	b.WriteString("%PDF-1.4\n")
	content := "BT /F1 18 Tf 72 720 Td (" + line + ") Tj ET"
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>")
	object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return attachment{name, "application/pdf", b.Bytes()}
}
