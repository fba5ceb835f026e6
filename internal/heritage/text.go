package heritage

import (
	"bytes"
	"encoding/json"
)

// Text is an estate with a line for each step and each remark, each as JSON.
func Text(e Estate) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i := range e.Steps {
		if err := enc.Encode(&e.Steps[i]); err != nil {
			return nil, err
		}
	}
	for i := range e.Remarks {
		if err := enc.Encode(&e.Remarks[i]); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// Fault says what is wrong with an estate that was read from as many lines, if
// anything is: what every reader must keep.
func (e *Estate) Fault(lines int) string {
	restricting := true
	for i := range e.Steps {
		s := &e.Steps[i]
		switch {
		case s.Line < 1 || s.Line > lines:
			return "a step of no line"
		case s.Target == "":
			return "a step without a target"
		case (s.Act == PutGrant || s.Act == PutSendRight) && s.Grantee == "":
			return "a right of nobody"
		case s.Act == Close && !restricting:
			return "closed after something was given"
		}
		restricting = restricting && (!s.Gives() || s.Restricts())
	}
	for _, r := range e.Remarks {
		if r.Line < 1 || r.Line > lines || r.Why == "" {
			return "a remark without a line or a reason"
		}
	}
	return ""
}
