package main

import "testing"

func TestPlainCell(t *testing.T) {
	for text, want := range map[string]string{"": "", "anna@example.test": "anna@example.test", "=1+1": "'=1+1", "+49": "'+49",
		"-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "a=1": "a=1"} {
		if got := plainCell(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
