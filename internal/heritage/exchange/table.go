package exchange

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"postroom"
	"postroom/internal/heritage"
)

// maxFile is the longest file that is read, in bytes.
const maxFile = 256 << 20

// table reads a CSV file as Export-Csv writes it, or a spreadsheet after it: a
// #TYPE line or none, UTF-8 or UTF-16, commas, semicolons or tabs.
func (r *Reader) table(name string, in io.Reader, needs []string, take func(row)) error {
	raw, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return err
	}
	if len(raw) > maxFile {
		return postroom.Errorf(postroom.TooLarge, "%s is too large: at most %d MB", name, maxFile>>20)
	}
	text := decode(raw)
	skipped := 0
	for bytes.HasPrefix(text, []byte("#TYPE")) || bytes.HasPrefix(text, []byte(`"#TYPE`)) || bytes.HasPrefix(text, []byte("sep=")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
		skipped++
	}
	reader := csv.NewReader(bufio.NewReader(bytes.NewReader(text)))
	reader.Comma, reader.FieldsPerRecord = separator(text), -1
	header, err := reader.Read()
	if err != nil {
		return postroom.Errorf(postroom.Invalid, "%s is no CSV file with a header", name)
	}
	for i, h := range header {
		header[i] = strings.ToLower(strings.TrimSpace(h))
	}
	if !slices.ContainsFunc(needs, func(n string) bool { return slices.Contains(header, n) }) {
		return postroom.Errorf(postroom.Invalid, "%s has no column %s", name, needs[0])
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			// The quotes do not pair: what belongs to which row is not known.
			return postroom.Errorf(postroom.Invalid, "cannot read %s: line %d: %v", name, bad.StartLine+skipped, bad.Err)
		}
		if err != nil {
			return err
		}
		line, _ := reader.FieldPos(0)
		w := row{Place: heritage.Place{File: name, Line: line + skipped}, text: strings.Join(record, ", "), cells: map[string]string{}}
		if len(record) != len(header) {
			r.estate.Remark(w.Place, heritage.Refused, w.text, "this row has other columns than the first one says")
			continue
		}
		for i, h := range header {
			w.cells[h] = record[i]
		}
		take(w)
	}
}

// decode makes UTF-8 of it; without a mark it is UTF-8 already.
func decode(raw []byte) []byte {
	switch {
	case bytes.HasPrefix(raw, []byte{0xef, 0xbb, 0xbf}):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		return wide(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return wide(raw[2:], binary.BigEndian)
	}
	return bytes.ToValidUTF8(raw, []byte("�"))
}

func wide(raw []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(raw)/2)
	for ; len(raw) >= 2; raw = raw[2:] {
		units = append(units, order.Uint16(raw))
	}
	return []byte(string(utf16.Decode(units)))
}

// separator is the one of which the header has most.
func separator(text []byte) rune {
	header, _, _ := bytes.Cut(text, []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(header, []byte(string(c))) > bytes.Count(header, []byte(string(best))) {
			best = c
		}
	}
	return best
}

// truths are the words for yes and no, in the languages in which a spreadsheet
// writes them.
var truths = map[string]bool{
	"true": true, "wahr": true, "vrai": true, "verdadero": true, "vero": true, "waar": true, "verdadeiro": true, "prawda": true, "1": true,
	"false": false, "falsch": false, "faux": false, "falso": false, "onwaar": false, "fałsz": false, "0": false, "": false,
}

// truth is the meaning of a cell; ok is false when it is not known.
func truth(text string) (yes, ok bool) {
	yes, ok = truths[strings.ToLower(strings.TrimSpace(text))]
	return yes, ok
}
