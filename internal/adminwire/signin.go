package adminwire

import "time"

// NewCredential is a further credential of an account: an app password or an
// access token.
type NewCredential struct {
	Name      string     `json:"name" doc:"What it is for: my phone"`
	Rights    string     `json:"rights,omitempty" doc:"What is left of the account's rights on folders: letters, a role, all or none; all when not given"`
	Send      *bool      `json:"send,omitempty" doc:"Whether it may send mail; yes when not given"`
	Abilities []string   `json:"abilities,omitempty" doc:"What is left of what the account administers: names of abilities, help-desk, usual or all; nothing when not given"`
	Until     *time.Time `json:"until,omitempty" doc:"When it ends"`
}

// Credential is an app password or an access token.
type Credential struct {
	Name      string     `json:"name"`
	Rights    string     `json:"rights" doc:"What it leaves of the account's rights on folders, in Zimbra's letters; all for everything"`
	Send      bool       `json:"send"`
	Abilities []string   `json:"abilities"`
	Created   time.Time  `json:"created"`
	Until     *time.Time `json:"until,omitempty"`
	Used      *Use       `json:"used,omitempty" doc:"When it was used last"`
	Secret    string     `json:"secret,omitempty" doc:"The app password or the token; only when it is made"`
}

// Use is when and from where a credential was used last.
type Use struct {
	At     time.Time `json:"at"`
	Remote string    `json:"remote,omitempty"`
	Agent  string    `json:"agent,omitempty" doc:"What the client calls itself"`
}

// WebSession is a browser in which somebody is signed in.
type WebSession struct {
	Name    string    `json:"name"`
	With    string    `json:"with" doc:"The credential it was opened with"`
	Created time.Time `json:"created"`
	Until   time.Time `json:"until"`
	Used    Use       `json:"used"`
	Own     bool      `json:"own" doc:"The session that asks"`
}

// SecondFactor is whether an account has one.
type SecondFactor struct {
	On            bool       `json:"on"`
	Since         *time.Time `json:"since,omitempty"`
	RecoveryCodes int        `json:"recovery_codes" doc:"How many are left"`
	App           bool       `json:"app" doc:"An authenticator app shows codes; otherwise there are passkeys and recovery codes"`
}

// SecondFactorKey is the secret for an authenticator app.
type SecondFactorKey struct {
	Secret string `json:"secret" doc:"Base32"`
	URI    string `json:"uri" doc:"The same as otpauth: URI"`
	// QR is that URI as a QR code, a text of 0 and 1 for each line.
	QR []string `json:"qr" doc:"The URI as a QR code: a text for each line, 1 is dark"`
}

// Code is one of an authenticator app, or a recovery code.
type Code struct {
	Code string `json:"code,omitempty"`
}

// RecoveryCodes are shown this once.
type RecoveryCodes struct {
	Codes []string `json:"codes"`
}

// Passkey is a key with which somebody signs in.
type Passkey struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Used    *Use      `json:"used,omitempty" doc:"When it was used last"`
	Synced  bool      `json:"synced" doc:"Its owner's devices share it"`
}

// NewName renames something.
type NewName struct {
	Name string `json:"name"`
}

// ProviderAccount is an account at an identity provider, with which somebody
// signs in.
type ProviderAccount struct {
	Provider string    `json:"provider"`
	Subject  string    `json:"subject" doc:"What the provider calls the account"`
	Email    string    `json:"email,omitempty" doc:"The address by which it was linked"`
	Created  time.Time `json:"created"`
	Used     *Use      `json:"used,omitempty" doc:"When it was used last"`
}

// NewProviderAccount links an account with one at a provider.
type NewProviderAccount struct {
	Provider string `json:"provider" doc:"The name of the provider in the configuration"`
	Subject  string `json:"subject"`
}
