package jmapwire

import "encoding/json"

// MaxConditions bounds the conditions and operators of one filter, MaxSort the
// comparators.
const (
	MaxConditions = 500
	MaxSort       = 20
)

// Filter is a FilterOperator or a FilterCondition (RFC 8620 §5.5).
type Filter struct {
	// Operator is AND, OR or NOT; empty for a condition.
	Operator   string
	Conditions []*Filter
	Condition  Object
}

// ParseFilter reads a filter; none is nil. Conditions are left to the caller.
func ParseFilter(b json.RawMessage) (*Filter, *Error) {
	if len(b) == 0 || IsNull(b) {
		return nil, nil
	}
	left := MaxConditions
	return parseFilter(b, &left)
}

func parseFilter(b json.RawMessage, left *int) (*Filter, *Error) {
	if *left--; *left < 0 {
		return nil, &Error{Type: "unsupportedFilter", Description: "too many conditions"}
	}
	var o Object
	if !isObject(b) || json.Unmarshal(b, &o) != nil {
		return nil, InvalidArguments("a filter is an object")
	}
	if _, is := o["operator"]; !is {
		return &Filter{Condition: o}, nil
	}
	var op struct {
		Operator   string            `jmap:"operator,required"`
		Conditions []json.RawMessage `jmap:"conditions,required"`
	}
	if err := Decode(o, &op); err != nil {
		return nil, err
	}
	if op.Operator != "AND" && op.Operator != "OR" && op.Operator != "NOT" {
		return nil, InvalidArguments("an operator is AND, OR or NOT")
	}
	f := &Filter{Operator: op.Operator, Conditions: make([]*Filter, len(op.Conditions))}
	for i, c := range op.Conditions {
		var err *Error
		if f.Conditions[i], err = parseFilter(c, left); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Each calls visit for every condition until it answers an error.
func (f *Filter) Each(visit func(*Filter) *Error) *Error {
	if f == nil {
		return nil
	}
	if f.Operator == "" {
		return visit(f)
	}
	for _, c := range f.Conditions {
		if err := c.Each(visit); err != nil {
			return err
		}
	}
	return nil
}

// Match tells whether something matches, given what it answers to each
// condition. NOT is true when none of its conditions is.
func (f *Filter) Match(condition func(*Filter) bool) bool {
	if f == nil {
		return true
	}
	switch f.Operator {
	case "":
		return condition(f)
	case "AND":
		for _, c := range f.Conditions {
			if !c.Match(condition) {
				return false
			}
		}
		return true
	}
	for _, c := range f.Conditions {
		if c.Match(condition) {
			return f.Operator == "OR"
		}
	}
	return f.Operator == "NOT"
}

// Comparator is a Comparator object (RFC 8620 §5.5); Keyword is of RFC 8621
// §4.4.2.
type Comparator struct {
	Property    string  `jmap:"property,required"`
	IsAscending bool    `jmap:"isAscending"`
	Collation   *string `jmap:"collation"`
	Keyword     *string `jmap:"keyword"`
}

// ParseSort reads a list of comparators.
func ParseSort(b json.RawMessage) ([]Comparator, *Error) {
	if len(b) == 0 || IsNull(b) {
		return nil, nil
	}
	var list []json.RawMessage
	if !isArray(b) || json.Unmarshal(b, &list) != nil {
		return nil, InvalidArguments("sort is a list of comparators")
	}
	if len(list) > MaxSort {
		return nil, &Error{Type: "unsupportedSort", Description: "too many comparators"}
	}
	sort := make([]Comparator, len(list))
	for i, c := range list {
		sort[i].IsAscending = true
		var o Object
		if !isObject(c) || json.Unmarshal(c, &o) != nil {
			return nil, InvalidArguments("sort is a list of comparators")
		}
		if err := Decode(o, &sort[i]); err != nil {
			return nil, err
		}
		if c := sort[i].Collation; c != nil && *c != "i;unicode-casemap" && *c != "i;ascii-casemap" && *c != "i;octet" {
			return nil, &Error{Type: "unsupportedSort", Description: "unknown collation"}
		}
	}
	return sort, nil
}
