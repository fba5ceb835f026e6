package jmapwire

import "testing"

func TestDecodeLeavesFieldsWithoutATagAlone(t *testing.T) {
	var into struct {
		Name  string `jmap:"name"`
		count int
		names []string
	}
	if err := Decode(Object{"name": []byte(`"x"`)}, &into); err != nil || into.Name != "x" || into.count != 0 || into.names != nil {
		t.Errorf("%v %+v", err, into)
	}
}
