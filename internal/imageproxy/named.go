package imageproxy

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxNamed bounds the pictures of one message.
const maxNamed = 500

var styleURL = regexp.MustCompile(`(?i)url\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]*))\s*\)`)

// Named lists the addresses of the pictures that HTML names elsewhere, each
// once, in their order and as they are written: sources of images, backgrounds,
// and what a style attribute has in url(). At most 500.
func Named(text string) (all []string) {
	add := func(address string) {
		address = Spelled(address)
		if address != "" && len(all) < maxNamed && !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	tokens := html.NewTokenizer(strings.NewReader(text))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return all
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := tokens.TagName()
			image := string(name) == "img" || string(name) == "image"
			for more {
				var key, value []byte
				key, value, more = tokens.TagAttr()
				switch k := string(key); {
				case k == "src" && image, k == "background":
					add(string(value))
				case k == "style":
					for _, m := range styleURL.FindAllStringSubmatch(string(value), maxNamed) {
						add(m[1] + m[2] + m[3])
					}
				}
			}
		}
	}
}

// Spelled is how an address is asked for: without the white space around it,
// and with the scheme where that is left out; empty for what is not fetched.
func Spelled(address string) string {
	address = strings.Trim(address, " \t\r\n\f")
	if strings.HasPrefix(address, "//") {
		address = "https:" + address
	}
	lower := strings.ToLower(address[:min(len(address), 8)])
	if len(address) > MaxURL || !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
		return ""
	}
	return address
}
