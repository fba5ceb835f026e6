package migration

import (
	"strings"

	"postroom"
)

// roleNames are the names under which mail programs keep their special
// mailboxes, in lower case.
var roleNames = map[string]postroom.Role{
	"inbox": postroom.RoleInbox,
	"sent":  postroom.RoleSent, "sent items": postroom.RoleSent, "sent messages": postroom.RoleSent,
	"sent mail": postroom.RoleSent, "sent-mail": postroom.RoleSent,
	"drafts": postroom.RoleDrafts, "draft": postroom.RoleDrafts,
	"trash": postroom.RoleTrash, "deleted items": postroom.RoleTrash, "deleted messages": postroom.RoleTrash,
	"junk": postroom.RoleJunk, "spam": postroom.RoleJunk, "junk e-mail": postroom.RoleJunk, "junk email": postroom.RoleJunk,
	"archive": postroom.RoleArchive, "archives": postroom.RoleArchive,
}

// rolePaths are where mailboxes with a role are made when there are none.
var rolePaths = map[postroom.Role]string{
	postroom.RoleInbox: "/Inbox", postroom.RoleSent: "/Sent", postroom.RoleDrafts: "/Drafts",
	postroom.RoleTrash: "/Trash", postroom.RoleJunk: "/Junk", postroom.RoleArchive: "/Archive",
}

// folderOf turns the names of a mailbox from elsewhere, outermost first, into a
// folder. below is the path all of them are put under; without one ("" or "/")
// special mailboxes go to those of the account. role is what the other side
// says about it.
func folderOf(names []string, role postroom.Role, below string) Folder {
	below = strings.TrimSuffix(below, "/")
	if role == postroom.RoleNone && len(names) == 1 {
		role = roleNames[strings.ToLower(names[0])]
	}
	if below == "" && role != postroom.RoleNone {
		return Folder{Path: rolePaths[role], Role: role}
	}
	if role == postroom.RoleInbox {
		return Folder{Path: below}
	}
	clean := make([]string, len(names))
	for i, n := range names {
		clean[i] = cleanName(n)
	}
	// What lies below another's inbox lies below this one's.
	if below == "" && strings.EqualFold(clean[0], "inbox") {
		clean[0] = "Inbox"
	}
	return Folder{Path: below + "/" + strings.Join(clean, "/")}
}

// cleanName makes one name fit to be a part of a path.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '/' || r == 0x2028 || r == 0x2029 || r == 0xfffd {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = strings.TrimSpace(name)
	if name == "" {
		return "_"
	}
	return name
}
