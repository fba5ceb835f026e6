package jmapwire

import (
	"bytes"
	"encoding/json"
)

// Object is a JSON object whose values are still to be read.
type Object = map[string]json.RawMessage

// Request is the Request object of RFC 8620 §3.3.
type Request struct {
	Using []string
	Calls []Invocation
	// CreatedIDs is nil when the request had none: then the response has none.
	CreatedIDs map[ID]ID
}

// Invocation is a method call (RFC 8620 §3.2).
type Invocation struct {
	Name   string
	Args   Object
	CallID string
}

// Response is the Response object of RFC 8620 §3.4.
type Response struct {
	MethodResponses []Result  `json:"methodResponses"`
	CreatedIDs      map[ID]ID `json:"createdIds,omitzero"`
	SessionState    string    `json:"sessionState"`
}

// Result is the answer to a method call.
type Result struct {
	Name   string
	Args   json.RawMessage
	CallID string
}

// MarshalJSON writes the tuple.
func (r Result) MarshalJSON() ([]byte, error) { return json.Marshal([]any{r.Name, r.Args, r.CallID}) }

// ParseRequest reads a Request object. Properties it does not know are passed
// over, as RFC 8620 §3.3 demands; everything else is strict.
func ParseRequest(b []byte) (r Request, p *Problem) {
	if err := Check(b); err != nil {
		return r, NotJSON(err.Error())
	}
	var o Object
	if json.Unmarshal(b, &o) != nil || o == nil {
		return r, NotRequest("the request is no object")
	}
	if list, is := o["using"]; !is || !isArray(list) || strictStrings(list, &r.Using) != nil {
		return r, NotRequest("using is no list of texts")
	}
	var calls []json.RawMessage
	if list, is := o["methodCalls"]; !is || !isArray(list) || json.Unmarshal(list, &calls) != nil {
		return r, NotRequest("methodCalls is no list")
	}
	if ids, is := o["createdIds"]; is {
		if json.Unmarshal(ids, &r.CreatedIDs) != nil || r.CreatedIDs == nil {
			return r, NotRequest("createdIds is no map of ids")
		}
		for k := range r.CreatedIDs {
			if !k.valid() {
				return r, NotRequest("createdIds is no map of ids")
			}
		}
	}
	r.Calls = make([]Invocation, len(calls))
	for i, c := range calls {
		if !r.Calls[i].parse(c) {
			return r, NotRequest("methodCalls has what is no call")
		}
	}
	return r, nil
}

func (i *Invocation) parse(b json.RawMessage) bool {
	var tuple []json.RawMessage
	return json.Unmarshal(b, &tuple) == nil && len(tuple) == 3 && isString(tuple[0]) && isString(tuple[2]) &&
		json.Unmarshal(tuple[0], &i.Name) == nil && json.Unmarshal(tuple[1], &i.Args) == nil && i.Args != nil &&
		json.Unmarshal(tuple[2], &i.CallID) == nil
}

func first(b json.RawMessage) byte {
	if b = bytes.TrimLeft(b, " \t\r\n"); len(b) > 0 {
		return b[0]
	}
	return 0
}

func isArray(b json.RawMessage) bool  { return first(b) == '[' }
func isObject(b json.RawMessage) bool { return first(b) == '{' }
func isString(b json.RawMessage) bool { return first(b) == '"' }

// IsNull reports whether a value is null.
func IsNull(b json.RawMessage) bool { return first(b) == 'n' }

// strictStrings reads a list of texts in which no other value is.
func strictStrings(b json.RawMessage, into *[]string) error {
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	*into = make([]string, len(list))
	for i, v := range list {
		if !isString(v) {
			return errSyntax
		}
		if err := json.Unmarshal(v, &(*into)[i]); err != nil {
			return err
		}
	}
	return nil
}
