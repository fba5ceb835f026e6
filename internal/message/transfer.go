package message

import (
	"bytes"
	"errors"
	"math"
)

// ErrUnknownEncoding says that a Content-Transfer-Encoding is not known, so the
// body cannot be decoded (IMAP UNKNOWN-CTE, RFC 3516 §4.3).
var ErrUnknownEncoding = errors.New("message: unknown content transfer encoding")

// Decode gives the body of the part with its transfer encoding undone, for
// BINARY and JMAP. A body that needs no decoding is returned without a copy.
// Broken base64 or quoted-printable gives what can be read; only an unknown
// encoding is an error ([ErrUnknownEncoding]).
func (p *Part) Decode(raw []byte) ([]byte, error) {
	return decodeTransfer(p.Body(raw), p.Encoding, math.MaxInt)
}

// DecodePrefix is Decode for at most limit bytes of the result.
func (p *Part) DecodePrefix(raw []byte, limit int) ([]byte, error) {
	return decodeTransfer(p.Body(raw), p.Encoding, limit)
}

func decodeTransfer(body []byte, encoding string, limit int) ([]byte, error) {
	switch encoding {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return clipBytes(body, limit), nil
	case "base64":
		return appendBase64(nil, body, limit), nil
	case "quoted-printable":
		return decodeQuotedPrintable(body, limit), nil
	}
	return nil, ErrUnknownEncoding
}

func base64Value(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// appendBase64 decodes base64 and ignores everything else (RFC 2045 §6.8). Padding
// ends a group, not the text: some programs encode in pieces.
func appendBase64(dst, src []byte, limit int) []byte {
	if n := len(src)/4*3 + 3; dst == nil {
		dst = make([]byte, 0, min(n, limit))
	}
	var bits uint32
	n := 0
	for _, c := range src {
		v := base64Value(c)
		if v < 0 {
			if c == '=' {
				dst, n = flushBase64(dst, bits, n), 0
			}
			continue
		}
		bits = bits<<6 | uint32(v)
		if n++; n == 4 {
			dst, n = append(dst, byte(bits>>16), byte(bits>>8), byte(bits)), 0
			if len(dst) >= limit {
				return dst[:limit]
			}
		}
	}
	return clipBytes(flushBase64(dst, bits, n), limit)
}

func flushBase64(dst []byte, bits uint32, n int) []byte {
	switch n {
	case 2:
		return append(dst, byte(bits>>4))
	case 3:
		return append(dst, byte(bits>>10), byte(bits>>2))
	}
	return dst
}

func decodeQuotedPrintable(src []byte, limit int) []byte {
	dst := make([]byte, 0, min(len(src), limit))
	for pos := 0; pos < len(src) && len(dst) < limit; {
		end, next := lineAt(src, pos)
		line := bytes.TrimRight(src[pos:end], " \t")
		soft := false
		for i := 0; i < len(line); i++ {
			c := line[i]
			if c == '=' {
				if i+2 < len(line) && unhex(line[i+1]) >= 0 && unhex(line[i+2]) >= 0 {
					c = byte(unhex(line[i+1])<<4 | unhex(line[i+2]))
					i += 2
				} else if i == len(line)-1 {
					soft = true
					break
				}
			}
			dst = append(dst, c)
		}
		if !soft {
			dst = append(dst, src[end:next]...)
		}
		pos = next
	}
	return clipBytes(dst, limit)
}
