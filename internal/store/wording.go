package store

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/wording"
)

// WordingKinds are the kinds of notices, as they are named.
func WordingKinds() []string {
	return []string{"new", "changed", "revoked", "expiring", "expired", "joined", "answered", "left", "group-deleted", "deleted",
		ReviewWording, mentionWording}
}

// mentionWording is the kind of Mentioned.
const mentionWording = "mentioned"

// ReviewWording is the kind of the letters about access reviews.
const ReviewWording = "review"

// Name of a kind of notice; empty for those that no organisation words: what
// administrators do is told as it is.
func (k NoticeKind) Name() string {
	if k == Mentioned {
		return mentionWording
	}
	if k < ShareNew || k > ThingDeleted {
		return ""
	}
	return WordingKinds()[k-1]
}

// Locales are the languages notices are written in.
func Locales() []string { return []string{"en", "de"} }

// Wordings lists the wordings of an organisation by kind and language: for its
// members. What it has not worded is not among them.
func (d *Directory) Wordings(ctx context.Context, org postroom.OrgID) (list []postroom.Wording, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if !c.within(org) {
			return noSuch("organisation", "")
		}
		list, err = readWordings(tx, org)
		return err
	})
	return list, err
}

func readWordings(tx *db.Tx, org postroom.OrgID) (list []postroom.Wording, err error) {
	err = tx.Each(`SELECT org_id, kind, locale, subject, intro, closing FROM wording WHERE org_id = $1`, []any{org},
		func(scan func(...any) error) error {
			var w postroom.Wording
			err := scan(&w.Org, &w.Kind, &w.Locale, &w.Subject, &w.Intro, &w.Closing)
			list = append(list, w)
			return err
		})
	sorted(list, func(w *postroom.Wording) string { return w.Kind + " " + w.Locale })
	return list, err
}

// SetWording stores the texts of one kind and language; without any text it is
// as the server words it again. Invalid when one is no template of package
// wording, or too long. Only administrators of the organisation may.
func (d *Directory) SetWording(ctx context.Context, w postroom.Wording) error {
	if err := CheckWording(w); err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if err := c.mustAdminister(w.Org, noSuch("organisation", ""), postroom.ManageOrganisation); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM wording WHERE org_id = $1 AND kind = $2 AND locale = $3`, w.Org, w.Kind, w.Locale)
		if err == nil && w.Subject+w.Intro+w.Closing != "" {
			_, err = tx.Exec(`INSERT INTO wording (org_id, kind, locale, subject, intro, closing) VALUES ($1, $2, $3, $4, $5, $6)`,
				w.Org, w.Kind, w.Locale, w.Subject, w.Intro, w.Closing)
		}
		if err != nil {
			return err
		}
		return d.session.recordOn(tx, "organisation.wording", w.Org, "", map[string]string{"kind": w.Kind, "locale": w.Locale})
	})
}

// CheckWording checks kind, language and texts.
func CheckWording(w postroom.Wording) error {
	if !slices.Contains(WordingKinds(), w.Kind) {
		return postroom.Errorf(postroom.Invalid, "no such notice: %s (there are %s)", printable(w.Kind), strings.Join(WordingKinds(), ", "))
	}
	if !slices.Contains(Locales(), w.Locale) {
		return postroom.Errorf(postroom.Invalid, "no such language: %s (there are %s)", printable(w.Locale), strings.Join(Locales(), ", "))
	}
	if strings.Contains(w.Subject, "\n") {
		return postroom.Errorf(postroom.Invalid, "the subject is one line")
	}
	for _, text := range []struct {
		text  string
		limit int
	}{{w.Subject, wording.MaxSubject}, {w.Intro, wording.MaxText}, {w.Closing, wording.MaxText}} {
		if _, err := wording.Parse(text.text, text.limit); err != nil {
			return err
		}
	}
	return nil
}

// worded fills in the organisation of whom a notice is for.
func worded(tx *db.Tx, n *Notice) error {
	o, err := scanOrganisation(tx.QueryRow(organisationColumns+` WHERE id = $1`, n.To.Org).Scan)
	if err != nil {
		return err
	}
	n.Organisation = o
	n.Wordings, err = readWordings(tx, o.ID)
	return err
}
