package message

// BodyStructure holds what IMAP's BODYSTRUCTURE says of one part (RFC 9051
// §7.5.2), extension data included. Strings are as found in the message; empty
// ones are NIL on the wire, except Encoding, which is never empty.
type BodyStructure struct {
	// Type and Subtype are in lower case.
	Type, Subtype string
	Params        []Param
	ID            string
	Description   string
	Encoding      string
	// Size is the length of the transfer-encoded body in bytes, Lines its
	// number of lines (for text and embedded messages).
	Size, Lines int
	// Envelope and Message are set together, for an embedded message.
	Envelope *Envelope
	Message  *BodyStructure
	// Children are the parts of a multipart: never empty for one.
	Children []*BodyStructure

	MD5               string
	Disposition       string
	DispositionParams []Param
	Language          []string
	Location          string
}

// Structure gives the body structure of the part and all in it. A container that
// was not opened (Opaque) is shown as application/octet-stream, for a multipart
// without parts cannot be written in IMAP.
func (p *Part) Structure(raw []byte) *BodyStructure {
	s := &BodyStructure{
		Type: p.Type, Subtype: p.Subtype, Params: p.Params, ID: p.ID, Description: p.Description,
		Encoding: p.Encoding, Size: p.BodyEnd - p.BodyStart, Lines: p.Lines,
		MD5: p.MD5, Disposition: p.Disposition, DispositionParams: p.DispositionParams,
		Language: p.Language, Location: p.Location,
	}
	if p.Opaque {
		s.Type, s.Subtype, s.Params, s.Lines = "application", "octet-stream", nil, 0
		return s
	}
	for _, c := range p.Children {
		s.Children = append(s.Children, c.Structure(raw))
	}
	if p.Message != nil {
		s.Envelope = EnvelopeOf(p.Message.Header(raw))
		s.Message = p.Message.Structure(raw)
	}
	return s
}
