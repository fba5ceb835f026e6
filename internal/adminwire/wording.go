package adminwire

// Wording is how an organisation words one kind of notice in one language.
// The texts are templates; an empty one is as the server words it.
type Wording struct {
	Kind    string `json:"kind"`
	Locale  string `json:"locale"`
	Subject string `json:"subject,omitempty"`
	Intro   string `json:"intro,omitempty"`
	Closing string `json:"closing,omitempty"`
}

// WordingChange changes texts; what is absent stays.
type WordingChange struct {
	Subject *string `json:"subject,omitempty"`
	Intro   *string `json:"intro,omitempty"`
	Closing *string `json:"closing,omitempty"`
}

// WordingPreview is a notice as it would be written.
type WordingPreview struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
}
