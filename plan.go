package postroom

// Features is a set of what accounts with a plan may use.
type Features int64

// The features. Their numbers are stored: new ones are added at the end.
const (
	// UseIMAP signs in with IMAP.
	UseIMAP Features = 1 << iota
	// UseSending sends mail at all; without it an account only receives.
	UseSending
	// UseSendingOutside sends to addresses outside the organisation.
	UseSendingOutside
	// UseForwardingOutside forwards to such addresses.
	UseForwardingOutside
	// UseAppPasswords has and signs in with app passwords.
	UseAppPasswords

	// AllFeatures has also those of later versions.
	AllFeatures Features = 1<<62 - 1
)

var featureNames = [...]string{"imap", "send", "send-outside", "forward-outside", "app-passwords"}

// ParseFeature reads the name of one feature.
func ParseFeature(name string) (Features, bool) {
	for i, n := range featureNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// FeatureNames lists all features.
func FeatureNames() []string { return featureNames[:] }

// Names lists the features of the set in their order.
func (f Features) Names() []string {
	names := make([]string, 0, len(featureNames))
	for i, n := range featureNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// Has reports whether all of need are in the set.
func (f Features) Has(need Features) bool { return f&need == need }

// OrgLimits is how much an organisation may have; negative is no limit.
type OrgLimits struct {
	Accounts int64 // persons
	Shared   int64 // shared mailboxes and resources
	Domains  int64
}
