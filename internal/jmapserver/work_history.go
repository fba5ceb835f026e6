package jmapserver

import (
	"strconv"

	"postroom/internal/jmapwire"
)

// workHistory is Work/history: what the audit log has of a conversation, for
// who may read it.
func (c *call) workHistory(a threadArgs) (any, error) {
	m, thread, err := c.thread(a)
	if err != nil {
		return nil, err
	}
	events, err := c.session.WorkHistory(c.ctx, m.Account(), thread)
	if err != nil {
		return nil, ofThread(err)
	}
	list := []any{}
	for _, e := range events {
		details := e.Details
		if details == nil {
			details = map[string]string{}
		}
		o := map[string]any{"id": "L" + strconv.FormatInt(e.Seq, 10), "at": jmapwire.UTCDate(e.At), "by": person(e.By), "action": e.Action,
			"protocol": e.Protocol, "path": nil, "details": details}
		if e.Path != "" {
			o["path"] = e.Path
		}
		list = append(list, o)
	}
	return map[string]any{"accountId": a.AccountID, "threadId": a.ThreadID, "list": list}, nil
}
