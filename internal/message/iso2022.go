package message

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// isoSet is a two-byte character set that ISO 2022 text can switch to.
type isoSet uint8

const (
	eucKR  isoSet = iota // KS C 5601, RFC 1557
	eucCN                // GB 2312, RFC 1922
	cns1                 // CNS 11643 plane 1, RFC 1922
	cnsAny               // planes there is no table for
)

// decodeISO2022 decodes ISO-2022-KR and -CN: SO switches to the designated
// two-byte set, SI back to ASCII, ESC N and ESC O take one character of another.
func decodeISO2022(b []byte, set isoSet) string {
	var out []byte
	start, shifted := 0, false
	flush := func(end int, set isoSet) {
		if start < end {
			out = append(out, decodeISOSet(b[start:end], set)...)
		}
	}
	for i := 0; i < len(b); i++ {
		c := b[i]
		if shifted && c > 0x20 && c < 0x7f {
			continue
		}
		if shifted {
			flush(i, set)
		}
		start = i + 1
		switch {
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case c == 0x1b:
			i, set = escape(b, i, set)
			if i < len(b) && (b[i] == 'N' || b[i] == 'O') { // single shifts: planes 2 and up
				out = append(out, "\ufffd"...)
				i = min(i+2, len(b))
			}
			start = i + 1
		default:
			if c == '\n' { // every line starts in ASCII
				shifted = false
			}
			if c >= 0x80 {
				c = '?'
			}
			out = append(out, c)
		}
	}
	if shifted {
		flush(len(b), set)
	}
	return string(out)
}

// escape reads the sequence at i and gives the offset of its last byte.
func escape(b []byte, i int, set isoSet) (int, isoSet) {
	first := i + 1
	for i++; i < len(b) && b[i] >= 0x20 && b[i] <= 0x2f; i++ {
	}
	if i >= len(b) || i-first < 2 || b[first] != '$' || b[first+1] != ')' {
		return i, set
	}
	switch b[i] {
	case 'C':
		return i, eucKR
	case 'A', 'E':
		return i, eucCN
	case 'G':
		return i, cns1
	}
	return i, cnsAny
}

// decodeISOSet decodes two-byte characters in their 7-bit form.
func decodeISOSet(b []byte, set isoSet) string {
	var euc []byte
	var e encoding.Encoding
	switch set {
	case cns1:
		e = traditionalchinese.Big5
		for i := 0; i+1 < len(b); i += 2 {
			euc = append(euc, big5OfCNS(b[i], b[i+1])...)
		}
	case eucKR, eucCN:
		e = korean.EUCKR
		if set == eucCN {
			e = simplifiedchinese.GBK
		}
		for _, c := range b {
			euc = append(euc, c|0x80)
		}
	default:
		return "\ufffd"
	}
	text, err := e.NewDecoder().Bytes(euc)
	if err != nil {
		return "\ufffd"
	}
	return validUTF8(text)
}

// cnsMoves are the places where the ideographs of CNS 11643 plane 1 and of Big5
// level 1 are not in the same order: from this ideograph of CNS on, both numbered
// from zero, the Big5 one follows from that.
var cnsMoves = [...]struct{ cns, big5 int }{
	{0, 0}, {cnsIndex(0x53, 0x23), big5Index(0xad, 0x40)}, {cnsIndex(0x57, 0x53), big5Index(0xac, 0xfe)},
	{cnsIndex(0x57, 0x54), big5Index(0xaf, 0xd0)}, {cnsIndex(0x6b, 0x50), big5Index(0xbe, 0x52)},
	{cnsIndex(0x6b, 0x51), big5Index(0xbb, 0xc8)}, {cnsIndex(0x6f, 0x5c), big5Index(0xbe, 0x53)},
	{cnsIndex(0x75, 0x35), big5Index(0xc2, 0xcb)}, {cnsIndex(0x75, 0x36), big5Index(0xc1, 0xab)},
	{cnsIndex(0x77, 0x37), big5Index(0xc2, 0xcc)}, {cnsIndex(0x78, 0x2d), big5Index(0xc4, 0x56)},
	{cnsIndex(0x78, 0x2e), big5Index(0xc3, 0x61)}, {cnsIndex(0x78, 0x64), big5Index(0xc3, 0xba)},
	{cnsIndex(0x78, 0x65), big5Index(0xc3, 0xb9)}, {cnsIndex(0x78, 0x66), big5Index(0xc3, 0xbb)},
	{cnsIndex(0x79, 0x62), big5Index(0xc4, 0x57)},
}

// cnsIndex numbers the ideographs of plane 1, rows of 94.
func cnsIndex(hi, lo byte) int { return (int(hi)-0x44)*94 + int(lo) - 0x21 }

// big5Index numbers those of Big5, rows of 157.
func big5Index(hi, lo byte) int {
	column := int(lo) - 0x40
	if lo >= 0xa1 {
		column = int(lo) - 0xa1 + 63
	}
	return (int(hi)-0xa4)*157 + column
}

func big5OfCNS(hi, lo byte) []byte {
	n := cnsIndex(hi, lo)
	if n < 0 || n >= 5401 {
		return []byte{'?'} // symbols, and what plane 1 does not have
	}
	at := cnsMoves[0]
	for _, m := range cnsMoves {
		if m.cns > n {
			break
		}
		at = m
	}
	n += at.big5 - at.cns
	column := n % 157
	if column < 63 {
		return []byte{byte(0xa4 + n/157), byte(0x40 + column)}
	}
	return []byte{byte(0xa4 + n/157), byte(0xa1 + column - 63)}
}
