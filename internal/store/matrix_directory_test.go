package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// try is one try of an operation of the directory: on an account and a group
// made for it. For the actor "self" the account is the actor's own; it owns the
// group.
type try struct {
	ctx     context.Context
	d       *store.Directory
	w       *town
	account postroom.Account
	group   postroom.Group
	n       int
}

func (c try) ref() postroom.CollectionRef {
	return postroom.CollectionRef{Account: c.account.ID, Collection: postroom.InboxCollection}
}

func (c try) target() postroom.SendTarget { return postroom.SendTarget{Account: c.account.ID} }
func (c try) list() postroom.SendTarget   { return postroom.SendTarget{Group: c.group.ID} }

func (c try) name(format string) string { return fmt.Sprintf(format, c.n) }

func ignore[T any](_ T, err error) error { return err }

// directoryOperations are the rows; what they need is made by the console.
var directoryOperations = slices.Concat(directoryRows, signInOperations)

type directoryOperation struct {
	name string
	try  func(try) error
}

var directoryRows = []directoryOperation{
	// First, while there is little that a review is about.
	{"StartReview", func(c try) error {
		r, err := c.d.StartReview(c.ctx, store.ReviewSpec{Org: c.w.org.ID})
		_ = c.w.dir.CancelReview(c.ctx, r.ID)
		return err
	}},
	{"Reviews", func(c try) error { return ignore(c.d.Reviews(c.ctx)) }},
	{"Review", func(c try) error { return ignore(c.d.Review(c.ctx, c.review().Review)) }},
	{"ReviewItems", func(c try) error { return ignore(c.d.ReviewItems(c.ctx, c.review().Review, store.ReviewFilter{})) }},
	{"AnswerReview confirm", func(c try) error { return c.answer(c.review(), store.ConfirmAccess) }},
	{"AnswerReview revoke a grant", func(c try) error { return c.answer(c.review(), store.RevokeAccess) }},
	{"AnswerReview revoke a member", func(c try) error { return c.answer(c.reviewOfMember(), store.RevokeAccess) }},
	{"AnswerReview of another's", func(c try) error { return c.answer(c.reviewOfOther(), store.RevokeAccess) }},
	{"RemindReviewers", func(c try) error { return c.d.RemindReviewers(c.ctx, c.review().Review) }},
	{"CancelReview", func(c try) error { return c.d.CancelReview(c.ctx, c.review().Review) }},
	{"CreateOrganisation", func(c try) error { return ignore(c.d.CreateOrganisation(c.ctx, c.name("new %d"))) }},
	{"Organisation", func(c try) error { return ignore(c.d.Organisation(c.ctx, "Example")) }},
	{"Organisations", func(c try) error { return ignore(c.d.Organisations(c.ctx)) }},
	{"UpdateOrganisation", func(c try) error { return c.d.UpdateOrganisation(c.ctx, c.w.org) }},
	{"DeleteOrganisation", func(c try) error {
		o, err := c.w.dir.CreateOrganisation(c.ctx, c.name("gone %d"))
		c.w.must(err)
		return c.d.DeleteOrganisation(c.ctx, o.ID)
	}},
	{"Wordings", func(c try) error { return ignore(c.d.Wordings(c.ctx, c.w.org.ID)) }},
	{"SetWording", func(c try) error {
		return c.d.SetWording(c.ctx, postroom.Wording{Org: c.w.org.ID, Kind: "new", Locale: "en", Subject: "{{.What}}"})
	}},
	{"CreateDomain", func(c try) error { return ignore(c.d.CreateDomain(c.ctx, c.w.org.ID, c.name("d%d.test"))) }},
	{"Domain", func(c try) error { return ignore(c.d.Domain(c.ctx, "example.test")) }},
	{"Domains", func(c try) error { return ignore(c.d.Domains(c.ctx)) }},
	{"UpdateDomain", func(c try) error {
		dom, err := c.w.dir.Domain(c.ctx, "example.test")
		c.w.must(err)
		return c.d.UpdateDomain(c.ctx, dom)
	}},
	{"DeleteDomain", func(c try) error {
		dom, err := c.w.dir.CreateDomain(c.ctx, c.w.org.ID, c.name("gone%d.test"))
		c.w.must(err)
		return c.d.DeleteDomain(c.ctx, dom.ID)
	}},
	{"BreakGlass", func(c try) error {
		return c.d.BreakGlass(c.ctx, c.account.ID, c.w.ids["cleo"], c.w.clock.Now().Add(time.Hour), "a fire")
	}},
	{"CreatePlan", func(c try) error {
		return ignore(c.d.CreatePlan(c.ctx, postroom.Plan{Org: c.w.org.ID, Name: c.name("new %d")}))
	}},
	{"Plan", func(c try) error { return ignore(c.d.Plan(c.ctx, "nobody's")) }},
	{"Plans", func(c try) error { return ignore(c.d.Plans(c.ctx)) }},
	{"UpdatePlan", func(c try) error { return c.d.UpdatePlan(c.ctx, c.plan()) }},
	{"DeletePlan", func(c try) error { return c.d.DeletePlan(c.ctx, c.plan().ID) }},
	{"CreateAccount", func(c try) error {
		return ignore(c.d.CreateAccount(c.ctx, store.NewAccount{Address: c.name("new%d@example.test")}))
	}},
	{"CreateAccount of an administrator of the server", func(c try) error {
		return ignore(c.d.CreateAccount(c.ctx, store.NewAccount{Address: c.name("root%d@example.test"), Admin: postroom.ServerAdmin}))
	}},
	{"Account", func(c try) error { return ignore(c.d.Account(c.ctx, c.account.Address)) }},
	{"AccountByID", func(c try) error { return ignore(c.d.AccountByID(c.ctx, c.account.ID)) }},
	{"FindAccounts", func(c try) error {
		return ignore(c.d.FindAccounts(c.ctx, store.EntryFilter{Domain: "example.test", Text: "a"}))
	}},
	{"Accounts", func(c try) error { return ignore(c.d.Accounts(c.ctx, "example.test")) }},
	{"UpdateAccount settings", func(c try) error {
		c.account.Settings = map[string]string{"x": "y"}
		return c.d.UpdateAccount(c.ctx, c.account)
	}},
	{"UpdateAccount quota", func(c try) error {
		c.account.QuotaBytes = 1 << 30
		return c.d.UpdateAccount(c.ctx, c.account)
	}},
	{"UpdateAccount admin", func(c try) error {
		c.account.Admin = postroom.ServerAdmin
		return c.d.UpdateAccount(c.ctx, c.account)
	}},
	{"UpdateAccount login", func(c try) error {
		c.account.Login = false
		return c.d.UpdateAccount(c.ctx, c.account)
	}},
	{"Administrators", func(c try) error { return ignore(c.d.Administrators(c.ctx)) }},
	{"SetAdministrator help desk", func(c try) error {
		return c.d.SetAdministrator(c.ctx, c.other("desk").ID, postroom.OrgAdmin, postroom.ResetPasswords)
	}},
	{"SetAdministrator of an organisation", func(c try) error {
		return c.d.SetAdministrator(c.ctx, c.other("org").ID, postroom.OrgAdmin, 0)
	}},
	{"SetAdministrator who breaks glass", func(c try) error {
		return c.d.SetAdministrator(c.ctx, c.other("glass").ID, postroom.OrgAdmin, postroom.BreakGlass)
	}},
	{"SetAdministrator of the server", func(c try) error {
		return c.d.SetAdministrator(c.ctx, c.other("server").ID, postroom.ServerAdmin, postroom.SeeDirectory)
	}},
	{"SetPassword of an administrator of the organisation", func(c try) error {
		a, err := c.w.dir.CreateAccount(c.ctx, store.NewAccount{Address: c.name("chief%d@example.test"), Admin: postroom.OrgAdmin})
		c.w.must(err)
		return c.d.SetPassword(c.ctx, a.ID, password)
	}},
	{"PutGrant on an administrator of the organisation", func(c try) error {
		a, err := c.w.dir.CreateAccount(c.ctx, store.NewAccount{Address: c.name("head%d@example.test"), Admin: postroom.OrgAdmin})
		c.w.must(err)
		return c.d.PutGrant(c.ctx, postroom.Grant{Target: postroom.CollectionRef{Account: a.ID, Collection: postroom.InboxCollection},
			Grantee: c.w.grantee("ben"), Rights: rights.Viewer})
	}},
	{"RenameAccount", func(c try) error { return c.d.RenameAccount(c.ctx, c.account.ID, c.name("renamed%d@example.test")) }},
	{"DeleteAccount", func(c try) error { return c.d.DeleteAccount(c.ctx, c.account.ID) }},
	{"CreateInvited", func(c try) error {
		_, _, _, err := c.d.CreateInvited(c.ctx, store.NewAccount{Address: c.name("guest%d@example.test")}, store.InvitationSpec{})
		return err
	}},
	{"Invite", func(c try) error { _, _, err := c.d.Invite(c.ctx, c.invited(), store.InvitationSpec{}); return err }},
	{"OpenInvitation", func(c try) error { return ignore(c.d.OpenInvitation(c.ctx, c.invited())) }},
	{"WithdrawInvitation", func(c try) error { return c.d.WithdrawInvitation(c.ctx, c.invited()) }},
	{"Retire", func(c try) error { return c.d.Retire(c.ctx, c.leaver()) }},
	{"ConvertAccount", func(c try) error { return c.d.ConvertAccount(c.ctx, c.leaver(), postroom.Shared, 0) }},
	{"Belongings", func(c try) error { return ignore(c.d.Belongings(c.ctx, c.account.ID)) }},
	{"Together", func(c try) error {
		return c.d.Together(c.ctx, func(d *store.Directory) error { return d.SetDelegable(c.ctx, c.target(), nil) })
	}},
	{"AcceptInvitation", func(c try) error {
		a, err := c.w.dir.CreateAccount(c.ctx, store.NewAccount{Address: c.name("invited%d@example.test"), Invite: store.SendInvitation})
		c.w.must(err)
		return c.d.AcceptInvitation(c.ctx, a.ID)
	}},
	{"SetPassword", func(c try) error { return c.d.SetPassword(c.ctx, c.account.ID, password) }},
	{"SetPassword of an administrator of the server", func(c try) error {
		a, err := c.w.dir.CreateAccount(c.ctx, store.NewAccount{Address: c.name("boss%d@example.test"), Admin: postroom.ServerAdmin})
		c.w.must(err)
		return c.d.SetPassword(c.ctx, a.ID, password)
	}},
	{"SetOneTimePassword", func(c try) error { return c.d.SetOneTimePassword(c.ctx, c.account.ID, password) }},
	{"PasswordState", func(c try) error { return ignore(c.d.PasswordState(c.ctx, c.account.ID)) }},
	{"AddAppPassword", func(c try) error {
		return ignore(c.d.AddAppPassword(c.ctx, c.account.ID, store.AppPassword{Name: c.name("app %d")}))
	}},
	{"AppPasswords", func(c try) error { return ignore(c.d.AppPasswords(c.ctx, c.account.ID)) }},
	{"RemoveAppPassword", func(c try) error {
		c.w.must(ignore(c.w.dir.AddAppPassword(c.ctx, c.account.ID, store.AppPassword{Name: c.name("gone %d")})))
		return c.d.RemoveAppPassword(c.ctx, c.account.ID, c.name("gone %d"))
	}},
	{"AddAlias", func(c try) error {
		return c.d.AddAlias(c.ctx, postroom.Alias{Address: c.name("alias%d@example.test"), Target: c.target()})
	}},
	{"RemoveAlias", func(c try) error {
		c.w.must(c.w.dir.AddAlias(c.ctx, postroom.Alias{Address: c.name("goner%d@example.test"), Target: c.target()}))
		return c.d.RemoveAlias(c.ctx, c.name("goner%d@example.test"))
	}},
	{"Aliases", func(c try) error { return ignore(c.d.Aliases(c.ctx, c.target())) }},
	{"SetDelegable", func(c try) error { return c.d.SetDelegable(c.ctx, c.target(), nil) }},
	{"Delegable", func(c try) error { return ignore(c.d.Delegable(c.ctx, c.target())) }},
	{"CreateGroup", func(c try) error {
		return ignore(c.d.CreateGroup(c.ctx, postroom.Group{Address: c.name("newlist%d@example.test")}))
	}},
	{"Group", func(c try) error { return ignore(c.d.Group(c.ctx, c.group.Address)) }},
	{"GroupByID", func(c try) error { return ignore(c.d.GroupByID(c.ctx, c.group.ID)) }},
	{"GroupByID hidden", func(c try) error {
		c.group.HideInGAL = true
		c.w.must(c.w.dir.UpdateGroup(c.ctx, c.group))
		return ignore(c.d.GroupByID(c.ctx, c.group.ID))
	}},
	{"FindGroups", func(c try) error {
		return ignore(c.d.FindGroups(c.ctx, store.EntryFilter{Domain: "example.test", Text: "a"}))
	}},
	{"Groups", func(c try) error { return ignore(c.d.Groups(c.ctx, "example.test")) }},
	{"UpdateGroup", func(c try) error { return c.d.UpdateGroup(c.ctx, c.group) }},
	{"RenameGroup", func(c try) error { return c.d.RenameGroup(c.ctx, c.group.ID, c.name("relist%d@example.test")) }},
	{"DeleteGroup", func(c try) error { return c.d.DeleteGroup(c.ctx, c.group.ID) }},
	{"GroupViews", func(c try) error { return ignore(c.d.GroupViews(c.ctx)) }},
	{"GroupGives", func(c try) error { return ignore(c.d.GroupGives(c.ctx, c.group.ID)) }},
	{"Members", func(c try) error { return ignore(c.d.Members(c.ctx, c.group.ID)) }},
	{"AddMembers", func(c try) error { return c.d.AddMembers(c.ctx, c.group.ID, []string{"ben@example.test"}) }},
	{"RemoveMembers", func(c try) error { return c.d.RemoveMembers(c.ctx, c.group.ID, []string{"cleo@example.test"}) }},
	{"Subscribe", func(c try) error {
		c.openGroup()
		return ignore(c.d.Subscribe(c.ctx, c.group.ID, c.account.Address))
	}},
	{"Subscribe to a closed group", func(c try) error { return ignore(c.d.Subscribe(c.ctx, c.group.ID, c.account.Address)) }},
	{"Subscribe somebody else", func(c try) error {
		c.openGroup()
		return ignore(c.d.Subscribe(c.ctx, c.group.ID, "ben@example.test"))
	}},
	{"Unsubscribe", func(c try) error {
		c.openGroup()
		c.w.must(c.w.dir.AddMembers(c.ctx, c.group.ID, []string{c.account.Address}))
		return ignore(c.d.Unsubscribe(c.ctx, c.group.ID, c.account.Address))
	}},
	{"GroupRequests", func(c try) error { return ignore(c.d.GroupRequests(c.ctx, c.group.ID)) }},
	{"DecideGroupRequest", func(c try) error {
		c.group.Subscribe = postroom.SubscriptionApproval
		c.w.must(c.w.dir.UpdateGroup(c.ctx, c.group))
		r, err := c.w.dir.Subscribe(c.ctx, c.group.ID, "ben@example.test")
		c.w.must(err)
		return ignore(c.d.DecideGroupRequest(c.ctx, r.ID, store.Approve))
	}},
	{"UpdateGroup filter", func(c try) error {
		c.w.must(c.w.dir.RemoveMembers(c.ctx, c.group.ID, []string{"cleo@example.test"}))
		c.group.Filter = "(department=none)"
		return c.d.UpdateGroup(c.ctx, c.group)
	}},
	{"UpdateAccount attributes", func(c try) error {
		c.account.Attributes = map[string]string{"department": "Sales"}
		return c.d.UpdateAccount(c.ctx, c.account)
	}},
	{"Memberships", func(c try) error { return ignore(c.d.Memberships(c.ctx, postroom.Member{Account: c.account.ID})) }},
	{"Identities", func(c try) error { return ignore(c.d.Identities(c.ctx, c.account.ID)) }},
	{"CreateIdentity", func(c try) error {
		return ignore(c.d.CreateIdentity(c.ctx, postroom.Identity{Account: c.account.ID, Name: c.name("id %d"), Address: c.account.Address}))
	}},
	{"UpdateIdentity", func(c try) error { return c.d.UpdateIdentity(c.ctx, c.identity()) }},
	{"DeleteIdentity", func(c try) error { return c.d.DeleteIdentity(c.ctx, c.identity().ID) }},
	{"OutOfOffice", func(c try) error { return ignore(c.d.OutOfOffice(c.ctx, c.account.ID)) }},
	{"SetOutOfOffice", func(c try) error {
		return c.d.SetOutOfOffice(c.ctx, c.account.ID, postroom.OutOfOffice{Enabled: true, Text: "Away."})
	}},
	{"Forwarding", func(c try) error { return ignore(c.d.Forwarding(c.ctx, c.account.ID)) }},
	{"SetForwarding", func(c try) error {
		return c.d.SetForwarding(c.ctx, c.account.ID, postroom.Forwarding{To: []string{"x@outside.test"}})
	}},
	{"SetForwarding fixed by an administrator", func(c try) error {
		return c.d.SetForwarding(c.ctx, c.account.ID, postroom.Forwarding{Fixed: []string{"x@outside.test"}})
	}},
	{"FindGrantee", func(c try) error { return ignore(c.d.FindGrantee(c.ctx, c.account.ID, "ben@example.test")) }},
	{"FindGranteeFor a group", func(c try) error { return ignore(c.d.FindGranteeFor(c.ctx, c.list(), "org")) }},
	{"GranteeName", func(c try) error { return ignore(c.d.GranteeName(c.ctx, c.w.grantee("ben"))) }},
	{"FindCollection", func(c try) error { return ignore(c.d.FindCollection(c.ctx, c.account.Address, "/Inbox")) }},
	{"CollectionTree", func(c try) error { return ignore(c.d.CollectionTree(c.ctx, c.account.ID)) }},
	{"CreateCollection", func(c try) error { return ignore(c.d.CreateCollection(c.ctx, c.account.ID, c.name("/Made %d"))) }},
	{"SetInherit", func(c try) error { return c.d.SetInherit(c.ctx, c.ref(), store.Inherits) }},
	{"PutGrant", func(c try) error {
		_ = c.w.dir.RemoveGrant(c.ctx, c.ref(), c.w.grantee("ben"), store.Positive)
		return c.d.PutGrant(c.ctx, postroom.Grant{Target: c.ref(), Grantee: c.w.grantee("ben"), Rights: rights.Viewer})
	}},
	{"RemoveGrant", func(c try) error {
		_ = c.w.dir.PutGrant(c.ctx, postroom.Grant{Target: c.ref(), Grantee: c.w.grantee("ben"), Rights: rights.Viewer})
		return c.d.RemoveGrant(c.ctx, c.ref(), c.w.grantee("ben"), store.Positive)
	}},
	{"Shares with it", func(c try) error {
		return ignore(c.d.Shares(c.ctx, store.ShareFilter{With: c.account.ID}))
	}},
	{"Shares offered by it", func(c try) error {
		return ignore(c.d.Shares(c.ctx, store.ShareFilter{OfferedBy: c.account.ID}))
	}},
	{"SharedCollections", func(c try) error { return ignore(c.d.SharedCollections(c.ctx, c.account.ID)) }},
	{"AcceptShare", func(c try) error { return c.d.AcceptShare(c.ctx, c.account.ID, c.offered(), "") }},
	{"DeclineShare", func(c try) error { return c.d.DeclineShare(c.ctx, c.account.ID, c.offered()) }},
	{"AcceptShare of nothing", func(c try) error {
		return c.d.AcceptShare(c.ctx, c.account.ID, postroom.CollectionRef{Account: c.w.ids["cleo"], Collection: postroom.SentCollection}, "")
	}},
	{"Grants", func(c try) error { return ignore(c.d.Grants(c.ctx, c.ref())) }},
	{"Grants of the whole account", func(c try) error {
		return ignore(c.d.Grants(c.ctx, postroom.CollectionRef{Account: c.account.ID}))
	}},
	{"GrantsTo", func(c try) error { return ignore(c.d.GrantsTo(c.ctx, c.w.grantee("ben"))) }},
	{"PutSendGrant on an account", func(c try) error { return c.d.PutSendGrant(c.ctx, c.sendEntry(c.target(), postroom.SendAs)) }},
	{"PutSendGrant own of a group", func(c try) error { return c.d.PutSendGrant(c.ctx, c.sendEntry(c.list(), postroom.Own)) }},
	{"PutSendGrant sendAs of a group", func(c try) error { return c.d.PutSendGrant(c.ctx, c.sendEntry(c.list(), postroom.SendAs)) }},
	{"RemoveSendGrant", func(c try) error {
		e := c.sendEntry(c.list(), postroom.SendTo)
		c.w.must(c.w.dir.PutSendGrant(c.ctx, e))
		return c.d.RemoveSendGrant(c.ctx, e)
	}},
	{"SendGrants", func(c try) error { return ignore(c.d.SendGrants(c.ctx, c.target())) }},
	{"SendGrants of a group", func(c try) error { return ignore(c.d.SendGrants(c.ctx, c.list())) }},
	{"SendGrants of all", func(c try) error { return ignore(c.d.SendGrants(c.ctx, postroom.SendTarget{})) }},
	{"SendGrantsTo", func(c try) error { return ignore(c.d.SendGrantsTo(c.ctx, c.w.grantee("ben"))) }},
	{"ExplainAccess", func(c try) error {
		return ignore(c.d.ExplainAccess(c.ctx, "ben@example.test", c.account.Address, "", "r"))
	}},
	{"WhoHasAccess", func(c try) error { return ignore(c.d.WhoHasAccess(c.ctx, c.account.Address)) }},
	{"WhatAccess", func(c try) error { return ignore(c.d.WhatAccess(c.ctx, c.account.Address)) }},
	{"At ExplainAccess", func(c try) error {
		return ignore(c.d.At(c.group.Created).ExplainAccess(c.ctx, "ben@example.test", c.account.Address, "", "r"))
	}},
	{"At WhoHasAccess", func(c try) error {
		return ignore(c.d.At(c.group.Created).WhoHasAccess(c.ctx, c.account.Address))
	}},
	{"At WhatAccess", func(c try) error {
		return ignore(c.d.At(c.group.Created).WhatAccess(c.ctx, c.account.Address))
	}},
	{"Quietly PutGrant", func(c try) error {
		_ = c.w.dir.RemoveGrant(c.ctx, c.ref(), c.w.grantee("ben"), store.Positive)
		return c.d.Quietly().PutGrant(c.ctx, postroom.Grant{Target: c.ref(), Grantee: c.w.grantee("ben"), Rights: rights.Viewer})
	}},
	{"Simulate PutGrant", func(c try) error {
		_ = c.w.dir.RemoveGrant(c.ctx, c.ref(), c.w.grantee("ben"), store.Positive)
		return ignore(c.d.Simulate(c.ctx, func(d *store.Directory) error {
			return d.PutGrant(c.ctx, postroom.Grant{Target: c.ref(), Grantee: c.w.grantee("ben"), Rights: rights.Viewer})
		}))
	}},
	{"Simulate AddMembers", func(c try) error {
		return ignore(c.d.Simulate(c.ctx, func(d *store.Directory) error {
			return d.AddMembers(c.ctx, c.group.ID, []string{"ben@example.test"})
		}))
	}},
	{"AuditRecords", func(c try) error { return ignore(c.d.AuditRecords(c.ctx, store.AuditFilter{})) }},
	{"AuditRecords of the account", func(c try) error {
		return ignore(c.d.AuditRecords(c.ctx, store.AuditFilter{Target: c.account.ID}))
	}},
	{"MessageAudit", func(c try) error {
		c.w.deliver(c.account.ID, postroom.InboxCollection, 0)
		return ignore(c.d.MessageAudit(c.ctx, store.MessageQuestion{Account: c.account.Address, Path: "/Inbox", UID: 1}))
	}},
	{"QueuedMessages", func(c try) error { return ignore(c.d.QueuedMessages(c.ctx)) }},
	{"QueuedMessage", func(c try) error { return ignore(c.d.QueuedMessage(c.ctx, c.queued())) }},
	{"QueuedMessage of the server", func(c try) error { return ignore(c.d.QueuedMessage(c.ctx, c.report())) }},
	{"RetryQueued", func(c try) error { return c.d.RetryQueued(c.ctx, c.queued()) }},
	{"FindQueued", func(c try) error { return ignore(c.d.FindQueued(c.ctx, store.QueueFilter{Text: "a"})) }},
	{"HoldQueued", func(c try) error { return c.d.HoldQueued(c.ctx, c.queued()) }},
	{"HoldQueued of the server", func(c try) error { return c.d.HoldQueued(c.ctx, c.report()) }},
	{"ReleaseQueued", func(c try) error {
		id := c.queued()
		c.w.must(c.w.dir.HoldQueued(c.ctx, id))
		return c.d.ReleaseQueued(c.ctx, id)
	}},
	{"DeleteQueued", func(c try) error { return c.d.DeleteQueued(c.ctx, c.queued()) }},
	{"Figures", func(c try) error { return ignore(c.d.Figures(c.ctx)) }},
	{"VerifyAudit", func(c try) error { return ignore(c.d.VerifyAudit(c.ctx)) }},
}

// other makes another account, that is nobody's.
func (c try) other(name string) postroom.Account {
	a, err := c.w.dir.CreateAccount(c.ctx, store.NewAccount{Address: c.name(name + "%d@example.test")})
	c.w.must(err)
	return a
}

// reviewOf begins a review after the others and finds what it says of a target.
func (c try) reviewOf(t postroom.SendTarget, kind store.ReviewKind) store.ReviewItem {
	_ = c.w.dir.CancelReview(c.ctx, c.w.review)
	r, err := c.w.dir.StartReview(c.ctx, store.ReviewSpec{Org: c.w.org.ID})
	c.w.must(err)
	c.w.review = r.ID
	for after := 0; ; {
		items, err := c.w.dir.ReviewItems(c.ctx, r.ID, store.ReviewFilter{After: after})
		c.w.must(err)
		for _, i := range items {
			if after = i.Number; i.Target == t && i.Kind == kind {
				return i
			}
		}
		if len(items) == 0 {
			break
		}
	}
	c.w.t.Fatal("not in the review")
	return store.ReviewItem{}
}

// review is one with a grant to ben on the account's Inbox.
func (c try) review() store.ReviewItem {
	_ = c.w.dir.PutGrant(c.ctx, postroom.Grant{Target: c.ref(), Grantee: c.w.grantee("ben"), Rights: rights.Viewer})
	return c.reviewOf(c.target(), store.ReviewGrant)
}

// reviewOfMember is one with cleo as a member of the group.
func (c try) reviewOfMember() store.ReviewItem {
	_ = c.w.dir.PutGrant(c.ctx, postroom.Grant{Target: c.ref(), Grantee: postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(c.group.ID)}, Rights: rights.Viewer})
	return c.reviewOf(c.list(), store.ReviewMember)
}

// reviewOfOther is one with a grant on a mailbox that is nobody's here.
func (c try) reviewOfOther() store.ReviewItem {
	a := c.other("reviewed")
	c.w.must(c.w.dir.PutGrant(c.ctx, postroom.Grant{Target: postroom.CollectionRef{Account: a.ID, Collection: postroom.InboxCollection},
		Grantee: c.w.grantee("ben"), Rights: rights.Viewer}))
	return c.reviewOf(postroom.SendTarget{Account: a.ID}, store.ReviewGrant)
}

func (c try) answer(i store.ReviewItem, a store.ReviewAnswer) error {
	return ignore(c.d.AnswerReview(c.ctx, i.Review, store.ReviewChoice{Numbers: []int{i.Number}}, a))
}

func (c try) openGroup() {
	c.group.Subscribe, c.group.Unsubscribe = postroom.SubscriptionOpen, postroom.SubscriptionOpen
	c.w.must(c.w.dir.UpdateGroup(c.ctx, c.group))
}

func (c try) plan() postroom.Plan {
	p, err := c.w.dir.CreatePlan(c.ctx, postroom.Plan{Org: c.w.org.ID, Name: c.name("plan %d")})
	c.w.must(err)
	return p
}

// offered is a folder of ben's that is offered to the account.
func (c try) offered() postroom.CollectionRef {
	ref := postroom.CollectionRef{Account: c.w.ids["ben"], Collection: postroom.DraftsCollection}
	to := postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(c.account.ID)}
	_ = c.w.dir.PutGrant(c.ctx, postroom.Grant{Target: ref, Grantee: to, Rights: rights.Viewer})
	return ref
}

func (c try) identity() postroom.Identity {
	i, err := c.w.dir.CreateIdentity(c.ctx, postroom.Identity{Account: c.account.ID, Name: c.name("made %d"), Address: c.account.Address})
	c.w.must(err)
	return i
}

// invited is an account that waits for its invitation to be accepted.
func (c try) invited() postroom.AccountID {
	a, _, _, err := c.w.dir.CreateInvited(c.ctx, store.NewAccount{Address: c.name("waits%d@example.test")}, store.InvitationSpec{})
	c.w.must(err)
	return a.ID
}

// leaver is an account of its own for what cannot be undone.
func (c try) leaver() postroom.AccountID {
	a, err := c.w.dir.CreateAccount(c.ctx, store.NewAccount{Address: c.name("other%d@example.test")})
	c.w.must(err)
	return a.ID
}

// queued is a message that anna has submitted.
func (c try) queued() int64 {
	i, err := c.w.signIn("anna").Identity(c.ctx, "anna@example.test")
	c.w.must(err)
	const raw = "From: anna@example.test\r\n\r\n"
	done, err := i.Submit(c.ctx, store.Outgoing{Raw: strings.NewReader(raw), Size: int64(len(raw)),
		Recipients: []store.Recipient{{Address: "x@outside.test"}}})
	c.w.must(err)
	return done.QueueID
}

// report is a message that the server itself sends.
func (c try) report() int64 {
	id, err := system.Queue(c.w.store).Enqueue(c.ctx, store.NewReport{Raw: []byte("Subject: report\r\n\r\n"),
		Recipients: []store.Recipient{{Address: "x@outside.test"}}})
	c.w.must(err)
	return id
}

func (c try) sendEntry(t postroom.SendTarget, r postroom.SendRight) postroom.SendGrant {
	e := postroom.SendGrant{Target: t, Grantee: c.w.grantee("ben"), Right: r}
	_ = c.w.dir.RemoveSendGrant(c.ctx, e)
	return e
}

// try makes an account and a group for a try by a session; own is the account's
// address when it is the session's own.
func (w *town) try(s *store.Session, own string) try {
	w.t.Helper()
	w.count++
	c := try{ctx: w.t.Context(), d: s.Directory(), w: w, n: w.count}
	address := own
	if own == "" {
		address = c.name("x%d@example.test")
		w.account(store.NewAccount{Address: address})
	}
	var err error
	c.account, err = w.dir.Account(c.ctx, address)
	w.must(err)
	list := c.name("list%d")
	w.group(list, "cleo")
	w.sendGrant(list, "anna", postroom.Own)
	c.group, err = w.dir.GroupByID(c.ctx, w.groups[list])
	w.must(err)
	return c
}

// TestDirectoryMatrix tries every operation of the directory by every kind of
// actor: self is a person on their own account, who owns the group.
func TestDirectoryMatrix(t *testing.T) {
	t.Parallel()
	inTown(t, testDirectoryMatrix)
}

func testDirectoryMatrix(t *testing.T, w *town) {
	actors := []struct {
		name string
		s    *store.Session
	}{
		{"console", w.console}, {"server", w.admin(postroom.ServerAdmin)}, {"org", w.admin(postroom.OrgAdmin)},
		{"desk", w.adminWith("helpdesk", postroom.OrgAdmin, postroom.HelpDeskAbilities)},
		{"self", w.signIn("anna")}, {"person", w.signIn("cleo")}, {"foreign", w.foreigner()},
	}
	p, err := w.dir.CreatePlan(t.Context(), postroom.Plan{Org: w.org.ID, Name: "nobody's"})
	w.must(err)
	w.plan = p.ID
	rows := make(map[string]map[string]string)
	var columns []string
	for _, a := range actors {
		columns = append(columns, a.name)
	}
	for _, op := range directoryOperations {
		row := fmt.Sprintf("%-48s", op.name)
		rows[row] = map[string]string{}
		for _, a := range actors {
			own := ""
			if a.name == "self" {
				own = "anna@example.test"
			}
			rows[row][a.name] = answer(op.try(w.try(a.s, own)))
		}
	}
	golden(t, "matrix_directory.golden", render(rows, columns))
}
