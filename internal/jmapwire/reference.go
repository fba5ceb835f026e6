package jmapwire

import (
	"encoding/json"
	"strconv"
	"strings"
)

// MaxReferenced bounds the values one result reference may give, and
// MaxResolved the bytes of all of a call.
const (
	MaxReferenced = 100_000
	MaxResolved   = 10 << 20
)

// reference is the ResultReference object of RFC 8620 §3.7.
type reference struct {
	ResultOf string `jmap:"resultOf,required"`
	Name     string `jmap:"name,required"`
	Path     string `jmap:"path,required"`
}

// Resolve gives the arguments of a call with its result references replaced by
// what they refer to in the results before it.
func Resolve(args Object, results []Result) (Object, *Error) {
	referring := false
	for name := range args {
		referring = referring || strings.HasPrefix(name, "#")
	}
	if !referring {
		return args, nil
	}
	resolved := make(Object, len(args))
	size := 0
	for name, value := range args {
		bare, is := strings.CutPrefix(name, "#")
		if !is {
			resolved[name] = value
			continue
		}
		if _, both := args[bare]; both {
			return nil, InvalidArguments("there is " + printable(bare) + " and a reference for it")
		}
		var ref reference
		var o Object
		if !isObject(value) || json.Unmarshal(value, &o) != nil {
			return nil, Fail("invalidResultReference")
		}
		if err := Decode(o, &ref); err != nil {
			return nil, &Error{Type: "invalidResultReference", Description: err.Description}
		}
		found, err := ref.find(results)
		if err != nil {
			return nil, err
		}
		if size += len(found); size > MaxResolved {
			return nil, &Error{Type: "invalidResultReference", Description: "the results referred to are too large"}
		}
		resolved[bare] = found
	}
	return resolved, nil
}

func (r reference) find(results []Result) (json.RawMessage, *Error) {
	for _, result := range results {
		if result.CallID != r.ResultOf {
			continue
		}
		if result.Name != r.Name {
			break
		}
		tokens, ok := pointer(r.Path)
		if !ok {
			break
		}
		left := MaxReferenced
		if value, ok := follow(result.Args, tokens, &left); ok {
			return value, nil
		}
		break
	}
	return nil, &Error{Type: "invalidResultReference", Description: "nothing is at " + printable(r.Path) + " of " + printable(r.ResultOf)}
}

// pointer splits a JSON Pointer (RFC 6901). A result is nested to a bounded
// depth, so that a longer pointer finds nothing.
func pointer(path string) ([]string, bool) {
	if path == "" {
		return nil, true
	}
	if path[0] != '/' || strings.Count(path, "/") > MaxDepth {
		return nil, false
	}
	tokens := strings.Split(path[1:], "/")
	for i, t := range tokens {
		if !wellEscaped(t) {
			return nil, false
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens, true
}

// wellEscaped reports whether each "~" of a token is "~0" or "~1".
func wellEscaped(t string) bool {
	for i := range len(t) {
		if t[i] == '~' && (i+1 == len(t) || t[i+1] != '0' && t[i+1] != '1') {
			return false
		}
	}
	return true
}

// follow finds what a pointer names; left bounds how much that may be.
func follow(value json.RawMessage, tokens []string, left *int) (json.RawMessage, bool) {
	if len(tokens) == 0 {
		return value, true
	}
	if isObject(value) {
		var o Object
		if json.Unmarshal(value, &o) != nil {
			return nil, false
		}
		next, is := o[tokens[0]]
		if !is {
			return nil, false
		}
		return follow(next, tokens[1:], left)
	}
	var list []json.RawMessage
	if !isArray(value) || json.Unmarshal(value, &list) != nil {
		return nil, false
	}
	if tokens[0] == "*" {
		return gather(list, tokens[1:], left)
	}
	i, err := strconv.Atoi(tokens[0])
	if err != nil || i < 0 || i >= len(list) || strconv.Itoa(i) != tokens[0] {
		return nil, false
	}
	return follow(list[i], tokens[1:], left)
}

// gather follows a pointer from each value of a list and puts what it finds
// into one list, without lists inside of it.
func gather(list []json.RawMessage, tokens []string, left *int) (json.RawMessage, bool) {
	all := []json.RawMessage{}
	for _, v := range list {
		found, ok := follow(v, tokens, left)
		if !ok {
			return nil, false
		}
		several := []json.RawMessage{found}
		if isArray(found) && json.Unmarshal(found, &several) != nil {
			return nil, false
		}
		if *left -= len(several); *left < 0 {
			return nil, false
		}
		all = append(all, several...)
	}
	b, err := json.Marshal(all)
	return b, err == nil
}
