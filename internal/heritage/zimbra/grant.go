package zimbra

import (
	"maps"
	"slices"
	"strings"
	"time"

	"postroom/internal/heritage"
)

// mailbox is what is known of one account's folders.
type mailbox struct {
	owner  string
	layers map[string]*heritage.Layer // by path, lower case
	unsure map[string]*folder         // listed without a row
	// inherits are folders of which the flags say so. Zimbra closes each that
	// has grants of its own; what this server prints may do both.
	inherits map[string]bool
	tree     bool // flags were told
}

// folderGrants adds the grants of folders, and closes those that must not have
// what comes from above.
func (b *builder) folderGrants() {
	boxes := map[string]*mailbox{}
	box := func(owner string) *mailbox {
		m := boxes[strings.ToLower(owner)]
		if m == nil {
			m = &mailbox{owner: owner, layers: map[string]*heritage.Layer{}, unsure: map[string]*folder{},
				inherits: map[string]bool{}}
			boxes[strings.ToLower(owner)] = m
		}
		return m
	}
	for i := range b.folders {
		box(b.folders[i].owner).know(&b.folders[i])
	}
	ends := map[string]int64{}
	for _, s := range b.shares {
		if s.fromIndex && s.expires != 0 {
			ends[strings.ToLower(s.owner+s.path+"\x00"+s.name)] = s.expires
		}
	}
	for _, s := range b.shares {
		if s.expires == 0 {
			s.expires = ends[strings.ToLower(s.owner+s.path+"\x00"+s.name)]
		}
		b.folderGrant(box(s.owner), s)
	}
	for _, name := range slices.Sorted(maps.Keys(boxes)) {
		b.close(boxes[name])
	}
}

// know notes a folder before its grants.
func (m *mailbox) know(f *folder) {
	key := strings.ToLower(f.path)
	switch {
	case f.flags:
		m.tree = true
		if l := m.layers[key]; f.closed && l == nil {
			m.layers[key] = &heritage.Layer{Place: f.Place, Path: f.path, Own: true}
		}
		if !f.closed {
			m.inherits[key] = true
		}
	case f.listed:
		if _, known := m.unsure[key]; !known && f.path != "/" {
			m.unsure[key] = f
		}
	}
}

func (b *builder) folderGrant(m *mailbox, s share) {
	word, person, why := b.grantee(granteeKinds[strings.ToLower(s.kind)], s.name, s.id)
	key := strings.ToLower(s.path)
	l := m.layers[key]
	if l == nil {
		l = &heritage.Layer{Place: s.Place, Path: s.path, Own: true}
		m.layers[key] = l
	}
	if why != "" {
		// The list is there all the same: what is above does not reach it.
		b.remark(s.Place, heritage.Refused, s.row, why)
		return
	}
	l.Grantees = append(l.Grantees, word)
	perms := strings.ReplaceAll(s.perms, "c", "")
	step := heritage.Step{Place: s.Place, Act: heritage.PutGrant, Target: s.owner + ":" + s.path, Grantee: word, Person: person, Rights: perms}
	if s.expires != 0 {
		until := time.UnixMilli(s.expires).UTC()
		step.Until = &until
	}
	switch {
	case word == "org" && granteeKinds[strings.ToLower(s.kind)] == "all":
		b.remark(s.Place, heritage.Differs, s.row, "all becomes org: everybody of this organisation, not of others on the same server")
	case strings.HasPrefix(word, "guest:"):
		b.remark(s.Place, heritage.Differs, s.row, "the guest's password is not taken: a guest here gets a secret link")
	case strings.Contains(perms, "a") && strings.Contains(word, ":"):
		b.remark(s.Place, heritage.Differs, s.row, "the right to administer is only of persons and groups and is left out")
		step.Rights = strings.ReplaceAll(perms, "a", "")
	}
	if perms == "" && person {
		b.remark(s.Place, heritage.Differs, s.row, "an empty grant closes the folder for this person also against what groups have")
	}
	b.estate.Add(step)
}

// close adds the steps that keep what is above from reaching a folder.
func (b *builder) close(m *mailbox) {
	for key, f := range m.unsure {
		if m.layers[key] == nil && !m.inherits[key] {
			m.layers[key] = &heritage.Layer{Place: f.Place, Path: f.path, Own: true}
		} else {
			delete(m.unsure, key)
		}
	}
	var layers []heritage.Layer
	for _, key := range slices.Sorted(maps.Keys(m.layers)) {
		l := *m.layers[key]
		l.Own = !m.inherits[key]
		layers = append(layers, l)
	}
	closed := heritage.Closed(layers)
	for _, l := range layers {
		if l.Path != "/" && (len(l.Grantees) > 0 || slices.ContainsFunc(closed, func(c heritage.Layer) bool { return c.Path == l.Path })) {
			b.estate.Add(heritage.Step{Place: l.Place, Act: heritage.MakeFolder, Target: m.owner + ":" + l.Path})
		}
	}
	for _, l := range closed {
		why := "the nearest folder with grants decides alone there: this one is closed here to what comes from above"
		if m.unsure[strings.ToLower(l.Path)] != nil {
			why = "whether this folder is closed is not told by getFolderGrant: it is closed here. Give what \"zmmailbox -z -m ADDRESS gaf -v\" prints too"
		}
		b.remark(l.Place, heritage.Differs, m.owner+":"+l.Path, why)
		b.estate.Add(heritage.Step{Place: l.Place, Act: heritage.Close, Target: m.owner + ":" + l.Path})
	}
	if root := m.layers["/"]; root != nil && !m.tree {
		b.remark(root.Place, heritage.Differs, m.owner, "folders of which nothing was read inherit here what is given on /: one that is closed there is told by \"zmmailbox -z -m ADDRESS gaf -v\"")
	}
}
