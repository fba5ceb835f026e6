package storetest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// glimpser is ben before info@ on one node, who has been there before.
type glimpser struct {
	store *store.Store
	*store.Session
	box  *store.Mailbox
	mail *store.Mail
	info postroom.Account
}

// glimpses are questions that are answered by what is in memory, if that is of the
// present. Each answer is told in words.
var glimpses = map[string]func(context.Context, glimpser) (string, error){
	"View": func(ctx context.Context, g glimpser) (string, error) {
		v, err := g.box.View(ctx)
		if err != nil {
			return "", err
		}
		return fmt.Sprint(v.Path, v.Rights, v.Unseen, v.Items), nil
	},
	"Status": func(ctx context.Context, g glimpser) (string, error) {
		c, have, err := g.box.Status(ctx)
		return fmt.Sprintf("%+v %v", c, have), err
	},
	"Open": func(ctx context.Context, g glimpser) (string, error) {
		o, err := g.Session.Open(ctx, g.info.Address, "/Inbox/a", store.ReadWrite, nil)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%+v %v %v", o.View.Collection, o.View.Rights, o.View.Items), nil
	},
	"Mail": func(ctx context.Context, g glimpser) (string, error) {
		_, err := g.Session.Mail(ctx, g.info.ID)
		return "", err
	},
	"ReadOnly": func(ctx context.Context, g glimpser) (string, error) {
		only, err := g.mail.ReadOnly(ctx)
		return fmt.Sprint(only), err
	},
	"IndexMark": func(ctx context.Context, g glimpser) (string, error) {
		mark, state, err := g.mail.IndexMark(ctx)
		return fmt.Sprint(mark, state), err
	},
	"Index": func(ctx context.Context, g glimpser) (string, error) {
		x, err := g.mail.Index(ctx, store.WithTexts)
		if err != nil {
			return "", err
		}
		words := fmt.Sprintf("%+v %s", x.Mark, x.State)
		for i := range x.Rows {
			r := &x.Rows[i]
			words += fmt.Sprintf("\n%+v %d %d %d", *r, x.Rank(r, store.ByFrom), x.Rank(r, store.ByTo), x.Rank(r, store.BySubject))
		}
		return words, nil
	},
	"Traits": func(ctx context.Context, g glimpser) (string, error) {
		all, err := g.box.Traits(ctx)
		return fmt.Sprintf("%+v", all), err
	},
}

// ask puts a question; a refusal is an answer.
func (g glimpser) ask(t *testing.T, question string) string {
	t.Helper()
	answer, err := glimpses[question](t.Context(), g)
	if err != nil {
		return "refused: " + err.Error()
	}
	return answer
}

// What is answered by what is in memory is what would be answered without it,
// whatever happened just before on whichever node: a message that came moves the
// account's ModSeq alone, a name or a read state of one's own its tree, a group
// or a lock the epoch of the rights.
func TestGlimpses(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testGlimpses(t, storetest.Open(t, func(*store.Options) {})) })
	t.Run("postgres, two nodes", func(t *testing.T) {
		url := storetest.Database(t)
		set := func(o *store.Options) { o.DatabaseURL = url }
		testGlimpses(t, storetest.Open(t, set), storetest.Open(t, set))
	})
}

func testGlimpses(t *testing.T, nodes ...*store.Store) {
	h := storetest.NewHouse(t, nodes[0])
	d, ctx := h.Console.Directory(), t.Context()
	anna := h.SignIn("anna")
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, postroom.AllRights)
	ref, err := anna.CreateCollection(ctx, h.Info.Address, "/Inbox/a", store.NewCollection{})
	must(t, err)
	mail, err := anna.Mail(ctx, h.Info.ID)
	must(t, err)
	crew, err := d.CreateGroup(ctx, postroom.Group{Address: "crew@example.test"})
	must(t, err)
	must(t, d.PutGrant(ctx, postroom.Grant{Target: ref, Grantee: postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(crew.ID)}, Rights: rights.Reviewer}))
	join := func() { must(t, d.AddMembers(ctx, crew.ID, []string{h.Ben.Address})) }
	join()
	letters := 0
	insert := func() {
		letters++
		raw := fmt.Sprintf("Subject: %d\r\nFrom: %c <x@y.test>\r\n\r\nx\r\n", 9-letters%9, 'a'+letters%5)
		_, err := mail.Insert(ctx, store.NewEmail{Raw: strings.NewReader(raw), Size: int64(len(raw)), Mailboxes: []postroom.CollectionID{ref.Collection}})
		must(t, err)
	}
	insert()
	account := func(set func(*postroom.Account)) {
		a, err := d.Account(ctx, h.Ben.Address)
		must(t, err)
		set(&a)
		must(t, d.UpdateAccount(ctx, a))
	}
	seen := func(mode postroom.SeenMode) { must(t, d.SetSeen(ctx, ref, mode)) }
	nothing := func() {}
	acts := []struct {
		name     string
		do, undo func()
	}{
		{"nothing", nothing, nothing},
		{"a message", insert, nothing},
		{"another name", func() { must(t, anna.RenameCollection(ctx, ref, "/Inbox/b")) }, func() { must(t, anna.RenameCollection(ctx, ref, "/Inbox/a")) }},
		{"a read state of one's own", func() { seen(postroom.SeenPerUser) }, func() { seen(postroom.SeenShared) }},
		{"out of the group", func() { must(t, d.RemoveMembers(ctx, crew.ID, []string{h.Ben.Address})) }, join},
		{"a further grant", func() { h.Grant(ref, h.Ben, rights.Editor) }, func() { h.Revoke(ref, h.Ben) }},
		{"locked", func() { account(func(a *postroom.Account) { a.State = postroom.Locked }) }, func() { account(func(a *postroom.Account) { a.State = postroom.Active }) }},
	}
	moved := make(map[string]bool)
	for n, node := range nodes {
		at := *h
		at.Store = node
		g := glimpser{store: node, Session: at.SignIn("ben"), info: h.Info}
		g.box = at.Open(g.Session, h.Info, "/Inbox/a")
		g.mail, err = g.Session.Mail(ctx, h.Info.ID)
		must(t, err)
		for _, act := range acts {
			for question := range glimpses {
				before := g.ask(t, question)
				if again := g.ask(t, question); again != before {
					t.Errorf("node %d, %s: told %s, then %s", n, question, before, again)
				}
				act.do()
				told := g.ask(t, question)
				store.Forget(node)
				if anew := g.ask(t, question); told != anew {
					t.Errorf("node %d, %s, %s: told\n%s\nand there is\n%s", n, act.name, question, told, anew)
				}
				moved[act.name] = moved[act.name] || told != before
				act.undo()
			}
		}
	}
	for _, act := range acts {
		if moved[act.name] == (act.name == "nothing") {
			t.Errorf("%s: an answer moves: %t", act.name, moved[act.name])
		}
	}
}
