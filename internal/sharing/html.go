package sharing

import (
	"html"
	"net/url"
	"strings"
)

// No colours but those that the reader's program chooses, light or dark; the
// grey of the foot is readable on both. Styles stand in attributes, as many
// programs drop a style sheet.
const (
	pageStyle = `style="color-scheme:light dark"`
	bodyStyle = `style="font:16px/1.5 sans-serif;max-width:40em;margin:1.5em auto;padding:0 1em"`
	listStyle = `style="padding-left:1.2em"`
	itemStyle = `style="margin:.5em 0"`
	footStyle = `style="color:#767676;font-size:.875em"`
)

// asHTML writes a notice as a page. Every value is escaped.
func asHTML(lang, title string, blocks []block) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="` + lang + `" ` + pageStyle + `><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>` +
		html.EscapeString(title) + "</title></head>\n<body " + bodyStyle + ">\n")
	for i, bl := range blocks {
		style := ""
		if i == len(blocks)-1 {
			style = " " + footStyle
		}
		text := strings.ReplaceAll(html.EscapeString(bl.text), "\n", "<br>\n")
		if bl.link != "" {
			text = `<a href="` + text + `">` + html.EscapeString(bl.link) + "</a><br><small>" + text + "</small>"
		}
		b.WriteString("<p" + style + ">" + text + "</p>\n")
		if len(bl.items) == 0 {
			continue
		}
		b.WriteString("<ul " + listStyle + ">\n")
		for _, it := range bl.items {
			head := html.EscapeString(it.head)
			if it.link != "" {
				head = `<a href="mailto:` + url.PathEscape(it.link) + `">` + head + "</a>"
			}
			b.WriteString("<li " + itemStyle + "><strong>" + head + "</strong>")
			for _, l := range it.lines {
				b.WriteString("<br>" + html.EscapeString(l))
			}
			b.WriteString("</li>\n")
		}
		b.WriteString("</ul>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}
