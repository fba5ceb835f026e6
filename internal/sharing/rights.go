package sharing

import "postroom"

// RightsText says in one sentence what rights on a collection of mail allow, in
// the language of a locale: German, or English for every other.
func RightsText(r postroom.Rights, locale string) string {
	return wordsFor(locale).rights(r, postroom.MailCollection)
}
