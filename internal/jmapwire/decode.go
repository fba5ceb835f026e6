package jmapwire

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Decode reads an object into a struct whose fields are tagged `jmap:"name"`,
// or `jmap:"name,required"`. Names must be spelled exactly; an unknown one, a
// missing required one, null where there is no pointer, slice or map, and a
// value of another type are InvalidArguments, of which the error has the name.
// Fields that are structs without a tag are read as if their fields were here;
// other fields without one are left alone.
func Decode(o Object, into any) *Error {
	known := make(map[string]bool)
	if err := decode(o, reflect.ValueOf(into).Elem(), known); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !known[name] {
			e := InvalidArguments("unknown: " + printable(name))
			e.Properties = []string{name}
			return e
		}
	}
	return nil
}

func decode(o Object, v reflect.Value, known map[string]bool) *Error {
	for i := range v.NumField() {
		tag, tagged := v.Type().Field(i).Tag.Lookup("jmap")
		if !tagged {
			if !v.Type().Field(i).Anonymous {
				continue // the reader's own
			}
			if err := decode(o, v.Field(i), known); err != nil {
				return err
			}
			continue
		}
		name, option, _ := strings.Cut(tag, ",")
		known[name] = true
		b, is := o[name]
		if !is {
			if option == "required" {
				return wrong(name, "missing: ")
			}
			continue
		}
		if IsNull(b) {
			switch v.Field(i).Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Map:
				continue
			}
			return wrong(name, "null: ")
		}
		if json.Unmarshal(b, v.Field(i).Addr().Interface()) != nil {
			return wrong(name, "wrong type: ")
		}
	}
	return nil
}

func wrong(name, why string) *Error {
	return &Error{Type: "invalidArguments", Description: why + name, Properties: []string{name}}
}
