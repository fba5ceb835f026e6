// Package web holds the web client as `npm run build` left it in dist, so that
// one binary has all of it. A binary built without the bundle has none, and
// says so.
package web

import (
	"embed"
	"io/fs"
)

// dist holds at least .keep, so that Go code builds without Node.
//
//go:embed all:dist
var dist embed.FS

// Index is the page that loads the client.
const Index = "index.html"

// Files is the bundle: index.html, and under assets/ files whose names change
// with their contents, beside each its compressed forms (.br, .gz). ok is
// false when this binary was built without it.
func Files() (files fs.FS, ok bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil { // the path is a constant: cannot be
		return nil, false
	}
	_, err = fs.Stat(files, Index)
	return files, err == nil
}
