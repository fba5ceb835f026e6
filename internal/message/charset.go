package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// DecodeCharset makes text of bytes in the named charset. A charset that is
// missing, unknown or us-ascii is guessed: UTF-8 if the bytes are valid UTF-8,
// else windows-1252. The result is always valid UTF-8.
func DecodeCharset(b []byte, charset string) string {
	charset = charsetName(charset)
	switch charset {
	case "", "us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit", "x-unknown", "binary", "8bit", "7bit":
		return guess(b)
	case "utf-7", "unicode-1-1-utf-7", "unicode-2-0-utf-7":
		return decodeUTF7(b)
	case "iso-2022-kr":
		return decodeISO2022(b, eucKR)
	case "iso-2022-cn", "iso-2022-cn-ext":
		return decodeISO2022(b, eucCN)
	}
	if e := lookupCharset(charset); e != nil {
		if out, err := e.NewDecoder().Bytes(b); err == nil {
			return validUTF8(out)
		}
	}
	return guess(b)
}

// charsetName reduces a label to what the tables know: RFC 2231 language and
// quotes go, case goes.
func charsetName(label string) string {
	label, _, _ = strings.Cut(label, "*")
	return strings.ToLower(strings.Trim(label, " \t\"'"))
}

func lookupCharset(name string) encoding.Encoding {
	switch name {
	// Mail programs use names of their own, and mean more than they say.
	case "cp932", "ms932", "windows-31j", "x-ms-cp932", "shift-jis", "sjis", "x-sjis", "shift_jis":
		return japanese.ShiftJIS
	case "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-2004",
		"iso-2022-jp-ms", "cp50220", "cp50221", "cp50222", "csiso2022jp":
		return japanese.ISO2022JP
	case "cp949", "ms949", "x-windows-949", "windows-949", "uhc", "ks_c_5601-1987", "ks_c_5601",
		"ksc5601", "ks_c_5601-1989", "ksc_5601", "euc_kr", "euckr", "johab":
		return korean.EUCKR
	case "gb2312", "cp936", "ms936", "windows-936", "x-gbk", "gb_2312-80", "euc-cn", "gb18030-2000",
		"gb2312-80", "gb18030", "gbk":
		return simplifiedchinese.GB18030
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312
	case "cp950", "ms950", "windows-950", "big-5", "big5-hkscs", "big5hkscs", "x-x-big5", "big5-eten":
		return traditionalchinese.Big5
	case "utf-16", "utf16", "ucs-2", "iso-10646-ucs-2":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-32", "ucs-4":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "cp-850", "ibm850", "cp850":
		return charmap.CodePage850
	case "latin-1", "latin1", "iso8859-1", "8859_1", "iso_8859-1":
		return charmap.Windows1252
	}
	if n, ok := strings.CutPrefix(name, "cp125"); ok {
		name = "windows-125" + n
	}
	if n, ok := strings.CutPrefix(name, "iso8859-"); ok {
		name = "iso-8859-" + n
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e
	}
	return nil
}

func guess(b []byte) string {
	if utf8.Valid(b) {
		return string(bytes.TrimPrefix(b, []byte("\ufeff")))
	}
	if mostlyUTF8(b) {
		return validUTF8(b)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return validUTF8(b)
	}
	return validUTF8(out)
}

// mostlyUTF8 says whether text is UTF-8 with a few broken places (cut off, or
// mangled on the way) and not of another charset.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		b = b[n:]
	}
	return good > 2*bad
}

func validUTF8(b []byte) string { return strings.ToValidUTF8(string(b), "\ufffd") }

// decodeUTF7 decodes RFC 2152; what is not UTF-7 stays as it is.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b); {
		if b[i] != '+' {
			j := bytes.IndexByte(b[i:], '+')
			if j < 0 {
				j = len(b) - i
			}
			out.WriteString(guess(b[i : i+j]))
			i += j
			continue
		}
		i++
		if i < len(b) && b[i] == '-' {
			out.WriteByte('+')
			i++
			continue
		}
		start := i
		var bits, n uint32
		var units []uint16
		for ; i < len(b); i++ {
			v := base64Value(b[i])
			if v < 0 {
				break
			}
			bits, n = bits<<6|uint32(v), n+6
			if n >= 16 {
				n -= 16
				units = append(units, uint16(bits>>n))
			}
		}
		if i == start {
			out.WriteByte('+')
			continue
		}
		writeUTF16(&out, units)
		if i < len(b) && b[i] == '-' {
			i++
		}
	}
	return out.String()
}

func writeUTF16(out *strings.Builder, units []uint16) {
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if r >= 0xd800 && r < 0xdc00 && i+1 < len(units) && units[i+1] >= 0xdc00 && units[i+1] < 0xe000 {
			i++
			r = (r-0xd800)<<10 + rune(units[i]) - 0xdc00 + 0x10000
		}
		out.WriteRune(r) // a lone surrogate becomes U+FFFD
	}
}
