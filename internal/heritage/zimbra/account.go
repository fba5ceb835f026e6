package zimbra

import (
	"strconv"
	"strings"

	"postroom/internal/heritage"
)

// accountSettings are preferences taken by their own name.
var accountSettings = []string{
	"description", "givenName", "sn", "zimbraPrefReplyToEnabled", "zimbraPrefReplyToAddress", "zimbraPrefReplyToDisplay",
	"zimbraPrefOutOfOfficeStatusAlertOnLogin", "zimbraPrefFromDisplay", "zimbraPrefSaveToSent",
}

var listSettings = []string{"description", "zimbraPrefReplyToEnabled", "zimbraPrefReplyToAddress", "zimbraPrefReplyToDisplay"}

var identitySettings = []string{"zimbraPrefFromAddressType", "zimbraPrefReplyToEnabled", "zimbraPrefReplyToDisplay",
	"zimbraPrefWhenSentToEnabled", "zimbraPrefWhenSentToAddresses", "zimbraPrefSaveToSent"}

// states of accounts; one not named here is locked.
var states = map[string]string{"": "active", "active": "active", "closed": "disabled"}

func settings(e *entry, names []string) map[string]string {
	m := map[string]string{}
	for _, n := range names {
		if v := strings.TrimRight(strings.Join(e.all(n), "\n"), "\n"); v != "" {
			m[n] = v
		}
	}
	return m
}

func (b *builder) account(e *entry) {
	name := "# name " + e.name
	switch {
	case e.has("zimbraIsSystemResource", "TRUE") || e.has("zimbraIsSystemAccount", "TRUE"):
		b.remark(e.Place, heritage.LeftOut, name, "an account of the product itself")
		return
	case e.has("zimbraIsExternalVirtualAccount", "TRUE"):
		b.remark(e.Place, heritage.LeftOut, name, "the account of a guest: guests come with what is shared with them")
		return
	}
	made := &heritage.Facts{Name: e.one("displayName"), Kind: "person", State: "locked", Plan: b.plans[e.one("zimbraCOSId")]}
	if s := states[strings.ToLower(e.one("zimbraAccountStatus"))]; s != "" {
		made.State = s
	}
	if e.attrs["zimbraCalResType"] != nil || e.has("objectClass", "zimbraCalendarResource") {
		made.Kind = "resource"
	}
	b.estate.Add(heritage.Step{Place: e.Place, Act: heritage.MakeAccount, Target: e.name, Entry: made})
	set := &heritage.Facts{HideInGAL: boolean(e.one("zimbraHideInGal")), Settings: settings(e, accountSettings)}
	if set.HideInGAL != nil && !*set.HideInGAL {
		set.HideInGAL = nil // how an account begins
	}
	if s := strings.ToLower(e.one("zimbraPrefDelegatedSendSaveTarget")); s != "owner" {
		set.Sent = s
	}
	if q := e.one("zimbraMailQuota"); q != "" && q != b.quotas[made.Plan] {
		if n, err := strconv.ParseInt(q, 10, 64); err == nil && n > 0 {
			set.QuotaBytes = &n
		}
	}
	b.set(e, set)
	b.addresses(e)
	b.reply(e)
	b.forward(e)
	b.withoutCounterpart(e, name)
	b.ownRights(e, "account")
}

// withoutCounterpart tells of attributes of an account that matter and are not
// taken.
func (b *builder) withoutCounterpart(e *entry, name string) {
	if e.has("zimbraIsAdminAccount", "TRUE") || e.has("zimbraIsDelegatedAdminAccount", "TRUE") {
		b.remark(e.Place, heritage.Differs, name, "an administrator there is none here: \"postroom account set ADDRESS --admin org\" makes one")
	}
	for _, v := range e.attrs["zimbraAllowFromAddress"] {
		b.remark(b.place(e, v.line), heritage.Refused, "zimbraAllowFromAddress: "+v.text,
			"an address of somebody else in From needs a right on its account here")
	}
	if e.has("zimbraAllowAnyFromAddress", "TRUE") {
		b.remark(e.Place, heritage.Refused, name, "zimbraAllowAnyFromAddress has no counterpart: nobody may send as everybody")
	}
}

func (b *builder) identity(e *entry) {
	row := "# name " + e.name
	if e.of == "" {
		b.remark(e.Place, heritage.Refused, row, "whose identity is this? There is no command line \"zmprov gid ADDRESS\" before it")
		return
	}
	i := &heritage.Persona{Name: e.one("zimbraPrefIdentityName"), Display: e.one("zimbraPrefFromDisplay"),
		Address: e.one("zimbraPrefFromAddress"), ReplyTo: e.one("zimbraPrefReplyToAddress"), Settings: settings(e, identitySettings)}
	signed := b.texts[e.one("zimbraPrefDefaultSignatureId")]
	i.Signature, i.SignatureHTML = signed.text, signed.html
	if i.Name == "" {
		i.Name = e.name
	}
	if strings.EqualFold(i.Name, "DEFAULT") {
		if signed != (signature{}) {
			b.remark(e.Place, heritage.Refused, row, "the signature of the default identity is not taken: the account itself has none here")
		}
		return // the account itself
	}
	if e.attrs["zimbraPrefWhenInFolderIds"] != nil {
		b.remark(e.Place, heritage.Differs, row, "the folders in which this identity is chosen are not taken: their ids mean nothing here")
	}
	b.estate.Add(heritage.Step{Place: e.Place, Act: heritage.MakeIdentity, Target: e.of, Identity: i})
}
