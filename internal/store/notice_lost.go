package store

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/rights"
)

// tellLosses tells somebody what they no longer reach, because they have left a
// group or something was deleted. What they still have in another way is not
// among it.
func (t *teller) tellLosses(who *principal) (n Notice, tell bool, err error) {
	now := groupsOf(who.subject)
	for _, e := range t.row.entries {
		was := *who
		switch member := slices.Contains(e.Loss.People, who.account.ID); {
		case member:
			was.subject = rights.NewSubject(&who.account, slices.Concat(now, e.Loss.Groups))
		case slices.ContainsFunc(e.Loss.Grantees, who.subject.Is):
		default:
			continue
		}
		// Who leaves by themselves is told what that meant; who deletes knows.
		if e.By == who.account.ID && e.Loss.Kind != GroupLeft {
			continue
		}
		if n.By, err = t.by(e.By); err != nil {
			return n, false, err
		}
		n.Kind, n.Group = e.Loss.Kind, e.Loss.Name
		for i := range e.Loss.Targets {
			l := &e.Loss.Targets[i]
			if l.Share.Target.Account == who.account.ID {
				continue
			}
			lost, err := t.lost(l, &was, who)
			if err != nil {
				return n, false, err
			}
			if !lost.nothing() {
				n.add(lost)
				n.Folder = l.Folder != ""
			}
		}
	}
	sorted(n.Shares, func(s *NoticeShare) string { return s.Address })
	return n, len(n.Shares) > 0, nil
}

// groupsOf lists the groups among the identities of a subject.
func groupsOf(s *rights.Subject) (groups []postroom.GroupID) {
	for _, g := range s.Identities() {
		if g.Kind == postroom.GranteeGroup {
			groups = append(groups, postroom.GroupID(g.ID))
		}
	}
	return groups
}

// add puts a share into a notice, as one with what is there of the same target.
func (n *Notice) add(s NoticeShare) {
	i := slices.IndexFunc(n.Shares, func(o NoticeShare) bool { return o.Target == s.Target })
	if i < 0 {
		n.Shares = append(n.Shares, s)
		return
	}
	for _, f := range s.Folders {
		if !slices.ContainsFunc(n.Shares[i].Folders, func(o NoticeFolder) bool { return o.Path == f.Path }) {
			n.Shares[i].Folders = append(n.Shares[i].Folders, f)
		}
	}
	for _, r := range s.Send {
		if !slices.ContainsFunc(n.Shares[i].Send, func(o NoticeSend) bool { return o.Right == r.Right }) {
			n.Shares[i].Send = append(n.Shares[i].Send, r)
		}
	}
}

// lost is what somebody had on a target, as they were, and has no more.
func (t *teller) lost(l *lostTarget, was, now *principal) (NoticeShare, error) {
	had := l.target().heldBy(was, t.row.created)
	have := NoticeShare{}
	target, err := t.target(l.Share.Target)
	switch {
	case err == nil:
		have = target.heldBy(now, t.now)
		had.Address, had.Name = target.share.Address, target.share.Name
	case postroom.KindOf(err) != postroom.NotFound:
		return had, err
	}
	if l.Folder != "" {
		had.Send = nil
	}
	folders := had.Folders
	had.Folders = nil
	for _, f := range folders {
		if l.Folder != "" && f.Path != l.Folder {
			continue
		}
		if l.Folder == "" {
			f.Rights &^= have.on(f.Path)
		}
		if f.Rights != postroom.NoRights {
			had.Folders = append(had.Folders, f)
		}
	}
	had.Send = slices.DeleteFunc(had.Send, func(s NoticeSend) bool {
		return slices.ContainsFunc(have.Send, func(h NoticeSend) bool {
			return h.Right == s.Right || s.Right == postroom.SendOnBehalfOf && h.Right == postroom.SendAs
		})
	})
	return had, nil
}

// on is the rights on a path: those of the nearest folder of the share that
// holds it.
func (s *NoticeShare) on(path string) (r postroom.Rights) {
	nearest := -1
	for _, f := range s.Folders {
		holds := f.Path == "/" || f.Path == path || strings.HasPrefix(path, f.Path+"/")
		if holds && len(f.Path) > nearest {
			nearest, r = len(f.Path), f.Rights
		}
	}
	return r
}
