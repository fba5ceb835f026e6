package imageproxy

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
)

func TestNamed(t *testing.T) {
	tests := []struct {
		html string
		want []string
	}{
		{`<img src="https://a.test/1.png?x=1&amp;y=2"><IMG SRC=http://a.test/2>`, []string{"https://a.test/1.png?x=1&y=2", "http://a.test/2"}},
		{`<img src=" //a.test/3&#10;"><img src='HTTPS://a.test/4'/>`, []string{"https://a.test/3", "HTTPS://a.test/4"}},
		{`<table background="http://a.test/5"><td style="color:red;background:URL( 'http://a.test/6' ) no-repeat">`, []string{"http://a.test/5", "http://a.test/6"}},
		{`<p style='background:url("http://a.test/7"),url(http://a.test/8)'>`, []string{"http://a.test/7", "http://a.test/8"}},
		{`<img src="cid:x"><img src="data:image/png;base64,AAAA"><img src="/x"><img src="file:///etc/passwd"><img src="ftp://a.test/">`, nil},
		{`<a href="http://a.test/">http://a.test/</a><script src="http://a.test/s"></script><iframe src="http://a.test/f"><!-- <img src=http://a.test/c> -->`, nil},
		{`<img src="http://a.test/9"><img src="http://a.test/9">`, []string{"http://a.test/9"}},
		{`<img src="http://a.test/` + strings.Repeat("x", MaxURL) + `">`, nil},
	}
	for _, test := range tests {
		if got := Named(test.html); !slices.Equal(got, test.want) {
			t.Errorf("%.80s: %q", test.html, got)
		}
	}
	if n := len(Named(strings.Repeat(`<img src="http://a.test/1"><img src="http://a.test/2">`, 600))); n != 2 {
		t.Error(n)
	}
}

func TestKinds(t *testing.T) {
	pixels := image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.Black, color.White})
	var g, j bytes.Buffer
	if err := errors.Join(gif.Encode(&g, pixels, nil), jpeg.Encode(&j, pixels, nil)); err != nil {
		t.Fatal(err)
	}
	webp := func(form, rest string) string {
		return "RIFF\x40\x00\x00\x00WEBP" + form + "\x0a\x00\x00\x00" + rest + strings.Repeat("\x00", 12)
	}
	tests := []struct{ data, want string }{
		{g.String(), "image/gif"},
		{j.String(), "image/jpeg"},
		{webp("VP8X", "\x00\x00\x00\x00\xff\x00\x00\x01\x00\x00"), "image/webp"},
		{webp("VP8X", "\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff"), ""}, // many pixels
		{webp("VP8 ", "\x00\x00\x00\x9d\x01\x2a\x10\x00\x10\x00"), "image/webp"},
		{webp("VP8 ", "\x00\x00\x00\x9d\x01\x2a\x00\x00\x10\x00"), ""},
		{webp("VP8L", "\x2f\x01\x40\x00\x00"), "image/webp"},
		{webp("XMP ", "<script>"), ""},
		{"RIFF\x00\x00\x00\x00WEBP", ""},
		{"GIF89a", ""},
		{"BM\x00\x00", ""},
		{"<svg xmlns='http://www.w3.org/2000/svg'/>", ""},
	}
	for _, test := range tests {
		if kind, ok := kindOf([]byte(test.data)); ok != (test.want != "") || ok && kind != test.want {
			t.Errorf("%.40q: %s, %t", test.data, kind, ok)
		}
	}
}

func FuzzNamed(f *testing.F) {
	f.Add(`<img src="http://a.test/1">`)
	f.Add(`<td background=//a.test/2 style="x:url('http://a.test/3')`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, address := range Named(text) {
			if Spelled(address) != address || len(address) > MaxURL {
				t.Errorf("%q names %q", text, address)
			}
		}
	})
}

func FuzzKind(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x00\x00\xff\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if kind, ok := kindOf(data); ok && kind == "" {
			t.Errorf("%q", data)
		}
	})
}
